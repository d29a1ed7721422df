r"""Learning rates as functions of the step number: nothing is stored, so that any step can be asked for.

``cosine(t, lr=0.1, steps=100)`` is the rate of step t. ``functools.partial(cosine, lr=0.1, steps=100)`` is a
schedule to hand on. What all of them share is said here once:

Parameters
    t : number >= 0, the steps already made: 0 at the first. Count batches, or epochs with their parts (1.5).
    lr : the optimizer's rate > 0. It is the first rate, or the highest where a rate rises at first.
    steps : whole number n >= 1, the length. The last of n updates has t = n - 1.
    lr_min : 0 <= lr_min <= lr, the rate at the end.
    The others have torch's names and defaults; there ``steps`` is called T_max, T_0, total_iters or
    total_steps, ``lr_min`` eta_min, ``growth`` T_mult, and the lr of `one_cycle` max_lr.
Returns
    A float. Past the end the last rate holds; `step`, `exponential` and `warm_restarts` have no end.
Raises
    ValueError, if a number is out of range: "expected steps >= 1 and whole; got 0".
Notes
    tests/test_schedules.py compares with torch.optim.lr_scheduler over the whole length, to 1e-12. Past the
    end torch differs: its cosine rises again, its 1cycle raises.
Sources
    cosine, warm_restarts: Loshchilov and Hutter, "SGDR", ICLR 2017, section 3, eq. 5. range_test: Smith,
    "Cyclical learning rates", WACV 2017, section 3.3. one_cycle: Smith 2018, arXiv:1803.09820, in the form of
    torch and fastai. warmup: Goyal et al. 2017, arXiv:1706.02677, section 2.2. polynomial: Chen et al.,
    "DeepLab", arXiv:1606.00915. The notes name decay and linear warm-up (002:148-152).
"""

import math
from numbers import Integral, Real


def _expect(fits, what, got):
    if not fits:
        raise ValueError(f"expected {what}; got {got!r}")


def _positive(**settings):
    for name, value in settings.items():
        _expect(isinstance(value, Real) and 0 < value < math.inf, f"{name} > 0 and finite", value)


def _between(low, high, **settings):
    for name, value in settings.items():
        _expect(isinstance(value, Real) and low <= value <= high, f"{name} in [{low}, {high}]", value)


def _whole(**settings):
    for name, value in settings.items():
        _expect(isinstance(value, Integral) and value >= 1, f"{name} >= 1 and whole", value)


def _time(t):
    _expect(isinstance(t, Real) and 0 <= t < math.inf, "t >= 0 and finite", t)
    return float(t)


def _anneal(start, end, u, form="cos"):
    """Go from start (u = 0) to end (u = 1), on half a wave of the cosine or on a line."""
    weight = (1 + math.cos(math.pi * u)) / 2 if form == "cos" else 1 - u
    return end + (start - end) * weight


# Decay -------------------------------------------------------------------------------------------------


def step(t, *, lr, step_size, gamma=0.1):
    r"""Multiply by gamma after every step_size = k steps.

    .. math:: \eta_t = \eta \gamma^{\lfloor t / k \rfloor}
    """
    _positive(lr=lr, gamma=gamma)
    _whole(step_size=step_size)
    return float(lr * gamma ** (_time(t) // step_size))


def multistep(t, *, lr, milestones, gamma=0.1):
    r"""Multiply by gamma at each milestone, a list of step numbers.

    .. math:: \eta_t = \eta \gamma^{|\{m : m \le t\}|}
    """
    _positive(lr=lr, gamma=gamma)
    milestones = list(milestones)
    _whole(**{f"milestones[{i}]": m for i, m in enumerate(milestones)})
    t = _time(t)
    return float(lr * gamma ** sum(m <= t for m in milestones))


def exponential(t, *, lr, gamma):
    r""".. math:: \eta_t = \eta \gamma^t"""
    _positive(lr=lr, gamma=gamma)
    return float(lr * gamma ** _time(t))


def polynomial(t, *, lr, steps, power=1.0):
    r"""From lr to 0 in n steps; a line for power p = 1.

    .. math:: \eta_t = \eta\, (1 - \min(t / n, 1))^p
    """
    _positive(lr=lr, power=power)
    _whole(steps=steps)
    return float(lr * (1 - min(_time(t) / steps, 1)) ** power)


def cosine(t, *, lr, steps, lr_min=0.0):
    r"""From lr to lr_min in n steps, on half a wave: slow at first, fast in the middle, slow at the end.

    .. math:: \eta_t = \eta_{\min} + \tfrac12 (\eta - \eta_{\min}) (1 + \cos(\pi \min(t / n, 1)))
    """
    _positive(lr=lr)
    _between(0, lr, lr_min=lr_min)
    _whole(steps=steps)
    return float(_anneal(lr, lr_min, min(_time(t) / steps, 1)))


def warm_restarts(t, *, lr, steps, growth=1, lr_min=0.0):
    r"""The cosine again and again: the first takes n steps, each later one g = growth times the one before.

    .. math:: \eta_t = \eta_{\min} + \tfrac12 (\eta - \eta_{\min}) (1 + \cos(\pi\, (t - s_i) / (n g^i))),
              \qquad s_i = n + n g + \dots + n g^{i-1} \le t < s_{i+1}
    """
    _whole(steps=steps, growth=growth)
    t = _time(t)
    if growth == 1:
        t %= steps
    while t >= steps:               # the first step of a cosine, not the last of the one before, is at lr
        t, steps = t - steps, steps * growth
    return cosine(t, lr=lr, steps=steps, lr_min=lr_min)


# Rise --------------------------------------------------------------------------------------------------


def warmup(t, *, lr, steps, start_factor=1 / 3, end_factor=1.0):
    r"""Linear warm-up, torch's LinearLR: from lr * start_factor to lr * end_factor, which then holds.

    .. math:: \eta_t = \eta\,(a + (b - a) \min(t / n, 1))

    a = start_factor in (0, 1] and b = end_factor in [0, 1]. Goyal et al., who train on k times the batch with
    k times the rate, start from a = 1/k.
    """
    _positive(lr=lr, start_factor=start_factor)
    _between(0, 1, start_factor=start_factor, end_factor=end_factor)
    _whole(steps=steps)
    return float(lr * _anneal(start_factor, end_factor, min(_time(t) / steps, 1), "linear"))


def warmup_then(t, schedule, *, warmup_steps, start_factor=1 / 3, **settings):
    r"""Put a warm-up of k = warmup_steps before another schedule f(t), whose first step is then step k.

    .. math:: \eta_t = f(0)\,(a + (1 - a)\, t / k) \text{ for } t < k,
              \qquad \eta_t = f(t - k) \text{ from there on}

    ``warmup_then(t, cosine, warmup_steps=5, lr=0.1, steps=95)`` lasts 100 steps; further settings are f's.
    """
    _whole(warmup_steps=warmup_steps)
    if (t := _time(t)) < warmup_steps:
        return warmup(t, lr=schedule(0, **settings), steps=warmup_steps, start_factor=start_factor)
    return schedule(t - warmup_steps, **settings)


def one_cycle(t, *, lr, steps, pct_start=0.3, anneal="cos", div_factor=25.0, final_div_factor=1e4,
              three_phase=False):
    r"""1cycle: from a low rate up to lr, then down to nearly 0, each way by "cos" or "linear" annealing.

    .. math:: \frac{\eta}{d} \;\xrightarrow{\;p\,n - 1\;}\; \eta \;\xrightarrow{\;n - 1\;}\; \frac{\eta}{d f}
              \qquad\text{three phases: } \frac{\eta}{d} \;\xrightarrow{\;p\,n - 1\;}\; \eta
              \;\xrightarrow{\;2 p\,n - 2\;}\; \frac{\eta}{d} \;\xrightarrow{\;n - 1\;}\; \frac{\eta}{d f}

    Above each arrow stands the t at its tip; n = steps, p = pct_start, d = div_factor, f = final_div_factor.
    torch also cycles the momentum, the other way; a schedule gives one number.
    """
    _positive(lr=lr, div_factor=div_factor, final_div_factor=final_div_factor)
    _whole(steps=steps)
    _between(0, 0.5 if three_phase else 1, pct_start=pct_start)
    _expect(pct_start * steps > 1, "pct_start * steps > 1, a rise of some steps", pct_start * steps)
    _expect(anneal in ("cos", "linear"), 'anneal "cos" or "linear"', anneal)
    low = lr / div_factor
    corners = [(0, low), (pct_start * steps - 1, lr), (steps - 1, low / final_div_factor)]
    if three_phase:
        corners.insert(2, (2 * pct_start * steps - 2, low))
    t = min(_time(t), steps - 1)
    for (t0, start), (t1, end) in zip(corners, corners[1:]):
        if t <= t1:
            return float(_anneal(start, end, (t - t0) / (t1 - t0), anneal))


def range_test(t, *, lr_min, lr_max, steps, spacing="log"):
    r"""Rise from lr_min to lr_max in one short run: the rate is too high from where the loss begins to grow.

    .. math:: \text{log: } \eta_t = \eta_{\min} \Big(\frac{\eta_{\max}}{\eta_{\min}}\Big)^u, \quad
              \text{linear: } \eta_t = \eta_{\min} + (\eta_{\max} - \eta_{\min})\, u

    u = min(t / (n - 1), 1): the last of n updates is at lr_max. "log" spans decades; "linear" is Smith's.
    """
    _positive(lr_min=lr_min, lr_max=lr_max)
    _whole(steps=steps)
    _expect(lr_min < lr_max, f"lr_max > lr_min = {lr_min}", lr_max)
    _expect(spacing in ("log", "linear"), 'spacing "log" or "linear"', spacing)
    u = min(_time(t) / max(steps - 1, 1), 1)
    if spacing == "linear":
        return float(_anneal(lr_min, lr_max, u, "linear"))
    return float(lr_min * (lr_max / lr_min) ** u)
