r"""Optimizers with torch's names, arguments, defaults and update rules; parameters change in place.

>>> opt = Adam(params, lr=1e-3)     # params: objects with .data and .grad (Tensors), or plain arrays
>>> opt.step()                      # reads p.grad of each; for plain arrays: opt.step(grads)

What all of them share is said here once, x being a parameter, g its gradient, t the number of its steps:

Parameters
    params : list of Tensors or arrays, float32 or float64.
    lr : the learning rate >= 0; ``opt.lr = schedule(t)`` changes it between steps.
    weight_decay : lambda >= 0; the gradient becomes g + lambda x, that of the penalty lambda/2 ||x||^2.
    maximize : True climbs: the gradient's sign is turned.
Raises
    ValueError, if a setting is out of its range or a gradient has not its parameter's shape.
Notes
    A parameter without a gradient (None) is left out, as in torch. Arrays of
    numbers are allocated in the first step alone.
    Not as in torch: one group of parameters (two groups are two optimizers); ``step`` takes gradients, and a
    closure only where the method needs one (LBFGS, Newton); `state_dict` is a flat dict of arrays.
    tests/test_optim.py follows torch over 300 steps with every option, to 1e-9.
"""

import math
from typing import NamedTuple

import numpy as np


def _expect(fits, what, got):
    if not fits:
        raise ValueError(f"expected {what}; got {got!r}")


def _array(p):
    return p if isinstance(p, np.ndarray) else p.data


class Optimizer:
    """What all optimizers do: take care of parameters, gradients, state and scratch memory.

    A method is a subclass with two functions: ``_start(x)`` returns the first state of a parameter, a dict of
    arrays; ``_update(x, g, state, t, room)`` changes x and the state, with room for results in between.
    """

    def __init__(self, params, lr, weight_decay=0.0, maximize=False):
        self.params = list(params)
        arrays = [_array(p) for p in self.params]
        _expect(arrays, "at least one parameter", self.params)
        for x in arrays:
            _expect(x.dtype in (np.float32, np.float64), "parameters of float32 or float64", x.dtype)
        _expect(lr >= 0, "lr >= 0", lr)
        _expect(weight_decay >= 0, "weight_decay >= 0", weight_decay)
        self.lr, self.weight_decay, self.maximize = lr, weight_decay, maximize
        self.state = [{} for _ in arrays]
        self.steps = [0] * len(arrays)
        largest = {d: max(x.size for x in arrays if x.dtype == d) for d in {x.dtype for x in arrays}}
        rooms = {d: np.empty((2, n), d) for d, n in largest.items()}  # shared by all parameters of a dtype
        self._rooms = [[room[: x.size].reshape(x.shape) for room in rooms[x.dtype]] for x in arrays]

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self, grads=None):
        """Update every parameter by its ``grad``, or by ``grads``, one for each (None leaves a parameter)."""
        self.lr = float(self.lr)  # a numpy float64 would make float64 of float32 parameters
        grads = [p.grad for p in self.params] if grads is None else list(grads)
        _expect(len(grads) == len(self.params), f"{len(self.params)} gradients", len(grads))
        for i, (p, g) in enumerate(zip(self.params, grads)):
            if g is None:
                continue
            x = _array(p)
            _expect(g.shape == x.shape, f"a gradient {x.shape}", g.shape)
            self.state[i] = self.state[i] or self._start(x)
            self.steps[i] += 1
            room, g_room = self._rooms[i]
            self._update(x, self._gradient(x, g, g_room), self.state[i], self.steps[i], room)

    def state_dict(self):
        """Return a flat dict of arrays (copies), for `numpy.savez`: "lr", "0.step", "0.exp_avg", ..."""
        saved = {"lr": np.array(self.lr)}
        for i, (steps, state) in enumerate(zip(self.steps, self.state)):
            saved[f"{i}.step"] = np.array(steps)
            saved.update({f"{i}.{name}": array.copy() for name, array in state.items()})
        return saved

    def load_state_dict(self, saved):
        """Go on where the optimizer of ``state_dict`` was; build this one with the same arguments."""
        known = {f"{i}.step" for i in range(len(self.params))} | {"lr"}
        _expect(known <= set(saved), f"the state of {len(self.params)} parameters", sorted(saved))
        self.lr = float(saved["lr"])
        self.steps = [int(saved[f"{i}.step"]) for i in range(len(self.params))]
        self.state = [{} for _ in self.params]
        for name in set(saved) - known:
            i, _, key = name.partition(".")
            fits = i.isdigit() and int(i) < len(self.params)
            _expect(fits, f"a state of {len(self.params)} parameters", name)
            x = _array(self.params[int(i)])
            _expect(saved[name].shape == x.shape, f"{name} {x.shape}", saved[name].shape)
            self.state[int(i)][key] = np.array(saved[name], x.dtype)

    def _gradient(self, x, g, room):
        """The gradient of what is minimized: with weight decay, and turned for ``maximize``."""
        if not self.weight_decay:
            return np.negative(g, out=room) if self.maximize else g
        decay = np.multiply(x, self.weight_decay, out=room)
        return (np.subtract if self.maximize else np.add)(decay, g, out=room)

    def _start(self, x):
        return {}


class SGD(Optimizer):
    r"""Gradient descent, with momentum.

    .. math:: b_1 = g_1, \qquad b_t = \mu\, b_{t-1} + (1 - \tau)\, g_t, \qquad
              x \leftarrow x - \eta\, b_t \quad\text{or, with Nesterov,}\quad x - \eta\,(g_t + \mu\, b_t)

    Parameters
    ----------
    momentum : float
        :math:`\mu \ge 0`; 0 is plain gradient descent, with g_t in place of b_t.
    dampening : float
        :math:`\tau`; the first gradient is not dampened, as in torch.
    nesterov : bool
        Needs momentum > 0 and no dampening.

    Source
    ------
    Sutskever et al., "On the importance of initialization and momentum", ICML 2013, eq. 1-4; there the
    learning rate is inside the velocity, here (as in torch) outside.
    """

    def __init__(self, params, lr=1e-3, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, *,
                 maximize=False):  # fmt: skip
        super().__init__(params, lr, weight_decay, maximize)
        _expect(momentum >= 0, "momentum >= 0", momentum)
        fits = not nesterov or (momentum > 0 and dampening == 0)
        _expect(fits, "momentum > 0 and dampening 0 for nesterov", (momentum, dampening))
        self.momentum, self.dampening, self.nesterov = momentum, dampening, nesterov

    def _update(self, x, g, state, t, room):
        if self.momentum:
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = g.copy()
            else:
                state["momentum_buffer"] *= self.momentum
                state["momentum_buffer"] += np.multiply(g, 1 - self.dampening, out=room)
            b = state["momentum_buffer"]
            g = np.add(np.multiply(b, self.momentum, out=room), g, out=room) if self.nesterov else b
        x -= np.multiply(g, self.lr, out=room)


class Adagrad(Optimizer):
    r"""A learning rate for each number, which falls with the sum of its squared gradients.

    .. math:: s \leftarrow s + g^2, \qquad
              x \leftarrow x - \frac{\eta}{1 + (t - 1)\, \text{lr\_decay}} \cdot \frac{g}{\sqrt{s} + \epsilon}

    Source
    ------
    Duchi, Hazan and Singer, JMLR 12 (2011), section 1.1 (there epsilon is under the root).
    """

    def __init__(self, params, lr=1e-2, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0,
                 eps=1e-10, *, maximize=False):  # fmt: skip
        super().__init__(params, lr, weight_decay, maximize)
        _expect(lr_decay >= 0, "lr_decay >= 0", lr_decay)
        _expect(initial_accumulator_value >= 0, "initial_accumulator_value >= 0", initial_accumulator_value)
        _expect(eps >= 0, "eps >= 0", eps)
        self.lr_decay, self.initial_accumulator_value, self.eps = lr_decay, initial_accumulator_value, eps

    def _start(self, x):
        return {"sum": np.full_like(x, self.initial_accumulator_value)}

    def _update(self, x, g, state, t, room):
        state["sum"] += np.multiply(g, g, out=room)
        scale = np.sqrt(state["sum"], out=room)
        scale += self.eps
        np.divide(g, scale, out=room)
        x -= np.multiply(room, self.lr / (1 + (t - 1) * self.lr_decay), out=room)


class RMSprop(Optimizer):
    r"""Adagrad with a sum that forgets: the gradient over the root of its running mean square.

    .. math:: v \leftarrow \alpha v + (1 - \alpha)\, g^2, \qquad
              m \leftarrow \alpha m + (1 - \alpha)\, g, \qquad
              x \leftarrow x - \eta\, \frac{g}{\sqrt{v} + \epsilon}

    ``centered`` takes the variance :math:`v - m^2` for v. With momentum :math:`\mu` the step is
    :math:`\eta b`, :math:`b \leftarrow \mu b + g / (\sqrt{v} + \epsilon)`.

    Source
    ------
    Tieleman and Hinton, COURSERA "Neural networks for machine learning", lecture 6.5, 2012; centered: Graves
    2013, arXiv:1308.0850, eq. 38-45.
    """

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False,
                 *, maximize=False):  # fmt: skip
        super().__init__(params, lr, weight_decay, maximize)
        _expect(alpha >= 0, "alpha >= 0", alpha)
        _expect(eps >= 0, "eps >= 0", eps)
        _expect(momentum >= 0, "momentum >= 0", momentum)
        self.alpha, self.eps, self.momentum, self.centered = alpha, eps, momentum, centered

    def _start(self, x):
        names = ["square_avg"] + ["momentum_buffer"] * (self.momentum > 0) + ["grad_avg"] * self.centered
        return {name: np.zeros_like(x) for name in names}

    def _update(self, x, g, state, t, room):
        state["square_avg"] *= self.alpha
        state["square_avg"] += _scaled_square(g, 1 - self.alpha, room)
        variance = state["square_avg"]
        if self.centered:
            m = state["grad_avg"]
            m += np.multiply(np.subtract(g, m, out=room), 1 - self.alpha, out=room)
            variance = np.subtract(variance, np.multiply(m, m, out=room), out=room)
        scale = np.sqrt(variance, out=room)
        scale += self.eps
        direction = np.divide(g, scale, out=room)
        if self.momentum:
            state["momentum_buffer"] *= self.momentum
            state["momentum_buffer"] += direction
            direction = state["momentum_buffer"]
        x -= np.multiply(direction, self.lr, out=room)


class Adam(Optimizer):
    r"""Running means of the gradient and of its square, both corrected for their start at 0.

    .. math:: m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \quad
              v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \quad
              x \leftarrow x - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    Parameters
    ----------
    betas : (float, float)
        Both in [0, 1).
    eps : float
        Outside of the root, and after the correction, as in torch.
    amsgrad : bool
        True puts the largest v so far in the place of v.
    decoupled_weight_decay : bool
        True shrinks x by :math:`1 - \eta\lambda` before the step and leaves the gradient alone: AdamW.

    Source
    ------
    Kingma and Ba, ICLR 2015, algorithm 1. amsgrad: Reddi, Kale and Kumar, ICLR 2018, algorithm 2.
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False, *,
                 maximize=False, decoupled_weight_decay=False):  # fmt: skip
        super().__init__(params, lr, weight_decay, maximize)
        _expect(all(0 <= beta < 1 for beta in betas), "betas in [0, 1)", betas)
        _expect(eps >= 0, "eps >= 0", eps)
        self.betas, self.eps, self.amsgrad = tuple(betas), eps, amsgrad
        self.decoupled_weight_decay = decoupled_weight_decay

    def _start(self, x):
        names = ["exp_avg", "exp_avg_sq"] + ["max_exp_avg_sq"] * self.amsgrad
        return {name: np.zeros_like(x) for name in names}

    def _gradient(self, x, g, room):
        if not self.decoupled_weight_decay:
            return super()._gradient(x, g, room)
        x *= 1 - self.lr * self.weight_decay
        return np.negative(g, out=room) if self.maximize else g

    def _update(self, x, g, state, t, room):
        beta1, beta2 = self.betas
        m, v = state["exp_avg"], state["exp_avg_sq"]
        m += np.multiply(np.subtract(g, m, out=room), 1 - beta1, out=room)
        v *= beta2
        v += _scaled_square(g, 1 - beta2, room)
        if self.amsgrad:
            v = np.maximum(state["max_exp_avg_sq"], v, out=state["max_exp_avg_sq"])
        scale = np.sqrt(v, out=room)
        scale /= math.sqrt(1 - beta2**t)
        scale += self.eps
        np.divide(m, scale, out=room)
        x -= np.multiply(room, self.lr / (1 - beta1**t), out=room)


class AdamW(Adam):
    """`Adam` with decoupled weight decay.

    Source
    ------
    Loshchilov and Hutter, ICLR 2019, algorithm 2.
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *,
                 maximize=False):  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize,
                         decoupled_weight_decay=True)  # fmt: skip


def _scaled_square(g, factor, room):
    return np.multiply(np.multiply(g, g, out=room), factor, out=room)


class Rprop(Optimizer):
    r"""Signs alone: a number's step size grows while its gradient keeps the sign and shrinks when it turns.

    .. math:: \Delta \leftarrow \begin{cases} \min(\eta_+ \Delta, \Delta_{max}) & g_t\, g_{t-1} > 0 \\
              \max(\eta_- \Delta, \Delta_{min}) & g_t\, g_{t-1} < 0 \end{cases}, \qquad
              x \leftarrow x - \Delta \operatorname{sign}(g_t)

    After a change of sign the number rests for a step and g_t counts as 0 in the next.

    Parameters
    ----------
    lr : float
        The first step size.
    etas, step_sizes : (float, float)
        :math:`(\eta_-, \eta_+)` with :math:`0 < \eta_- < 1 < \eta_+`, and the smallest and largest step size.

    Notes
    -----
    For full batches: the signs of a small batch are mostly noise.

    Source
    ------
    Riedmiller and Braun, ICNN 1993; without the step back: iRprop- of Igel and Huesken, NC 2000.
    """

    def __init__(self, params, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), *, maximize=False):
        super().__init__(params, lr, maximize=maximize)
        _expect(0 < etas[0] < 1 < etas[1], "etas with 0 < etas[0] < 1 < etas[1]", etas)
        self.etas, self.step_sizes = tuple(etas), tuple(step_sizes)

    def _start(self, x):
        return {"prev": np.zeros_like(x), "step_size": np.full_like(x, self.lr)}

    def _update(self, x, g, state, t, room):
        size, before = state["step_size"], state["prev"]
        agreement = np.multiply(g, before, out=room)
        turned = agreement < 0
        np.multiply(size, self.etas[0], out=size, where=turned)
        np.multiply(size, self.etas[1], out=size, where=agreement > 0)
        np.clip(size, *self.step_sizes, out=size)
        np.copyto(before, g)
        before[turned] = 0
        x -= np.multiply(np.sign(before, out=room), size, out=room)


# Full batches: the loss is a function that can be asked again -----------------------------------------------


class _FullBatch(Optimizer):
    """What LBFGS and Newton share: the parameters as one vector, and a closure for loss and gradient."""

    def _vector(self, arrays):
        return np.concatenate([np.ravel(array) for array in arrays])

    def _put(self, vector):
        """Write a vector of all numbers into the parameters."""
        start = 0
        for x in map(_array, self.params):
            x[...] = vector[start : start + x.size].reshape(x.shape)
            start += x.size

    def _evaluate(self, closure):
        """Return the loss (float) and its gradient (a vector) where the parameters are."""
        result = closure()
        loss, grads = result if isinstance(result, tuple) else (result, [p.grad for p in self.params])
        _expect(all(g is not None for g in grads), "a gradient for each parameter", grads)
        return float(loss), self._vector(grads)


class LBFGS(_FullBatch):
    r"""Quasi-Newton: the last steps s and changes of gradient y tell how the gradient turns.

    .. math:: x \leftarrow x - t\, H g, \qquad
              H_{k+1} = (I - \rho\, s y^\top)\, H_k\, (I - \rho\, y s^\top) + \rho\, s s^\top, \qquad
              \rho = \frac{1}{y^\top s}

    H is never formed: two loops over the stored pairs give H g, from :math:`H_0 = (s^\top y / y^\top y)\, I`.

    Parameters
    ----------
    lr : float
        The step t, with "strong_wolfe" the first one tried.
    max_iter, max_eval : int
        Steps and evaluations in one call of `step`; max_eval is 5/4 max_iter by default.
    tolerance_grad, tolerance_change : float
        Stop when the largest entry of the gradient, or of a step, or the change of the loss is as small.
    history_size : int
        How many pairs are kept.
    line_search_fn : {None, "strong_wolfe"}

    Notes
    -----
    ``step(closure)``: the closure clears the gradients, computes the loss, calls backward and returns the
    loss; for plain arrays it returns (loss, grads). Without a line search lr = 1 may diverge.

    Source
    ------
    Nocedal and Wright, Numerical Optimization, 2nd ed., 2006, algorithms 7.4 and 7.5; the stopping rules are
    torch's, which follow M. Schmidt's minFunc.
    """

    def __init__(self, params, lr=1.0, max_iter=20, max_eval=None, tolerance_grad=1e-7, tolerance_change=1e-9,
                 history_size=100, line_search_fn=None):  # fmt: skip
        super().__init__(params, lr)
        known = line_search_fn in (None, "strong_wolfe")
        _expect(known, 'line_search_fn None or "strong_wolfe"', line_search_fn)
        _expect(history_size >= 1, "history_size >= 1", history_size)
        self.max_iter, self.max_eval = max_iter, max_iter * 5 // 4 if max_eval is None else max_eval
        self.tolerance_grad, self.tolerance_change = tolerance_grad, tolerance_change
        self.history_size, self.line_search_fn = history_size, line_search_fn
        self.pairs = []  # (s, y), the oldest first
        self.last = None  # gradient, direction and length of the last step

    def step(self, closure):
        """Make up to max_iter steps; return the loss (float) before them."""
        first, g = self._evaluate(closure)
        loss, used = first, 1
        for k in range(self.max_iter):
            if np.abs(g).max() <= self.tolerance_grad or (k and used >= self.max_eval):
                break
            d = self._direction(g)
            t = self.lr if self.last else self.lr * min(1.0, 1 / float(np.abs(g).sum()))
            self.last = (g, d, t)
            if g @ d > -self.tolerance_change:
                break
            before = loss
            if self.line_search_fn:
                loss, g, t, calls = self._search(closure, loss, g, d, t, self.max_eval - used)
                self.last = (*self.last[:2], t)
            else:
                self._put(self._vector(map(_array, self.params)) + t * d)
                if k == self.max_iter - 1:  # the next call will evaluate
                    break
                (loss, g), calls = self._evaluate(closure), 1
            used += calls
            if np.abs(t * d).max() <= self.tolerance_change or abs(loss - before) < self.tolerance_change:
                break
        return first

    def _search(self, closure, loss, g, d, t, max_ls):
        """Move to where the line search leads; return loss, gradient and step length there, and the calls."""
        x = self._vector(map(_array, self.params))

        def at(t):
            self._put(x + t * d)
            f, g = self._evaluate(closure)
            return Point(t, f, float(g @ d), g)

        tolerance = self.tolerance_change / float(np.abs(d).max())
        start = Point(0.0, loss, float(g @ d), g)
        point, calls = strong_wolfe(at, start, t, tolerance_change=tolerance, max_ls=max_ls)
        self._put(x + point.t * d)
        return point.f, point.g, point.t, calls

    def _direction(self, g):
        """Return -H g, once the pair of the last step is stored."""
        if self.last is None:
            return -g
        y, s = g - self.last[0], self.last[1] * self.last[2]
        if y @ s > 1e-10:  # else H would lose its positive eigenvalues
            self.pairs = [*self.pairs, (s, y)][-self.history_size :]
        r, weights = -g, []
        for s, y in reversed(self.pairs):
            weights.append(s @ r / (y @ s))
            r = r - weights[-1] * y
        if self.pairs:
            s, y = self.pairs[-1]
            r = r * (s @ y / (y @ y))
        for s, y in self.pairs:
            r = r + (weights.pop() - y @ r / (y @ s)) * s
        return r

    def state_dict(self):
        saved = {"lr": np.array(self.lr)}
        if self.last:
            saved.update(zip(("last_grad", "last_direction", "last_t"), map(np.array, self.last)))
        if self.pairs:
            saved["s"], saved["y"] = (np.stack(column) for column in zip(*self.pairs))
        return saved

    def load_state_dict(self, saved):
        self.lr = float(saved["lr"])
        self.last = None
        if "last_t" in saved:
            self.last = tuple(np.array(saved[f"last_{name}"]) for name in ("grad", "direction", "t"))
        self.pairs = list(zip(np.array(saved["s"]), np.array(saved["y"]))) if "s" in saved else []


class Newton(_FullBatch):
    r"""Jump to the minimum of the parabola that has the loss's gradient and curvature.

    .. math:: x \leftarrow x - \eta\,(H + \lambda I)^{-1} g, \qquad
              H_{ij} = \frac{\partial^2 L}{\partial x_i \partial x_j}

    Parameters
    ----------
    damping : float
        :math:`\lambda \ge 0`: with a large one the step is :math:`g / \lambda`. Where H has an eigenvalue
        below :math:`-\lambda`, the step goes up along it: Newton runs to saddle points.
    hessian : callable, optional
        Returns H (P, P) for all P numbers of the parameters in a row; without it H comes from central
        differences of the gradient, by 2 P calls of the closure, right to some 9 digits in float64.

    Raises
    ------
    numpy.linalg.LinAlgError
        If H + damping I is singular.

    Notes
    -----
    ``step(closure)`` as in `LBFGS`. torch has no such optimizer; the test takes H from torch.func.hessian.

    Source
    ------
    Nocedal and Wright, Numerical Optimization, 2nd ed., 2006, section 3.3.
    """

    def __init__(self, params, lr=1.0, damping=0.0, hessian=None):
        super().__init__(params, lr)
        _expect(damping >= 0, "damping >= 0", damping)
        self.damping, self.hessian = damping, hessian

    def step(self, closure):
        """Make one step; return the loss (float) before it."""
        loss, g = self._evaluate(closure)
        x = self._vector(map(_array, self.params))
        H = self._differences(closure, x) if self.hessian is None else np.asarray(self.hessian())
        _expect(H.shape == (x.size, x.size), f"a Hessian {(x.size, x.size)}", H.shape)
        self._put(x - self.lr * np.linalg.solve(H + self.damping * np.eye(x.size), g))
        return loss

    def _differences(self, closure, x):
        H = np.empty((x.size, x.size))
        for i in range(x.size):
            h = np.finfo(x.dtype).eps ** (1 / 3) * max(1.0, abs(x[i]))
            sides = []
            for moved in (x[i] + h, x[i] - h):
                self._put(np.concatenate([x[:i], [moved], x[i + 1 :]]))
                sides.append(self._evaluate(closure)[1])
            H[i] = (sides[0] - sides[1]) / (2 * h)
        self._put(x)
        return (H + H.T) / 2


class Point(NamedTuple):
    """A step length with the loss there, its slope along the step, and its gradient."""

    t: float
    f: float
    slope: float
    g: np.ndarray


def strong_wolfe(at, start, t, c1=1e-4, c2=0.9, tolerance_change=1e-9, max_ls=25):
    r"""Find a step length that lowers the loss enough and flattens its slope enough.

    .. math:: \varphi(t) \le \varphi(0) + c_1 t\, \varphi'(0), \qquad |\varphi'(t)| \le c_2 |\varphi'(0)|

    Parameters
    ----------
    at : callable
        Returns the `Point` of a step length.
    start : Point
        That of length 0, with a slope < 0.
    t : float
        The first length tried.
    tolerance_change : float
        The bracket is not divided any further below this width.
    max_ls : int
        The most lengths tried after the first.

    Returns
    -------
    point : Point
        One that fulfils both, or else the lower end of the last bracket.
    evaluations : int
        Calls of ``at``.

    Notes
    -----
    As in torch the lower end is the one with the lower loss, even where that is not low enough for the first
    condition. After a first length that is far too long the search can then end without a good point.

    Source
    ------
    Nocedal and Wright, Numerical Optimization, 2nd ed., 2006, algorithms 3.5, 3.6; safeguards as in torch.
    """

    def too_high(point):
        return point.f > start.f + c1 * point.t * start.slope

    def flat(point):
        return abs(point.slope) <= -c2 * start.slope

    ends, used = _bracket(at, start, t, too_high, flat, max_ls)
    low, stuck = int(ends[0].f > ends[-1].f), False
    while len(ends) == 2 and used <= max_ls and abs(ends[1].t - ends[0].t) >= tolerance_change:
        t, stuck = _between(ends, stuck)
        point, used = at(t), used + 1
        if too_high(point) or point.f >= ends[low].f:
            ends[1 - low] = point
            low = int(ends[0].f > ends[1].f)
            continue
        if flat(point):
            return point, used
        if point.slope * (ends[1 - low].t - ends[low].t) >= 0:
            ends[1 - low] = ends[low]
        ends[low] = point
    return ends[low], used


def _bracket(at, start, t, too_high, flat, max_ls):
    """Lengthen the step until a good one lies between the last two points; [point] if one is good itself."""
    previous, point, used = start, at(t), 1
    while used <= max_ls:
        if too_high(point) or (used > 2 and point.f >= previous.f):
            return [previous, point], used
        if flat(point):
            return [point], used
        if point.slope >= 0:
            return [previous, point], used
        t = _cubic_minimum(previous, point, point.t + 0.01 * (point.t - previous.t), 10 * point.t)
        previous, point, used = point, at(t), used + 1
    return [start, point], used


def _between(ends, stuck):
    """The next length to try, and whether it is so near an end that the one after must not be."""
    left, right = sorted(end.t for end in ends)
    t, margin = _cubic_minimum(*ends, left, right), 0.1 * (right - left)
    if min(right - t, t - left) >= margin:
        return t, False
    if stuck or not left < t < right:
        return (right - margin if right - t < t - left else left + margin), False
    return t, True


def _cubic_minimum(p, q, low, high):
    """The minimum, within [low, high], of the cubic with the losses and slopes of two points."""
    p, q = sorted((p, q), key=lambda point: point.t)
    d1 = p.slope + q.slope - 3 * (p.f - q.f) / (p.t - q.t)
    square = d1 * d1 - p.slope * q.slope
    bottom = q.slope - p.slope + 2 * math.sqrt(square) if square >= 0 else 0.0
    if not abs(bottom) > 0:  # the cubic has no minimum
        return (low + high) / 2
    t = q.t - (q.t - p.t) * ((q.slope + math.sqrt(square) - d1) / bottom)
    return min(max(t, low), high)


# Clipping ---------------------------------------------------------------------------------------------------


def clip_grad_norm_(params, max_norm, norm_type=2.0, error_if_nonfinite=False):
    r"""Scale all gradients together, in place, so that their common norm is at most max_norm.

    .. math:: g \leftarrow g \cdot \min\Big(1, \frac{c}{\lVert g \rVert + 10^{-6}}\Big)

    Parameters
    ----------
    params : list of Tensors, or of arrays, which are then the gradients themselves
    max_norm : float
        c, the largest norm.
    norm_type : float
        The p of the p-norm; ``math.inf`` for the largest absolute value.
    error_if_nonfinite : bool

    Returns
    -------
    float
        The norm before.

    Raises
    ------
    ValueError
        If the norm is inf or nan and error_if_nonfinite.

    Source
    ------
    Pascanu, Mikolov and Bengio, ICML 2013, algorithm 1; the 1e-6 is torch's.
    """
    grads = _gradients(params)
    norms = [np.linalg.norm(np.ravel(g), norm_type) for g in grads]
    norm = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    _expect(math.isfinite(norm) or not error_if_nonfinite, "a finite norm of the gradients", norm)
    factor = min(max_norm / (norm + 1e-6), 1.0)
    for g in grads:
        g *= factor
    return norm


def clip_grad_value_(params, clip_value):
    """Clip every number of the gradients, in place, to [-clip_value, clip_value]; see `clip_grad_norm_`."""
    for g in _gradients(params):
        np.clip(g, -clip_value, clip_value, out=g)


def _gradients(params):
    grads = [p if isinstance(p, np.ndarray) else p.grad for p in params]
    return [g for g in grads if g is not None]
