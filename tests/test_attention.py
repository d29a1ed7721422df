"""Attention against torch: value and every gradient, masks included."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from ops_helpers import compare, normals, rejects

from dlnotes.ops import attention as A

quick = settings(max_examples=25, deadline=None)
leads = st.sampled_from([(), (1,), (3,), (2, 3), (0,)])
small = st.integers(1, 4)


def torch_scores(kind, Q, K, *weights):
    if kind == "inner":
        return Q @ K.mT
    if kind == "scaled":
        return Q @ K.mT / Q.shape[-1] ** 0.5
    if kind == "bilinear":
        return torch.einsum("...id,de,...je->...ij", Q, weights[0], K)
    W_q, W_k, v = weights
    return torch.tanh((Q @ W_q).unsqueeze(-2) + (K @ W_k).unsqueeze(-3)) @ v


def score_inputs(kind, lead, T_q, T_k, D, D_k, hidden, seed=0):
    D_k = D if kind in ("inner", "scaled") else D_k
    weights = dict(bilinear=[(D, D_k)], additive=[(D, hidden), (D_k, hidden), (hidden,)]).get(kind, [])
    return normals(seed, (*lead, T_q, D), (*lead, T_k, D_k), *weights)


def pair(kind):
    return getattr(A, kind + "_scores"), getattr(A, kind + "_scores_backward")


def masks(shape, seed):
    """A random mask that broadcasts to the shape; about one row in four sees nothing."""
    rng = np.random.default_rng(seed)
    shape = [n if rng.random() < 0.7 else 1 for n in shape[rng.integers(len(shape) - 1):]]
    return (rng.random(shape) < 0.6) & (rng.random((*shape[:-1], 1)) < 0.75)


@pytest.mark.parametrize("kind", ["inner", "scaled", "bilinear", "additive"])
@quick
@given(lead=leads, sizes=st.tuples(small, small, small, small, small), seed=st.integers(0, 99))
def test_scores_are_torchs_formulas(kind, lead, sizes, seed):
    compare(*pair(kind), lambda *a: torch_scores(kind, *a), score_inputs(kind, lead, *sizes, seed))


@quick
@given(leads, small, small, st.integers(0, 99), st.booleans())
def test_weights_are_torchs_masked_softmax(lead, T_q, T_k, seed, masked):
    S, = normals(seed, (*lead, T_q, T_k))
    mask = masks(S.shape, seed) if masked else None

    def torch_weights(S):
        if mask is None:
            return S.softmax(-1)
        m = torch.tensor(np.broadcast_to(mask, S.shape).copy())
        return S.masked_fill(~m, float("-inf")).softmax(-1).nan_to_num(0).masked_fill(~m, 0)

    if mask is None or np.broadcast_to(mask, S.shape).any(-1).all():    # torch's softmax of -inf alone is nan
        compare(A.attention_weights, A.attention_weights_backward, torch_weights, [S], mask=mask)
    weights = A.attention_weights(S, mask)
    seen = np.ones(S.shape, bool) if mask is None else np.broadcast_to(mask, S.shape)
    np.testing.assert_allclose(weights.sum(-1), seen.any(-1), atol=1e-12)
    assert (weights[~seen] == 0).all()


@quick
@given(leads, st.tuples(small, small, small, small), st.integers(0, 99), st.booleans())
def test_attention_is_torchs_also_for_queries_that_see_nothing(lead, sizes, seed, masked):
    T_q, T_k, D, D_v = sizes
    Q, K, V = normals(seed, (*lead, T_q, D), (*lead, T_k, D), (*lead, T_k, D_v))
    mask = masks((*lead, T_q, T_k), seed) if masked else None
    torch_mask = None if mask is None else torch.tensor(mask)
    compare(A.attention, A.attention_backward,
            lambda Q, K, V: F.scaled_dot_product_attention(Q, K, V, torch_mask), [Q, K, V], mask=mask)


@quick
@given(leads, small, small)
def test_causal_attention_is_torchs(lead, T, D):
    Q, K, V = normals(0, (*lead, T, D), (*lead, T, D), (*lead, T, D))
    compare(A.attention, A.attention_backward,
            lambda *a: F.scaled_dot_product_attention(*a, is_causal=True), [Q, K, V], mask=A.causal_mask(T))


def test_additive_attention_is_composed_of_its_pieces():
    arrays = [*score_inputs("additive", (2,), 3, 4, 2, 5, 6), *normals(1, (2, 4, 3))]
    mask = A.padding_mask([2, 4], 4)

    def f(*arrays):
        return A.attend(A.additive_scores(*arrays[:-1]), arrays[-1], mask)

    def f_backward(dY, *arrays):
        dS, dV = A.attend_backward(dY, A.additive_scores(*arrays[:-1]), arrays[-1], mask)
        return *A.additive_scores_backward(dS, *arrays[:-1]), dV

    def torch_f(*arrays):
        S = torch_scores("additive", *arrays[:-1]).masked_fill(~torch.tensor(mask), float("-inf"))
        return S.softmax(-1) @ arrays[-1]

    compare(f, f_backward, torch_f, arrays)


def test_masks():
    np.testing.assert_array_equal(A.causal_mask(3), [[1, 0, 0], [1, 1, 0], [1, 1, 1]])
    np.testing.assert_array_equal(A.causal_mask(2, 4), [[1, 0, 0, 0], [1, 1, 0, 0]])
    np.testing.assert_array_equal(A.padding_mask([0, 2, 3], 3)[:, 0], [[0, 0, 0], [1, 1, 0], [1, 1, 1]])
    assert A.padding_mask([0, 2, 3], 3).shape == (3, 1, 3)


def test_a_query_that_sees_nothing_has_zeros_and_passes_nothing():
    Q, K, V, dY = normals(0, (2, 3), (4, 3), (4, 5), (2, 5))
    mask = np.array([[True, True, False, True], [False] * 4])
    assert (A.attention(Q, K, V, mask)[1] == 0).all()
    dQ, dK, dV = A.attention_backward(dY, Q, K, V, mask)
    assert (dQ[1] == 0).all() and (dQ[0] != 0).all()
    assert (dK[2] == 0).all() and (dV[2] == 0).all()                    # nobody sees key 2
    one = A.attention_backward(dY[:1], Q[:1], K, V, mask[:1])
    np.testing.assert_allclose(dV, one[2])
    np.testing.assert_allclose(dK, one[1])


def test_attention_by_loops():
    Q, K, V = normals(3, (2, 3, 4), (2, 5, 4), (2, 5, 2))
    mask = A.padding_mask([3, 5], 5)
    for n, i in np.ndindex(2, 3):
        e = [np.exp(Q[n, i] @ K[n, j] / 2) * mask[n, 0, j] for j in range(5)]
        expected = sum(e[j] * V[n, j] for j in range(5)) / sum(e)
        np.testing.assert_allclose(A.attention(Q, K, V, mask)[n, i], expected, atol=1e-12)


def test_scaled_scores_have_unit_standard_deviation():
    Q, K = normals(0, (300, 1024), (300, 1024))
    assert abs(A.scaled_scores(Q, K).std() - 1) < 0.02 < 30 < A.inner_scores(Q, K).std()


@pytest.mark.parametrize("scale", [1e4, 1e-310])
def test_extremes(scale):
    Q, K, V = normals(5, (2, 3, 4), (2, 5, 4), (2, 5, 2))
    mask = np.random.default_rng(0).random((2, 3, 5)) < 0.5
    m = torch.tensor(mask)
    compare(A.attention, A.attention_backward, lambda *a: F.scaled_dot_product_attention(*a, m),
            [scale * Q, K, scale * V], mask=mask, float32=False)
    arrays = score_inputs("additive", (2,), 3, 4, 2, 5, 6)
    compare(*pair("additive"), lambda *a: torch_scores("additive", *a), [scale * arrays[0], *arrays[1:]],
            float32=scale > 1)


# Several heads ------------------------------------------------------------------------------------


def torch_multi_head(heads, mask, X_q, X_k, X_v, W_q, W_k, W_v, W_o, b_q, b_k, b_v, b_o):
    """torch's function for nn.MultiheadAttention; its mask says who may *not* look, its axes are T N D."""
    E = W_q.shape[1]
    bias = None if b_q is None else torch.cat([b_q, b_k, b_v])
    if mask is not None:
        N, T_q, T_k = len(X_q), X_q.shape[1], X_k.shape[1]
        mask = ~torch.tensor(np.broadcast_to(mask, (N, T_q, T_k)).copy()).repeat_interleave(heads, 0)
    Y, _ = F.multi_head_attention_forward(
        X_q.transpose(0, 1), X_k.transpose(0, 1), X_v.transpose(0, 1), E, heads, None, bias, None, None,
        False, 0.0, W_o.T, b_o, use_separate_proj_weight=True, q_proj_weight=W_q.T, k_proj_weight=W_k.T,
        v_proj_weight=W_v.T, attn_mask=mask, need_weights=False)
    return Y.transpose(0, 1)


def multi_head_inputs(N, T_q, T_k, heads, per_head, bias, seed=0):
    E = heads * per_head
    shapes = [(N, T_q, E), (N, T_k, 3), (N, T_k, 5), (E, E), (3, E), (5, E), (E, E)]
    biases = normals(seed + 1, *[(E,)] * 4) if bias else [None] * 4
    return [*normals(seed, *shapes), *biases]


@quick
@given(st.integers(1, 3), small, small, st.integers(1, 3), small, st.booleans(),
       st.sampled_from([None, "causal", "padding", "random"]), st.integers(0, 99))
def test_multi_head_attention_is_torchs(N, T_q, T_k, heads, per_head, bias, masked, seed):
    rng = np.random.default_rng(seed)
    mask = {None: None, "causal": A.causal_mask(T_q, T_k),
            "padding": A.padding_mask(rng.integers(1, T_k + 1, N), T_k),
            "random": (rng.random((N, T_q, T_k)) < 0.6) | np.eye(T_q, T_k, dtype=bool)
            | (np.arange(T_k) == 0)}[masked]                            # each query sees something
    compare(A.multi_head_attention, A.multi_head_attention_backward,
            lambda *a: torch_multi_head(heads, mask, *a),
            multi_head_inputs(N, T_q, T_k, heads, per_head, bias, seed), heads=heads, mask=mask)


def test_multi_head_attention_is_torchs_module():
    N, T, E, heads = 2, 5, 6, 3
    twin = torch.nn.MultiheadAttention(E, heads, batch_first=True, dtype=torch.float64)
    X, dY, b = normals(0, (N, T, E), (N, T, E), (3 * E,))
    W = twin.in_proj_weight.detach().numpy()
    twin.in_proj_bias.data = torch.tensor(b)
    x = torch.tensor(X, requires_grad=True)
    Y_t, _ = twin(x, x, x, attn_mask=~torch.tensor(A.causal_mask(T)))
    Y_t.backward(torch.tensor(dY))
    inputs = [X, X, X, *(w.T for w in np.split(W, 3)), twin.out_proj.weight.detach().numpy().T,
              *np.split(b, 3), twin.out_proj.bias.detach().numpy()]
    kw = dict(heads=heads, mask=A.causal_mask(T))
    np.testing.assert_allclose(A.multi_head_attention(*inputs, **kw), Y_t.detach(), atol=1e-12)
    dX_q, dX_k, dX_v, *_ = A.multi_head_attention_backward(dY, *inputs, **kw)
    np.testing.assert_allclose(dX_q + dX_k + dX_v, x.grad, atol=1e-12)  # one input used three times


def test_a_mask_may_differ_from_head_to_head_and_may_hide_everything():
    inputs = multi_head_inputs(2, 3, 4, 2, 3, True)
    mask = np.ones((2, 2, 3, 4), bool)
    mask[:, 1] = False                                                  # head 1 is blind
    Y = A.multi_head_attention(*inputs, heads=2, mask=mask)
    first_only = list(inputs)
    first_only[6] = inputs[6].copy()
    first_only[6][3:] = 0
    np.testing.assert_allclose(Y, A.multi_head_attention(*first_only, heads=2), atol=1e-12)
    Y = A.multi_head_attention(*inputs, heads=2, mask=np.zeros((3, 4), bool))
    np.testing.assert_allclose(Y, np.broadcast_to(inputs[-1], Y.shape), atol=1e-12)


# What is refused, and what the comparison sees ----------------------------------------------------


@pytest.mark.parametrize("kind", ["inner", "scaled", "bilinear", "additive"])
def test_wrong_input_is_refused_by_scores(kind):
    good = score_inputs(kind, (2,), 3, 4, 5, 6, 7)
    f, f_backward = pair(kind)
    for i in range(len(good)):
        bads = [good[i].astype(int), good[i][..., None]]
        if i > 0 or kind != "additive":
            bads.append(good[i][..., :-1])
        for bad in bads:
            rejects(f, *good[:i], bad, *good[i + 1:])
            rejects(f_backward, np.zeros((2, 3, 4)), *good[:i], bad, *good[i + 1:])
    rejects(f, good[0], good[1][:1], *good[2:])
    rejects(f, good[0][0, 0], *good[1:])
    rejects(f_backward, np.zeros((2, 3, 1)), *good)


def test_wrong_input_is_refused_elsewhere():
    Q, K, V = normals(0, (2, 3, 4), (2, 5, 4), (2, 5, 2))
    S = A.scaled_scores(Q, K)
    ok = np.ones((3, 5), bool)
    for mask in (ok.astype(int), ok[:2], ok[None, None], np.ones((3, 3, 5), bool)):
        rejects(A.attention, Q, K, V, mask)
        rejects(A.attention_backward, np.zeros((2, 3, 2)), Q, K, V, mask)
    rejects(A.attention, Q, K, V[:, :4])
    rejects(A.attention, Q, K, V[0])
    rejects(A.attention, Q, K[:, :0], V[:, :0])
    rejects(A.attention_backward, np.zeros((2, 3, 1)), Q, K, V)
    rejects(A.attention_weights, S[0, 0])
    rejects(A.attention_weights_backward, np.zeros(5), S, ok)
    good = multi_head_inputs(2, 3, 4, 2, 3, True)
    for i in range(len(good)):
        rejects(A.multi_head_attention, *good[:i], good[i][..., :-1], *good[i + 1:], heads=2)
    rejects(A.multi_head_attention, *good, heads=4)
    rejects(A.multi_head_attention, *good, heads=0)
    rejects(A.multi_head_attention, good[0][0], *good[1:], heads=2)
    rejects(A.multi_head_attention_backward, np.zeros((2, 3, 5)), *good, heads=2)


@pytest.mark.parametrize("i", [0, 1, 2, 3, 4, 5, 6, 7, 9, 10])
def test_the_comparison_sees_each_wrong_gradient(i):
    def wrong(*args, **kw):
        gradients = list(A.multi_head_attention_backward(*args, **kw))
        gradients[i] = 1.001 * gradients[i]
        return tuple(gradients)

    with pytest.raises(AssertionError, match=f"gradient of input {i}"):
        compare(A.multi_head_attention, wrong, lambda *a: torch_multi_head(2, None, *a),
                multi_head_inputs(2, 3, 4, 2, 3, True), heads=2)


def test_the_bias_of_the_keys_has_no_gradient():
    """Input 8, left out above: b_k adds one number to all scores of a query; the softmax does not see it."""
    dY, inputs = normals(1, (2, 3, 6))[0], multi_head_inputs(2, 3, 4, 2, 3, True)
    gradients = A.multi_head_attention_backward(dY, *inputs, heads=2)
    np.testing.assert_allclose(gradients[8], 0, atol=1e-12)


def test_the_comparison_sees_an_ignored_mask_and_a_wrong_scale():
    Q, K, V = normals(0, (2, 3, 4), (2, 3, 4), (2, 3, 4))
    with pytest.raises(AssertionError):
        compare(A.attention, A.attention_backward,
                lambda *a: F.scaled_dot_product_attention(*a, is_causal=True), [Q, K, V])
    with pytest.raises(AssertionError):
        compare(A.attention, A.attention_backward,
                lambda *a: F.scaled_dot_product_attention(*a, scale=1 / 4), [Q, K, V])
    with pytest.raises(AssertionError):
        compare(A.scaled_scores, A.scaled_scores_backward, lambda Q, K: K @ Q.mT / 2, [Q, K])
