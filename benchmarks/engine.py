"""The numpy engine side by side with torch, HIPS autograd and micrograd: one process, one thread each.

    .venv/bin/python benchmarks/engine.py [--rounds 15] [--plot scaling.svg]

Each line is a median over rounds in which the engines take turns, so that a noisy moment hits all of them alike; what counts is the
ratio. benchmarks/README.md keeps the last table.
"""

import argparse
import gc
import os
import subprocess
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import autograd  # noqa: E402
import autograd.numpy as anp  # noqa: E402
import micrograd.engine  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

from dlnotes import nn, optim, scalar  # noqa: E402
from dlnotes.autograd import Tensor  # noqa: E402
from dlnotes.ops import conv, lstm  # noqa: E402

torch.set_num_threads(1)


def mlp_ours(sizes, batch):
    rng = np.random.default_rng(0)
    layers = []
    for i, o in zip(sizes, sizes[1:]):
        layers += [nn.Linear(i, o, rng=rng, dtype=np.float32), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    X = Tensor(rng.standard_normal((batch, sizes[0])).astype(np.float32))
    y, loss = rng.integers(0, sizes[-1], batch), nn.CrossEntropyLoss()
    if sizes[-1] == 1:
        y, loss = rng.integers(0, 2, (batch, 1)).astype(np.float32), nn.BCEWithLogitsLoss()
    opt = optim.Adam(model.parameters())

    def step():
        opt.zero_grad()
        loss(model(X), y).backward()
        opt.step()
    return step


def mlp_torch(sizes, batch):
    torch.manual_seed(0)
    layers = []
    for i, o in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(i, o), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    X, y = torch.randn(batch, sizes[0]), torch.randint(0, sizes[-1], (batch,))
    loss = torch.nn.CrossEntropyLoss()
    if sizes[-1] == 1:
        y, loss = torch.randint(0, 2, (batch, 1)).float(), torch.nn.BCEWithLogitsLoss()
    opt = torch.optim.Adam(model.parameters())

    def step():
        opt.zero_grad()
        loss(model(X), y).backward()
        opt.step()
    return step


def mlp_hips(sizes, batch):
    rng = np.random.default_rng(0)
    params = [(rng.standard_normal((i, o)).astype(np.float32), np.zeros(o, np.float32)) for i, o in zip(sizes, sizes[1:])]
    X = rng.standard_normal((batch, sizes[0])).astype(np.float32)
    y = rng.integers(0, 2, (batch, 1)).astype(np.float32)
    moments = [[(np.zeros_like(a), np.zeros_like(a)) for a in pair] for pair in params]
    count = [0]

    def loss(params):
        A = X
        for W, b in params[:-1]:
            A = anp.maximum(A @ W + b, 0)
        Z = A @ params[-1][0] + params[-1][1]
        return anp.mean(anp.maximum(Z, 0) - Z * y + anp.log1p(anp.exp(-anp.abs(Z))))

    gradient = autograd.grad(loss)

    def step():
        count[0] += 1
        a, b = 1 - 0.9 ** count[0], 1 - 0.999 ** count[0]
        for pair, grads, moment in zip(params, gradient(params), moments):
            for p, g, (m, v) in zip(pair, grads, moment):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                p -= 1e-3 * (m / a) / (np.sqrt(v / b) + 1e-8)
    return step


def conv_ours():
    rng = np.random.default_rng(0)
    X, W, b = (rng.standard_normal(s).astype(np.float32) for s in ((64, 16, 28, 28), (32, 16, 3, 3), (32,)))
    dY = np.ones((64, 32, 28, 28), np.float32)

    def step():
        conv.conv2d(X, W, b, padding=1)
        conv.conv2d_backward(dY, X, W, b, padding=1)
    return step


def conv_torch():
    X = torch.randn(64, 16, 28, 28, requires_grad=True)
    layer, dY = torch.nn.Conv2d(16, 32, 3, padding=1), torch.ones(64, 32, 28, 28)

    def step():
        layer.zero_grad()
        X.grad = None
        layer(X).backward(dY)
    return step


def lstm_ours(N=32, T=64, D=128, H=128):
    rng = np.random.default_rng(0)
    shapes = (N, T, D), (N, H), (N, H), (D, 4 * H), (H, 4 * H), (4 * H,)
    X, h, c, W_x, W_h, b = (0.1 * rng.standard_normal(s).astype(np.float32) for s in shapes)
    dY, dc = np.ones((N, T, H), np.float32), np.zeros((N, H), np.float32)

    def step():
        cache = lstm.lstm(X, h, c, W_x, W_h, b)[-1]
        lstm.lstm_backward(dY, dc, cache)
    return step


def lstm_torch(N=32, T=64, D=128, H=128):
    X = torch.randn(N, T, D, requires_grad=True)
    layer, dY = torch.nn.LSTM(D, H, batch_first=True), torch.ones(N, T, H)

    def step():
        layer.zero_grad()
        X.grad = None
        layer(X)[0].backward(dY)
    return step


def demo(Value):
    """micrograd's own demonstration, 20 times over."""
    def step():
        for _ in range(20):
            a, b = Value(-4.0), Value(2.0)
            c = a + b
            d = a * b + b**3
            c += c + 1
            c += 1 + c + (-a)
            d += d * 2 + (b + a).relu()
            d += 3 * d + (b - a).relu()
            e = c - d
            f = e**2
            g = f / 2.0
            g += 10.0 / f
            g.backward()
    return step


CASES = {      # name: ({engine: step}, {engine: the most that ours may take in its units})
    "MLP 784-256-128-10, batch 128, Adam": (
        lambda: {"dlnotes": mlp_ours((784, 256, 128, 10), 128), "torch": mlp_torch((784, 256, 128, 10), 128)}, {"torch": 1.3}),
    "MLP 2-8-8-1, batch 64, Adam": (
        lambda: {"dlnotes": mlp_ours((2, 8, 8, 1), 64), "torch": mlp_torch((2, 8, 8, 1), 64),
                 "autograd": mlp_hips((2, 8, 8, 1), 64)}, {"torch": 0.7, "autograd": 0.5}),
    "conv 3x3, 16 to 32, 28x28, batch 64": (lambda: {"dlnotes": conv_ours(), "torch": conv_torch()}, {"torch": 3}),
    "LSTM T 64, H 128, batch 32": (lambda: {"dlnotes": lstm_ours(), "torch": lstm_torch()}, {"torch": 2}),
    "scalar engine, micrograd's demo": (
        lambda: {"dlnotes": demo(scalar.Value), "micrograd": demo(micrograd.engine.Value)}, {"micrograd": 1}),
}


def medians(steps, rounds, least=0.02):
    """{engine: median seconds of a step}; in each round every engine runs for at least `least` seconds."""
    times, counts = {name: [] for name in steps}, {}
    for name, step in steps.items():
        step()
        start = time.perf_counter()
        step()
        counts[name] = max(1, int(least / (time.perf_counter() - start)))
    for _ in range(rounds):
        for name, step in steps.items():
            gc.collect()      # the cyclic garbage of one engine must not fall into another's turn
            start = time.perf_counter()
            for _ in range(counts[name]):
                step()
            times[name].append((time.perf_counter() - start) / counts[name])
    return {name: float(np.median(t)) for name, t in times.items()}


PEAK = """
import sys; sys.path.insert(0, {folder!r})
import engine
def status(key):
    return int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith(key)))
step = engine.{builder}((784, 256, 128, 10), 4096)
open("/proc/self/clear_refs", "w").write("5")      # the peak is counted from here
before = status("VmRSS")
for _ in range(5): step()
print(status("VmHWM") - before)
"""


def peak(builder):
    """Kilobytes by which the resident memory of a fresh process peaks in five steps with a batch of 4096 (Linux)."""
    program = PEAK.format(folder=os.path.dirname(os.path.abspath(__file__)), builder=builder)
    return int(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)


def scaling(path, rounds):
    """Time of a step against batch and width, log-log, beside the operation count."""
    import matplotlib
    matplotlib.use("Agg")
    from dlnotes import plots
    with plots.style():
        import matplotlib.pyplot as plt
        fig, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True)
        grids = [("batch", [16, 64, 256, 1024, 4096], lambda v: ((256, 256, 256, 10), v)),
                 ("width", [32, 64, 128, 256, 512, 1024], lambda v: ((v, v, v, 10), 256))]
        for ax, (label, values, case) in zip(axes, grids):
            rows = []
            for v in values:
                sizes, batch = case(v)
                rows.append(medians({"dlnotes": mlp_ours(sizes, batch), "torch": mlp_torch(sizes, batch)}, rounds))
            for engine in ("dlnotes", "torch"):
                ax.plot(values, [r[engine] * 1e3 for r in rows], marker="o", label=engine)
            work = [6 * case(v)[1] * sum(i * o for i, o in zip(case(v)[0], case(v)[0][1:])) for v in values]
            ax.plot(values, [w / work[-1] * rows[-1]["dlnotes"] * 1e3 for w in work], label="operations (scaled)")
            ax.set(xscale="log", yscale="log", xlabel=label)
            slope = np.polyfit(np.log(values[-3:]), np.log([r["dlnotes"] for r in rows[-3:]]), 1)[0]
            count = np.polyfit(np.log(values[-3:]), np.log(work[-3:]), 1)[0]
            print(f"time against {label}: exponent {slope:.2f} over the last three sizes; the operation count's is {count:.2f}")
        axes[0].set_ylabel("ms a step")
        axes[0].legend()
        fig.savefig(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--plot", default="_build/scaling.svg")
    options = parser.parse_args()
    print(f"{'forward + backward (+ update)':40}{'dlnotes ms':>11}{'other ms':>10}{'ratio':>7}{'limit':>7}")
    for name, (build, limits) in CASES.items():
        found = medians(build(), options.rounds)
        for other, limit in limits.items():
            ratio = found["dlnotes"] / found[other]
            print(f"{name:40}{found['dlnotes'] * 1e3:11.3f}{found[other] * 1e3:10.3f}{ratio:7.2f}{limit:7.1f}  {other}"
                  f"{'' if ratio <= limit else '   OVER'}", flush=True)
    ours, theirs = peak("mlp_ours"), peak("mlp_torch")
    print(f"{'memory: peak of the MLP step, batch 4096':40}{ours / 1e3:9.1f}MB{theirs / 1e3:8.1f}MB{ours / theirs:7.2f}{2:7.1f}  torch")
    os.makedirs(os.path.dirname(options.plot) or ".", exist_ok=True)
    scaling(options.plot, max(5, options.rounds // 3))


if __name__ == "__main__":
    main()
