"""The browser trains as dlnotes does: optimizers over 300 steps to 1e-10, whole runs of 200 steps to 1e-9.

And a run that is wound back and forth has the weights of each step again, to the last digit.
"""

import numpy as np
import pytest
from net_node import OPTIMIZERS, Net, compare, error, js, loss_pair, optimizer_of, running, targets

from dlnotes import schedules, toys
from dlnotes.autograd import Tensor
from dlnotes.ops import penalties
from dlnotes.widgets import activation_explorer as explorer
from dlnotes.widgets.num import Stream


@pytest.fixture(scope="module", autouse=True)
def process():
    with running():
        yield


# Optimizers and schedules -----------------------------------------------------------------------------------

OPTIONS = [
    ("sgd", {}), ("sgd", dict(weight_decay=0.1)), ("sgd", dict(momentum=0.9)),
    ("sgd", dict(momentum=0.8, dampening=0.3, weight_decay=0.01)), ("sgd", dict(momentum=0.9, nesterov=True)),
    ("adagrad", {}), ("adagrad", dict(lr_decay=0.1, weight_decay=0.02, initial_accumulator_value=0.5, eps=1e-6)),
    ("rmsprop", {}), ("rmsprop", dict(alpha=0.9, eps=1e-4, weight_decay=0.02)), ("rmsprop", dict(momentum=0.7)),
    ("rmsprop", dict(centered=True)), ("rmsprop", dict(centered=True, momentum=0.5)),
    ("adam", {}), ("adam", dict(beta1=0.7, beta2=0.95, eps=1e-4)), ("adam", dict(weight_decay=0.1)),
    ("adamw", {}), ("adamw", dict(weight_decay=0.3, beta1=0.8)),
]


@pytest.mark.parametrize("name, options", OPTIONS, ids=str)
def test_optimizer(name, options):
    rng = np.random.default_rng(9)
    start, grads, seen = rng.standard_normal(7), rng.standard_normal((300, 7)), []
    grads[:, 0] = 0                                                # a weight that has no gradient at all
    x = start.copy()
    optimizer = optimizer_of(name, [x], 0.02, options)
    for g in grads:
        optimizer.step([g])
        seen.append(x.copy())
    compare([("optimizer", (name, options, 0.02, start, list(grads)), seen)])


def test_optimizer_defaults_are_pythons():
    assert js("optimizerNames") == list(OPTIMIZERS)
    for name in OPTIMIZERS:
        twin, options = optimizer_of(name, [np.zeros(1)], 0.1, {}), js("optimizerOptions", name, {})
        if "beta1" in options:
            assert (options.pop("beta1"), options.pop("beta2")) == twin.betas
        assert options == {key: getattr(twin, key) for key in options} and len(options) >= 2


def test_wrong_optimizers_are_refused():
    assert "expected an option of sgd to be one of momentum, damp" in error("optimizerOptions", "sgd", {"beta1": 0.9})
    assert "expected the optimizer to be one of sgd" in error("optimizerOptions", "lion", {})


SCHEDULES = [
    ("step", dict(lr=0.1, step_size=7)), ("step", dict(lr=0.1, step_size=5, gamma=0.5)),
    ("exponential", dict(lr=0.1, gamma=0.95)), ("polynomial", dict(lr=0.1, steps=40)),
    ("polynomial", dict(lr=0.1, steps=50, power=2.0)), ("cosine", dict(lr=0.1, steps=40)),
    ("cosine", dict(lr=0.1, steps=50, lr_min=0.01)), ("warm_restarts", dict(lr=0.1, steps=9)),
    ("warm_restarts", dict(lr=0.1, steps=5, growth=2, lr_min=0.02)), ("warmup", dict(lr=0.1, steps=10)),
    ("warmup", dict(lr=0.1, steps=10, start_factor=0.1, end_factor=0.9)), ("one_cycle", dict(lr=0.1, steps=50)),
    ("one_cycle", dict(lr=0.1, steps=40, pct_start=0.2, anneal="linear", div_factor=10.0, final_div_factor=100.0)),
    ("one_cycle", dict(lr=0.1, steps=50, three_phase=True)), ("range_test", dict(lr_min=1e-4, lr_max=1.0, steps=30)),
    ("range_test", dict(lr_min=1e-4, lr_max=1.0, steps=30, spacing="linear")),
]
TIMES = [*range(64), 0.5, 7.25, 39.5]


@pytest.mark.parametrize("name, settings", SCHEDULES, ids=str)
def test_schedule(name, settings):
    f, words = getattr(schedules, name), {"name": name, **settings}
    cases = [("schedule", (words, TIMES), [f(t, **settings) for t in TIMES])]
    if name not in ("warmup", "range_test"):
        late = [schedules.warmup_then(t, f, warmup_steps=6, start_factor=0.2, **settings) for t in TIMES]
        cases.append(("schedule", (words | dict(warmup_steps=6, start_factor=0.2), TIMES), late))
    compare(cases, 1e-12)


def test_schedule_names():
    assert set(js("scheduleNames")) == {"constant", *(name for name, _ in SCHEDULES)}
    assert js("schedule", dict(name="constant", lr=0.3), [0, 10]) == [0.3, 0.3]
    assert "expected the schedule to be one of constant, step" in error("schedule", {"name": "nap"}, [0])


# Whole runs -------------------------------------------------------------------------------------------------

SETTINGS = dict(schedule=dict(name="constant", lr=0.03), batchSize=10, shuffled=True, l1=0.0, l2=0.0)
NONE = dict(settings={}, options={})


def python_run(words, net, steps, at=(), changes=()):
    """What training.core.mjs does, by dlnotes' optimizer, schedule, penalty and order; the weights at steps `at`."""
    X, y, N = words["X"], words["y"], words["N"]
    settings, arrays, seen = words["settings"], net.arrays(), []
    optimizer = optimizer_of(words["optimizer"], arrays, 1.0, words["options"])
    stream, epoch, place = Stream(words["seed"]), 0, 0
    for k in range(steps):
        if k in at:
            seen.append(net.params.copy())
        for change in changes:
            if change["step"] == k:
                settings = settings | change["settings"]
                vars(optimizer).update(change["options"])
        stream.position = epoch * N
        order = toys.permutation(N, stream) if settings["shuffled"] else np.arange(N)
        rows = order[place:place + settings["batchSize"]]
        gradients = net.backward(loss_pair(words["loss"], net.forward(X[rows]), y[rows])[1])
        for i in range(0, len(gradients), 2):
            gradients[i] = gradients[i] + penalties.elastic_net_backward(arrays[i], settings["l1"], settings["l2"])
        optimizer.lr = rate(k, **settings["schedule"])
        optimizer.step(gradients)
        place += len(rows)
        epoch, place = (epoch + 1, 0) if place >= N else (epoch, place)
    return [*seen, net.params.copy()]


def rate(k, name, lr, **settings):
    return lr if name == "constant" else getattr(schedules, name)(k, lr=lr, **settings)


def run_of(seed, optimizer="sgd", options=(), hidden="tanh", loss="mse", sizes=(2, 5, 3, 1), N=23, **settings):
    """The words of a run, and the network that it starts from."""
    rng, net = np.random.default_rng(seed), Net(list(sizes), hidden)
    net.params[:] = 0.5 * rng.standard_normal(net.params.size)
    return dict(net=dict(sizes=net.sizes, hidden=hidden, settings=net.settings), params=net.params.copy(), N=N, loss=loss,
                X=rng.standard_normal((N, sizes[0])), y=targets(loss, N, sizes[-1], rng), seed=7,
                optimizer=optimizer, options=dict(options), settings=SETTINGS | settings), net


def compare_run(words, net):
    want = python_run(words, net, 200, at=[1, 30])
    assert np.isfinite(want[-1]).all() and np.abs(want[-1] - want[0]).max() > 0.02      # it went somewhere
    compare([("run", (words, [1, 30, 200]), want)], 1e-9)


@pytest.mark.parametrize("name, options", OPTIONS, ids=str)
def test_run_of_200_steps_with_each_optimizer(name, options):
    compare_run(*run_of(14, name, options, schedule=dict(name="constant", lr=0.05 if name == "sgd" else 0.01)))


@pytest.mark.parametrize("hidden", explorer.NAMES)
def test_run_of_200_steps_with_each_activation(hidden):
    compare_run(*run_of(15, "adam", hidden=hidden, loss="binary_cross_entropy_with_logits"))


@pytest.mark.parametrize("changes", [
    dict(loss="softmax_cross_entropy", sizes=(3, 6, 4)), dict(loss="half_mse", sizes=(2, 1)), dict(batchSize=1),
    dict(batchSize=100), dict(batchSize=7, N=7), dict(shuffled=False), dict(l1=0.01, l2=0.1), dict(l1=0.02),
    dict(l2=0.2), dict(schedule=dict(name="one_cycle", lr=0.1, steps=200)),
    dict(schedule=dict(name="cosine", lr=0.1, steps=150)),
    dict(hidden=["relu", "tanh", "swish"], sizes=(4, 5, 1, 7, 2)),
], ids=str)
def test_run_of_200_steps_with_each_setting(changes):
    compare_run(*run_of(16, "sgd", dict(momentum=0.5), **changes))


def test_run_of_200_steps_by_the_engine_itself():
    """Reverse mode over Tensors in place of the twin's own backward pass."""
    words, net = run_of(23, "adam", shuffled=False, batchSize=23, schedule=dict(name="constant", lr=0.02))
    params = [Tensor(array.copy(), requires_grad=True) for array in net.arrays()]
    optimizer = optimizer_of("adam", params, 0.02, {})
    for _ in range(200):
        A = Tensor(words["X"])
        for i in range(0, len(params), 2):
            Z = A @ params[i] + params[i + 1]
            A = Z.tanh() if i + 2 < len(params) else Z
        optimizer.zero_grad()
        ((A - words["y"]) ** 2).mean().backward()
        optimizer.step()
    compare([("run", (words, [200]), [p.data.ravel() for p in params])], 1e-9)


def test_a_run_that_diverges_throws_nothing():
    for hidden, loss in (("tanh", "mse"), ("relu", "softmax_cross_entropy"), ("exponential", "half_mse")):
        words, _ = run_of(24, "sgd", hidden=hidden, loss=loss, schedule=dict(name="constant", lr=1e6))
        assert len(js("run", words, [60])[0]) == len(words["params"])


def test_an_epoch_takes_every_example_once():
    words, _ = run_of(17, N=23, batchSize=10)
    assert js("epochs", words, 3) == [[3, 1, 0], [6, 2, 0], [9, 3, 0]]


def test_settings_changed_on_the_way():
    """Three legs with other rates, momentum, penalty and batches; the order of examples goes on."""
    words, net = run_of(18, "sgd", dict(momentum=0.5))
    changes = [dict(step=40, settings=dict(schedule=dict(name="constant", lr=0.01)), options={}),
               dict(step=90, settings=dict(l2=0.1), options=dict(momentum=0.8)),
               dict(step=100, settings=dict(batchSize=23), options={})]
    want = python_run(words, net, 130, changes=changes)
    compare([("changes", (words, changes, 130), want)], 1e-9)


# Back and forth ---------------------------------------------------------------------------------------------

PLACES = [0, 500, 499, 1, 250, 251, 37, 500, 63, 64, 65, 128, 0, 3]


@pytest.mark.parametrize("name, options", [OPTIONS[i] for i in (3, 6, 11, 13, 16)], ids=str)
@pytest.mark.parametrize("snapshots", [1, 2, 8, 9, 1000])
def test_rewound_and_replayed_to_any_step_with_the_same_weights(name, options, snapshots):
    words, _ = run_of(19, name, options, schedule=dict(name="constant", lr=0.01))
    late = dict(batchSize=23, l1=0.01, schedule=dict(name="constant", lr=0.02))
    changes = [dict(step=60, settings=dict(batchSize=4, shuffled=False), options={}),
               dict(step=200, settings=late, options={})]
    worst, most_again = js("rewind", words | dict(snapshots=snapshots), changes, PLACES)
    assert worst == 0                                              # to the last digit
    assert most_again <= {1: 500, 2: 255, 8: 63, 9: 63, 1000: 0}[snapshots]


def test_snapshots_of_a_large_network_take_no_more_than_32_megabytes():
    params = 500 * 500 + 4 * 500 + 1
    assert js("historyRows", [2, 500, 500, 1], "adam") == [2, 2**22 // (3 * params + 3)]
    assert js("historyRows", [2, 4, 1], "sgd") == [2, 64]
    assert js("historyRows", [2, 2000, 2000, 1], "sgd") == [2, 1]


def test_a_change_forgets_what_lay_ahead():
    words = run_of(20)[0] | dict(snapshots=8)
    other = dict(step=33, settings=dict(schedule=dict(name="constant", lr=0.2)), options={})
    turned, straight, without = (js("changes", words, changes, 100) for changes in
                                 ([dict(step=150, **NONE), other], [other], []))
    assert turned == straight != without


@pytest.mark.parametrize("settings, words", [
    (dict(batchSize=0), "expected batchSize >= 1 and whole; got 0"),
    (dict(schedule=dict(name="nap")), "expected the schedule to be one of")])
def test_wrong_settings_are_refused(settings, words):
    run, _ = run_of(21)
    assert words in error("run", run | dict(settings=settings), [1])
    assert words in error("changes", run, [dict(step=1, settings=settings, options={})], 2)


def test_wrong_steps_and_empty_data_are_refused():
    run, _ = run_of(21)
    assert "expected the step >= 0 and whole; got -1" in error("changes", run, [], -1)
    none = run | dict(X=[], y=[], N=0)
    assert "expected the number of examples >= 1 and whole; got 0" in error("run", none, [1])
    words = "expected X (23, 2) and y (23, 1); got 45 and 23 numbers"
    assert words in error("run", run | dict(X=run["X"].ravel()[:-1]), [1])
    words = "expected X (23, 2) and y (23, 1); got 46 and 46 numbers"
    assert words in error("run", run | dict(y=np.ones(46)), [1])


def test_a_step_allocates_nothing():
    """A few numbers that the interpreter boxes remain; one array of ten numbers would be 200 bytes."""
    words, _ = run_of(22, "adam", N=250, sizes=(2, 8, 8, 1))
    assert 0 <= js("heapPerStep", words, 20000) < 100
