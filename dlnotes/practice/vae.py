"""Practice for the chapter "The variational autoencoder"."""

import math

import numpy as np

from dlnotes.practice import Exercise, Mistake
from dlnotes.practice._questions import Choice, Question


def _rng(seed):
    return np.random.default_rng(seed)


# 1: evidence and posterior of a latent variable with K values


def infer(prior, likelihood):
    joint = prior * likelihood
    evidence = joint.sum(axis=1)
    return np.log(evidence), joint / evidence[:, None]


def _infer_case(seed, N, K):
    p = _rng(seed).random(K)
    return p / p.sum(), _rng(seed + 1).random((N, K))


def _uniform_prior(prior, likelihood):
    return infer(np.full_like(prior, 1 / len(prior)), likelihood)


INFER = Exercise(
    points=1,
    reference=infer,
    cases=((np.array([0.5, 0.5]), np.array([[0.2, 0.9]])), (np.array([0.9, 0.1]), np.array([[0.2, 0.9], [0.8, 0.1]])),
           _infer_case(0, 5, 3), _infer_case(2, 3, 7)),
    hints=(
        "Bayes: posterior = likelihood times prior, divided by the evidence. The evidence is a sum. Over what?",
        "joint = prior * likelihood has the shape (N, K). Its sum over the K values of z is p(x) of each row.",
        "evidence = joint.sum(axis=1); return np.log(evidence), joint / evidence[:, None].",
    ),
    mistakes=(
        Mistake(_uniform_prior, "the prior is missing: some values of z are more frequent than others before x is seen."),
        Mistake(lambda prior, likelihood: (infer(prior, likelihood)[0], prior * likelihood),
                "that is the joint p(x, z); the posterior of each row sums to 1."),
        Mistake(lambda prior, likelihood: ((prior * likelihood).sum(axis=1), infer(prior, likelihood)[1]),
                "the evidence itself comes first here; its logarithm is asked."),
        Mistake(lambda prior, likelihood: (
            infer(prior, likelihood)[0], prior * likelihood / (prior * likelihood).sum(axis=0)),
                "you sum over the examples; the evidence sums over the values of z, within a row."),
        Mistake(lambda prior, likelihood: (np.log(likelihood) @ prior, infer(prior, likelihood)[1]),
                "that is the average of the logarithms, one term of the bound; the evidence is the logarithm of an average."),
    ),
    next="how does the posterior change when the same x is seen twice, independently given z?",
)

# 2: the divergence of two diagonal normal distributions


def kl(mu, sigma, mu2, sigma2):
    ratio = (sigma / sigma2) ** 2
    return 0.5 * np.sum(ratio + ((mu - mu2) / sigma2) ** 2 - 1 - np.log(ratio), axis=1)


def _kl_case(seed, N, L):
    rng = _rng(seed)
    return (rng.standard_normal((N, L)), rng.uniform(0.2, 2, (N, L)),
            rng.standard_normal((N, L)), rng.uniform(0.2, 2, (N, L)))


KL = Exercise(
    points=2,
    reference=kl,
    cases=(_kl_case(0, 4, 3), _kl_case(1, 2, 5), _kl_case(2, 6, 1),
           (np.zeros((1, 2)), np.ones((1, 2)), np.zeros((1, 2)), np.ones((1, 2)))),
    hints=(
        "Begin with one number: E[log q - log p] with z drawn from q = N(mu, sigma^2).",
        "Under q the mean of (z - mu)^2 is sigma^2, that of (z - mu2)^2 is sigma^2 + (mu - mu2)^2.",
        "For each number (sigma^2 + (mu - mu2)^2) / (2 sigma2^2) - 1/2 - log(sigma / sigma2); sum over axis 1.",
    ),
    mistakes=(
        Mistake(lambda mu, sigma, mu2, sigma2: kl(mu2, sigma2, mu, sigma),
                "that is KL(p || q): the divergence is not symmetric, the average is over the first."),
        Mistake(lambda mu, sigma, mu2, sigma2: kl(mu, np.sqrt(sigma), mu2, np.sqrt(sigma2)),
                "sigma is the standard deviation here, not the variance: square it."),
        Mistake(lambda mu, sigma, mu2, sigma2: kl(mu, sigma, mu2, sigma2) / mu.shape[1],
                "the numbers of a latent vector add up; you average over them."),
        Mistake(lambda mu, sigma, mu2, sigma2: 2 * kl(mu, sigma, mu2, sigma2), "a factor of one half is missing."),
        Mistake(lambda mu, sigma, mu2, sigma2: kl(mu - mu2, sigma, 0, 1),
                "the second width is missing: far is measured in units of sigma2, and the log is of a ratio."),
        Mistake(lambda mu, sigma, mu2, sigma2: kl(mu, sigma, 0, 1),
                "that is the divergence from N(0, I); here the second distribution is any."),
    ),
    next="for which mu2 and sigma2 is the mean of the divergences of all rows least?",
)

# 3: back through the draw


def draw_backward(dz, mu, log_var, eps):
    return dz.copy(), dz * eps * np.exp(log_var / 2) / 2


def _draw_case(seed, N, L):
    return tuple(_rng(seed).standard_normal((4, N, L)))


DRAW = Exercise(
    points=2,
    reference=draw_backward,
    cases=(_draw_case(0, 3, 2), _draw_case(1, 1, 4), _draw_case(2, 5, 1)),
    hints=(
        "z = mu + exp(log_var / 2) * eps. What is dz/dmu, and what is dz/dlog_var, number by number?",
        "eps is a given number. The derivative of exp(log_var / 2) in log_var is itself, times one half.",
        "dmu = dz, dlog_var = dz * eps * exp(log_var / 2) / 2.",
    ),
    mistakes=(
        Mistake(lambda dz, mu, log_var, eps: (dz * 1, dz * eps * np.exp(log_var / 2)),
                "the inner derivative is missing: log_var / 2 has the slope 1/2."),
        Mistake(lambda dz, mu, log_var, eps: (dz * 1, dz * eps),
                "that is the slope in sigma; the network puts out the log-variance."),
        Mistake(lambda dz, mu, log_var, eps: (dz * 1, dz * np.exp(log_var / 2) / 2),
                "eps is missing: a draw far out moves more when the width changes."),
        Mistake(lambda dz, mu, log_var, eps: (dz * 1, dz * eps * np.exp(log_var) / 2),
                "exp(log_var) is the variance; the standard deviation is exp(log_var / 2)."),
        Mistake(lambda dz, mu, log_var, eps: (dz * eps, draw_backward(dz, mu, log_var, eps)[1]),
                "the mean is added to z as it is: its slope is 1, not eps."),
        Mistake(lambda dz, mu, log_var, eps: (dz * 1, dz * 0),
                "the width has a slope as well: treated as fixed, the encoder never learns it."),
    ),
    next="add the slopes of the KL term, and check the sum by finite differences.",
)

# 4: the importance-weighted estimate


def importance_weighted(log_w):
    top = log_w.max(axis=0)
    return top + np.log(np.mean(np.exp(log_w - top), axis=0))


def _no_division(log_w):
    return importance_weighted(log_w) + np.log(len(log_w))


def _along_examples(log_w):
    return importance_weighted(log_w.T)


IWAE = Exercise(
    points=2,
    reference=importance_weighted,
    cases=((_rng(0).standard_normal((4, 3)),), (3 * _rng(1).standard_normal((50, 2)),),
           (np.array([[-1.0, 2.0]]),), (_rng(2).standard_normal((6, 4)) - 1000,), (5 * _rng(3).standard_normal((5, 5)) + 800,)),
    hints=(
        "log_w[k, n] is the logarithm of the weight of draw k for example n. Which comes first, the mean or the log?",
        "The mean of the weights over the K draws, then the logarithm. Why does np.exp(-1000) hurt?",
        "Take the largest log-weight of each column off before exp, and add it again after log.",
    ),
    mistakes=(
        Mistake(lambda log_w: log_w.mean(axis=0), "that is the mean of the logarithms: the bound itself, K = 1."),
        Mistake(_no_division, "you add the weights up; their mean is asked: log K must be taken off."),
        Mistake(_along_examples, "the draws stand along axis 0, the examples along axis 1."),
        Mistake(lambda log_w: np.log(np.mean(np.exp(log_w), axis=0)),
                "exp(-1000) is 0 and exp(800) is infinite: take the largest off first."),
        Mistake(lambda log_w: log_w.max(axis=0), "the largest weight alone leaves out the others, and log K."),
        Mistake(lambda log_w: np.mean(importance_weighted(log_w)),
                "one number for each example is asked, not their mean."),
    ),
    next="how fast does the estimate rise with K for a good q, and for a bad one?",
)

# 5: the score function with a baseline that does not bias


def score_gradient(f, z, mu, sigma):
    K = len(f)
    others = (f.sum() - f) / (K - 1)
    return np.mean((f - others)[:, None] * (z - mu) / sigma**2, axis=0)


def _score_case(seed, K, L):
    rng = _rng(seed)
    mu, sigma = rng.standard_normal(L), rng.uniform(0.3, 2, L)
    z = mu + sigma * rng.standard_normal((K, L))
    return np.sum(z**2, axis=1), z, mu, sigma


def _plain_score(f, z, mu, sigma):
    return np.mean(f[:, None] * (z - mu) / sigma**2, axis=0)


SCORE = Exercise(
    points=2,
    reference=score_gradient,
    cases=(_score_case(0, 5, 2), _score_case(1, 2, 3), _score_case(2, 40, 1), _score_case(3, 9, 4)),
    hints=(
        "First the plain estimate: the mean over k of f_k times the score of draw k.",
        "The score in mu is (z_k - mu) / sigma^2. The baseline of draw k is the mean of the other f's.",
        "others = (f.sum() - f) / (K - 1); then the mean over k of (f - others)[:, None] * (z - mu) / sigma**2.",
    ),
    mistakes=(
        Mistake(_plain_score, "that is right on average, but the baseline is missing."),
        Mistake(lambda f, z, mu, sigma: _plain_score(f - f.mean(), z, mu, sigma),
                "your baseline contains draw k itself: the estimate is too small by (K - 1) / K on average."),
        Mistake(lambda f, z, mu, sigma: score_gradient(f, z, mu, sigma) * sigma,
                "the score of a mean is (z - mu) / sigma^2: divide by the variance."),
        Mistake(lambda f, z, mu, sigma: score_gradient(f, z, mu, sigma) * len(f),
                "you add the draws up; their mean is asked."),
        Mistake(lambda f, z, mu, sigma: score_gradient(f, mu, z, sigma),
                "the score points from mu to z: z - mu, not mu - z."),
        Mistake(lambda f, z, mu, sigma: np.mean((f - (f.sum() - f) / len(f))[:, None] * (z - mu) / sigma**2, axis=0),
                "there are K - 1 other draws: divide their sum by K - 1."),
    ),
    next="compare the variance with that of the reparameterized estimate for f(z) = sum of z^2.",
)

# 6: which axes of the data survive


def surviving_kl(X, noise, beta):
    lam = np.linalg.eigvalsh(np.cov(X.T, bias=True))[::-1]
    return np.maximum(0, np.log(np.maximum(lam, 1e-300) / (beta * noise)) / 2)


def _collapse_case(seed, N, scales, noise, beta):
    rng = _rng(seed)
    return rng.standard_normal((N, len(scales))) * np.array(scales) @ np.linalg.qr(
        rng.standard_normal((len(scales), len(scales))))[0] + rng.standard_normal(len(scales)), noise, beta


def _uncentred(X, noise, beta):
    lam = np.linalg.eigvalsh(X.T @ X / len(X))[::-1]
    return np.maximum(0, np.log(lam / (beta * noise)) / 2)


def _unclipped(X, noise, beta):
    lam = np.linalg.eigvalsh(np.cov(X.T, bias=True))[::-1]
    return np.log(lam / (beta * noise)) / 2


def _pixels(X, noise, beta):
    return np.maximum(0, np.log(np.sort(X.var(axis=0))[::-1] / (beta * noise)) / 2)


COLLAPSE = Exercise(
    points=3,
    reference=surviving_kl,
    cases=(_collapse_case(0, 200, (3, 2, 1, 0.5), 0.4, 1.0), _collapse_case(1, 100, (3, 2, 1, 0.5), 0.4, 4.0),
           _collapse_case(2, 50, (1, 0.9, 0.8), 0.3, 0.5), _collapse_case(3, 80, (2, 1, 0.7, 0.2, 0.1), 0.25, 2.0)),
    hints=(
        "Which numbers are the variances of the data along its principal axes?",
        "The eigenvalues of the covariance matrix, the largest first. The mean is taken off, the sum divided by N.",
        "np.maximum(0, np.log(lam / (beta * noise)) / 2) with lam the eigenvalues in falling order.",
    ),
    mistakes=(
        Mistake(_unclipped, "an axis with less variance than beta times the noise is not used: its KL is 0, not negative."),
        Mistake(_uncentred, "take the mean off first: it is b that explains it, not z."),
        Mistake(_pixels, "those are the variances of the single numbers; the axes of the data lie across them."),
        Mistake(lambda X, noise, beta: surviving_kl(X, noise, 1.0), "beta is missing: it acts like more noise."),
        Mistake(lambda X, noise, beta: surviving_kl(X, noise**2, beta), "noise is the variance already."),
        Mistake(lambda X, noise, beta: 2 * surviving_kl(X, noise, beta), "a factor of one half is missing."),
        Mistake(lambda X, noise, beta: surviving_kl(X, noise, beta)[::-1], "the largest comes first."),
    ),
    next="draw the number of axes in use on the digits against beta, from 0.1 to 100.",
)

EXERCISES = {f"vae-{i}": e for i, e in enumerate((INFER, KL, DRAW, IWAE, SCORE, COLLAPSE), start=1)}

QUESTIONS = {
    "vae-a": Question(
        "A hidden coin shows 1 with the probability 1/4; then the pixel is on with the probability 0.7, else with 0.1. "
        "The pixel is on, and you guess that the coin surely shows 1: q(1) = 1. How far below log p(x) is your bound?",
        answer=-math.log(0.7), unit="nats",
        why="The bound is log(0.25 · 0.7), the evidence is 0.25 · 0.7 + 0.75 · 0.1 = 0.25, so log(0.25 / 0.175) is "
            "missing. That is minus the logarithm of the posterior of 1, which happens to be 0.7 too: the divergence "
            "of a sure guess.",
        mistakes=(
            (-math.log(0.175), "That is minus the bound. It is to be compared with the logarithm of the evidence."),
            (-math.log(0.25), "That is minus the logarithm of the evidence, 0.25. Asked is how far below it the bound "
                              "lies."),
            (-math.log(0.3), "That would be the gap if you were sure of 0. The guess is 1, whose posterior is 0.7."),
            (0, "1 is the likelier side, but the bound is exact only if q is the whole posterior, 0.7 against "
                "0.3."))),
    "vae-b": Question(
        "For a while only the decoder is trained; the encoder stays as it is. The bound of a picture has risen by 1 "
        "nat. What is sure about log p(x) of this picture?",
        (Choice("It has risen by 1 nat too: the encoder was left alone, and so was the gap.",
                "The gap lies between q and the true posterior, and the posterior belongs to the decoder. It moved, "
                "though q did not."),
         Choice("It has risen by at least 1 nat, since it lies above the bound.",
                "It lies above the new bound. But it may have lain so far above the old one that even a fall keeps it "
                "there."),
         Choice("Nothing about its change: it may even have fallen.",
                "The bound also rises if the true posterior comes nearer to q. For a coin with q one half each, let "
                "the likelihoods 0.9 and 0.0001 become 0.3 and 0.3: the bound rises, the evidence falls.", True),
         Choice("It has not changed: how probable a picture is does not depend on the training.",
                "How often such pictures occur in the world does not. But p(x) is what the model says, and the "
                "decoder is the model."))),
    "vae-c": Question(
        "Over the data, the posterior means of one latent number have the mean 0 and the variance 0.75. Each "
        "posterior has the variance 0.25. How large is its divergence from the prior, averaged over the data?",
        answer=math.log(2), unit="nats",
        why="0.75 + 0.25 − 1 is 0, and half of −log 0.25 is left: log 2, one bit. Together the posteriors are as "
            "wide as the prior; what is paid for is that each is half as wide.",
        mistakes=(
            (0, "All codes together have the variance 1, as the prior has. But the divergence is taken for each "
                "picture by itself, and each posterior is narrower than the prior."),
            (2 * math.log(2), "You have forgotten the factor one half before the sum."),
            (0.375, "That is what the means cost. The width is less than 1, and that has a price of its own."),
            (math.log(2) - 0.375, "That is what the width costs, as if all means were 0. Their mean square adds "
                                  "0.75 inside the bracket."))),
    "vae-d": Question(
        "f(z) is 1 for positive z and 0 otherwise, and q is a normal distribution with the mean μ = 0 and the width "
        "1. Somebody estimates the slope of the average of f in μ by reparameterization: many draws, the mean of f′. "
        "What comes out?",
        (Choice("The true slope, 0.4, but with a large scatter.",
                "Scatter is the trouble of the score function, which would give 0.4 on average. Here every single "
                "draw gives the same number, so nothing scatters."),
         Choice("0, although the true slope is 0.4.",
                "f′ is 0 wherever a draw falls, for none falls exactly on the jump. Yet a larger μ brings more draws "
                "over it. The trick needs an f without jumps; the score function asks only for values.", True),
         Choice("0, and that is right, since f is flat on both sides.",
                "f is flat, but its average is not: it is the share of positive z, and that grows when μ does."),
         Choice("It grows without limit as more draws come near the jump.",
                "Near the jump f is as flat as elsewhere. Only a smoothed step would have large slopes there, and "
                "those would give 0.4 on average."))),
    "vae-e": Question(
        "A linear model has noise of the variance 0.5. Along one axis the data have the variance 6. At which β is the "
        "KL of this axis half of what it is at β = 1?",
        answer=12**0.5,
        why="At β = 1 it is ½ log 12, at β it is ½ log(12 / β). Half of a logarithm is the logarithm of the root: "
            "12 / β = √12. At β = 12 nothing is left.",
        mistakes=(
            (2, "Doubling β takes ½ log 2 = 0.35 nats off, however much there was. Here that is much less than half "
                "of 1.24."),
            (6, "That is half of the β at which the axis collapses. But the KL falls with the logarithm of β: fast "
                "at first, slowly later."),
            (12, "There the axis collapses, and its KL is 0."),
            (6**0.5, "You have put 6 in the place of 6 / 0.5: what counts is the variance in units of the noise."))),
}
