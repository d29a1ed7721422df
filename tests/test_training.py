"""The training loop: it learns, stops, and a killed run goes on to the same numbers."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from dlnotes import nn, optim, schedules, training
from dlnotes.nn import functional as F

ROOT = Path(__file__).resolve().parent.parent


def rings(seed=0, count=120):
    """A disc in a ring: two classes that no line separates."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 2
    angle = rng.random(count) * 2 * np.pi
    radius = np.where(y == 1, 2.0, 0.7) + 0.2 * rng.standard_normal(count)
    return np.c_[radius * np.cos(angle), radius * np.sin(angle)], y


def setup(lr=0.02, p=0.2):
    """A small network with dropout and batch norm, whose generators are all in play."""
    rng = np.random.default_rng(3)
    model = nn.Sequential(
        nn.Linear(2, 8, rng=rng), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(p, rng=np.random.default_rng(4)),
        nn.Linear(8, 8, rng=rng), nn.Tanh(), nn.Dropout(p, rng=rng), nn.Linear(8, 2, rng=rng),
    )  # fmt: skip
    return model, optim.Adam(model.parameters(), lr=lr), rng


def run(epochs, checkpoint=None, **settings):
    model, opt, rng = setup()
    X, y = rings()
    history = training.fit(
        model, F.cross_entropy, opt, X, y, epochs=epochs, rng=rng, batch_size=16, validation=rings(1),
        metric=training.accuracy, checkpoint=checkpoint, progress=False, **settings,
    )  # fmt: skip
    return model, opt, history


def assert_same_run(first, second):
    (model, opt, history), (other, other_opt, other_history) = first, second
    assert history == other_history
    for a, b in ((model.state_dict(), other.state_dict()), (opt.state_dict(), other_opt.state_dict())):
        assert set(a) == set(b)
        for name in a:
            assert np.array_equal(a[name], b[name]), name


def test_it_learns():
    model, _, history = run(30)
    assert set(history) == {"loss", "lr", "val_loss", "val_accuracy"}
    assert all(len(values) == 30 for values in history.values())
    assert history["val_accuracy"][-1] > 0.97 and history["loss"][-1] < 0.7 * history["loss"][0]
    assert not model.training
    X, y = rings(1)
    with np.errstate(all="raise"):
        assert training.accuracy(model(X).data, y) == pytest.approx(history["val_accuracy"][-1])
    loss = training.evaluate(model, F.cross_entropy, X, y)["val_loss"]
    assert loss == pytest.approx(history["val_loss"][-1])


def test_the_loop_is_torchs_loop():
    """Plain gradient descent over the same batches, written in torch, gives the same weights."""
    import torch  # here, for the other tests start Python anew and shall not wait for it

    X, y = rings()
    layer = nn.Linear(2, 2, rng=np.random.default_rng(0))
    twin = torch.nn.Linear(2, 2).double()
    twin.load_state_dict({"weight": torch.tensor(layer.weight.data.T), "bias": torch.tensor(layer.bias.data)})
    opt = torch.optim.SGD(twin.parameters(), lr=0.1, momentum=0.9)
    history = training.fit(
        layer, F.cross_entropy, optim.SGD(layer.parameters(), lr=0.1, momentum=0.9), X, y, epochs=3,
        rng=np.random.default_rng(1), batch_size=50, max_norm=0.05, progress=False,
    )  # fmt: skip
    rng, losses = np.random.default_rng(1), []
    for _ in range(3):
        order, total = rng.permutation(120), 0.0
        for rows in (order[:50], order[50:100], order[100:]):  # the last batch is smaller
            opt.zero_grad()
            loss = torch.nn.functional.cross_entropy(twin(torch.tensor(X[rows])), torch.tensor(y[rows]))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(twin.parameters(), 0.05)
            opt.step()
            total += loss.item() * len(rows)
        losses.append(total / 120)
    np.testing.assert_allclose(layer.weight.data, twin.weight.detach().numpy().T, rtol=1e-10)
    np.testing.assert_allclose(history["loss"], losses, rtol=1e-10)


def test_a_schedule_sets_the_rate_of_each_batch():
    seen = []

    def schedule(t):
        seen.append(t)
        return schedules.cosine(t, lr=0.1, steps=40)

    _, opt, history = run(3, schedule=schedule)
    assert seen == list(range(24))  # 120 examples in batches of 16: 8 batches an epoch
    assert history["lr"] == [schedules.cosine(t, lr=0.1, steps=40) for t in (7, 15, 23)]
    assert opt.lr == history["lr"][-1]


def test_full_batches_keep_their_order():
    assert [rows for rows in training.batches(5, None)] == [slice(None)]
    assert [rows.tolist() for rows in training.batches(5, 2)] == [[0, 1], [2, 3], [4]]
    shuffled = [rows.tolist() for rows in training.batches(5, 2, np.random.default_rng(0))]
    assert sorted(sum(shuffled, [])) == [0, 1, 2, 3, 4] and shuffled != [[0, 1], [2, 3], [4]]
    for count, size in ((0, 2), (3, 0)):
        with pytest.raises(ValueError, match="expected examples and batch_size >= 1; got"):
            list(training.batches(count, size))


class Script(nn.Module):
    """A model whose validation loss follows a script, to test early stopping alone."""

    def __init__(self, losses):
        self.losses, self.epoch = losses, np.array(-1.0)
        self.weight = nn.Parameter(np.zeros(1))

    def forward(self, X):
        if self.training:
            self.epoch += 1
            return self.weight * 0 + 1
        return self.weight * 0 + self.losses[int(self.epoch)]


def run_script(losses, patience, **settings):
    model = Script(losses)
    one = np.zeros((1, 1))
    history = training.fit(
        model, lambda y_hat, y: y_hat.sum(), optim.SGD(model.parameters(), lr=0.0), one, one,
        epochs=len(losses),
        rng=np.random.default_rng(0), validation=(one, one), patience=patience, progress=False, **settings,
    )  # fmt: skip
    return int(model.epoch), history["val_loss"]


@pytest.mark.parametrize("losses, patience, best, epochs", [
    ([5, 4, 3, 3.5, 3.2, 3.1, 1], 2, 2, 5), ([5, 4, 3, 3.5, 3.2, 3.1, 1], 4, 6, 7), ([1, 1, 1, 1], 2, 0, 3),
    ([3, 2, 1], 1, 2, 3), ([2, float("nan"), float("nan"), 1], 2, 0, 3), ([2, float("nan"), 1, 3], 2, 2, 4),
    ([3, 2, 5, 4], None, 3, 4),
])  # fmt: skip
def test_early_stopping(losses, patience, best, epochs):
    epoch, seen = run_script(losses, patience)
    assert epoch == best  # the weights (here: the count of epochs) of the best epoch are back
    assert len(seen) == epochs


def test_a_stopped_run_stays_stopped(tmp_path):
    losses = [5, 4, 3, 3.5, 3.2, 3.1, 1]
    first = run_script(losses, 2, checkpoint=tmp_path / "run.npz")
    assert run_script(losses, 2, checkpoint=tmp_path / "run.npz") == first


@pytest.mark.parametrize("settings", [
    {}, {"patience": 3}, {"schedule": partial(schedules.warm_restarts, lr=0.05, steps=20), "max_norm": 1.0},
])  # fmt: skip
def test_a_run_in_pieces_is_the_run_in_one(tmp_path, settings):
    whole = run(9, **settings)
    for epochs in (1, 4, 4, 9):
        pieces = run(epochs, tmp_path / "run.npz", **settings)
    assert_same_run(whole, pieces)
    assert [file.name for file in tmp_path.iterdir()] == ["run.npz"]


PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
import test_training
from dlnotes import training
saved = training.save_checkpoint
def announce(*arguments, **settings):
    saved(*arguments, **settings)
    print("saved", flush=True)
training.save_checkpoint = announce
test_training.run(100_000, {path!r})
"""


def test_a_killed_run_goes_on_to_the_same_numbers(tmp_path):
    path = str(tmp_path / "run.npz")
    program = PROGRAM.format(tests=str(ROOT / "tests"), path=path)
    for times in (3, 2):  # killed twice, after some epochs and at whatever it was doing then
        process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT,
                                   env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
        for _ in range(times):
            assert process.stdout.readline() == b"saved\n"
        time.sleep(0.013 * times)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()
    with np.load(path) as file:
        done = int(file["optimizer/0.step"]) // 8
    assert done >= 5
    assert_same_run(run(done + 4), run(done + 4, path))


def test_a_write_that_breaks_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    run(2, path)
    whole = path.read_bytes()

    def broken(file, **arrays):
        file.write(whole[:1000])
        raise OSError("no space left on the device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", broken)
        with pytest.raises(OSError):
            run(3, path)
    assert path.read_bytes() == whole
    assert_same_run(run(5), run(5, path))


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    run(1, path)
    X, y = rings()
    rng = np.random.default_rng(0)
    many = nn.Sequential(*[nn.Dropout(0.1, rng=np.random.default_rng(k)) for k in range(5)])
    for model in (nn.Linear(2, 2, rng=rng), many):
        params = model.parameters() or [np.zeros(1)]
        with pytest.raises(ValueError, match="expected .* got"):
            training.fit(model, F.cross_entropy, optim.SGD(params), X, y, epochs=2, rng=rng, checkpoint=path)


def test_the_bar_can_be_seen_and_hidden(capsys):
    X, y = rings()
    for progress in (True, False):
        layer = nn.Linear(2, 2, rng=np.random.default_rng(0))
        training.fit(layer, F.cross_entropy, optim.SGD(layer.parameters()), X, y, epochs=2,
                     rng=np.random.default_rng(0), progress=progress)  # fmt: skip
        assert ("epochs: 100%" in capsys.readouterr().err) == progress


def test_other_generators_survive_a_checkpoint(tmp_path):
    for bits in (np.random.MT19937, np.random.Philox):
        drawn = []
        for epochs, path in ((4, None), (2, "part"), (4, "part")):
            rng = np.random.Generator(bits(5))
            layer = nn.Linear(2, 2, rng=rng)
            X, y = rings()
            opt = optim.SGD(layer.parameters(), lr=0.5)
            training.fit(layer, F.cross_entropy, opt, X, y, epochs=epochs, rng=rng, progress=False,
                         checkpoint=path and tmp_path / f"{bits.__name__}.npz")  # fmt: skip
            drawn.append((layer.weight.data.copy(), rng.random(3)))
        for a, b in zip(drawn[0], drawn[2]):
            assert np.array_equal(a, b)
