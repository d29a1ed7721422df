"""dlnotes.plots: colours that read on both grounds, nothing left behind, and what each function draws."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from dlnotes import plots


def luminance(colour):
    c = np.array(to_rgb(colour))
    return float(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", ["#ffffff", "#121212"])
def test_lines_reach_3_to_1_and_text_4_to_1(ground):
    assert min(contrast(c, ground) for c in plots.COLOURS) >= 3
    assert contrast(plots.INK, ground) >= 4.2


# What red-, green- and blue-blind eyes make of linear RGB: Machado, Oliveira and Fernandes 2009, severity 1.
SIGHTS = {
    "normal": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def cielab(colour, sight):
    c = np.array(to_rgb(colour))
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(SIGHTS[sight]) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ linear / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHTS)
def test_any_two_colours_differ_for_every_sight(sight):
    """A difference of 20 in CIELAB is plain to see; about 2 is the least that can be seen."""
    points = [cielab(colour, sight) for colour in plots.COLOURS]
    gaps = [np.linalg.norm(a - b) for i, a in enumerate(points) for b in points[:i]]
    assert min(gaps) > 20


def test_colours_and_dashes_are_all_different_and_pair_up():
    assert len(set(plots.COLOURS)) == len(plots.COLOURS) == len(set(plots.DASHES)) == len(plots.DASHES)


def test_style_draws_on_no_ground_and_leaves_nothing_set():
    before = dict(matplotlib.rcParams)
    with plots.style():
        fig, ax = plt.subplots()
        assert fig.get_facecolor()[3] == 0 and ax.get_facecolor()[3] == 0
        assert ax.xaxis.label.get_color() == plots.INK
    assert dict(matplotlib.rcParams) == before
    plt.close(fig)


def test_style_puts_back_only_what_it_set_even_after_an_error():
    """Jupyter turns "interactive" on at the first figure; were it put back, no later figure would show."""
    was, size = plt.isinteractive(), plt.rcParams["figure.figsize"]
    with pytest.raises(KeyError), plots.style():
        plt.ion()
        raise KeyError
    assert plt.isinteractive() and plt.rcParams["figure.figsize"] == size
    plt.interactive(was)


def test_values_and_slopes_draws_each_curve_twice_and_names_it():
    x = np.linspace(-1, 1, 5)
    upper, lower = plots.values_and_slopes(x, {"square": (x**2, 2 * x), "cube": (x**3, 3 * x**2)})
    assert [line.get_label() for line in upper.lines] == ["square", "cube"]
    np.testing.assert_array_equal(upper.lines[1].get_ydata(), x**3)
    np.testing.assert_array_equal(lower.lines[1].get_ydata(), 3 * x**2)
    assert upper.lines[0].get_color() == lower.lines[0].get_color() == plots.COLOURS[0]
    assert upper.lines[0].get_linestyle() != upper.lines[1].get_linestyle()
    assert [t.get_text() for t in upper.figure.legends[0].texts] == ["square", "cube"]
    plt.close("all")


def test_dots_shows_every_run_the_range_and_the_mean():
    ax = plots.dots({"a": [1.0, 2.0, 6.0], "b": [4.0]}, "accuracy")
    span, runs, mean = (line.get_xdata() for line in ax.lines[:3])
    assert list(span) == [1, 6] and list(runs) == [1, 2, 6] and float(np.ravel(mean)[0]) == 3
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"] and ax.get_xlabel() == "accuracy"
    plt.close("all")
