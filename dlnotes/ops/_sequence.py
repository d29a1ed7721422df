"""What the recurrent layers share: checks, time-major copies, weight gradients over all steps, truncation."""
import numpy as np

from dlnotes.ops._check import as_float, as_upstream, expect_shape


def sequence_inputs(gates, X, W_x, W_h, **more):
    """X, W_x, W_h and then `more` (states h0, c0 (N, H); biases b* (gates * H,)) as checked float arrays."""
    arrays = {name: as_float(a, name) for name, a in dict(X=X, W_x=W_x, W_h=W_h, **more).items()}
    sizes = expect_shape(arrays["X"], "N T D", "X")
    if sizes["T"] == 0:
        raise ValueError(f"expected X (N, T, D) with at least one step; got {arrays['X'].shape}")
    for name in more:
        if not name.startswith("b"):
            sizes = expect_shape(arrays[name], "N H", name, sizes)
    expect_shape(arrays["W_x"], f"D {gates * sizes['H']}", "W_x", sizes)
    expect_shape(arrays["W_h"], f"H {gates * sizes['H']}", "W_h", sizes)
    for name in more:
        if name.startswith("b"):
            expect_shape(arrays[name], f"{gates * sizes['H']}", name)
    return list(arrays.values())


def one_step(x, name="x"):
    """x (N, D) as a sequence (N, 1, D)."""
    x = as_float(x, name)
    expect_shape(x, "N D", name)
    return x[:, None]


def swap_time(A):
    """(N, T, D) as (T, N, D) or back, copied, so that A[t] is one block of memory."""
    return np.ascontiguousarray(A.swapaxes(0, 1))


def project(X, W_x, b):
    """X W_x + b of all steps in one product: (T, N, gates * H)."""
    N, T, D = X.shape
    return (swap_time(X).reshape(T * N, D) @ W_x + b).reshape(T, N, len(b))


def upstream(dY, S):
    """dY (N, T, H), checked against the states S (T + 1, N, H), time-major."""
    return swap_time(as_upstream(dY, S[1:].swapaxes(0, 1)))


def input_gradients(dZ, X, W_x):
    """dX and dW_x from the gradient dZ (T, N, G) of ``project``, all steps in one product."""
    (T, N, G), D = dZ.shape, X.shape[2]
    rows = dZ.reshape(T * N, G)
    dX = (rows @ W_x.T).reshape(T, N, D)
    return swap_time(dX), swap_time(X).reshape(T * N, D).T @ rows


def product_gradient(S, dZ):
    """Sum over steps and examples of s^T dz: the gradient of W in s W, for S (T, N, H) and dZ (T, N, G)."""
    (T, N, H), G = S.shape, dZ.shape[2]
    return S.reshape(T * N, H).T @ dZ.reshape(T * N, G)


def check_truncate(truncate):
    if truncate is not None and truncate < 1:
        raise ValueError(f"expected truncate: None or a number of steps >= 1; got {truncate}")


def is_cut(t, truncate):
    """Whether truncated backpropagation stops between step t and step t - 1 (never before the first step)."""
    return truncate is not None and t > 0 and t % truncate == 0
