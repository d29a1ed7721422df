"""Real data that works offline: generated, or inside a library that the book needs anyway.

Each loader's docstring names its source, its licence and its size; the page "Dataset licences" is made from them (``book/datasets.py``).
"""

import gzip
import os
import random
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Split(NamedTuple):
    """Data in two parts: X (N, D) float32 and y (N,) int64 for training, and the same for testing."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def mnist1d(n=5000, *, seed=42):
    """MNIST-1D: ten digits drawn as curves of 40 numbers, moved, sheared and noisy.

    Parameters
    ----------
    n : int
        Number of examples, a multiple of 10; the first 4/5 are for training. 5000 and seed 42 give the
        published examples.
    seed : int
        Seed of the generator.

    Returns
    -------
    Split
        X_train (4n/5, 40) with mean 0 and standard deviation 1 over all its numbers; X_test (n/5, 40) on the
        same scale.

    Raises
    ------
    ValueError
        If n is not a positive multiple of 10.

    Notes
    -----
    The generator draws from Python's and numpy's global random numbers; both are given back as they were
    (``tests/test_data.py``).

    Source
    ------
    Greydanus and Kobak, "Scaling down deep learning with MNIST-1D", ICML 2024, arXiv:2011.14439;
    the package mnist1d.

    Licence
    -------
    Apache License 2.0 (the generator; the examples come out of it).

    Size
    ----
    1 MB in memory for 5000 examples, generated in a few seconds; nothing is stored or fetched.
    """
    if n <= 0 or n % 10:
        raise ValueError(f"expected n to be a positive multiple of 10; got {n}")
    from mnist1d.data import get_dataset_args, make_dataset

    args = get_dataset_args()
    args.num_samples, args.seed = n, seed
    states = random.getstate(), np.random.get_state()
    try:
        made = make_dataset(args)
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
    mean, std = made["x"].mean(), made["x"].std()
    X_train, X_test = (((made[k] - mean) / std).astype(np.float32) for k in ("x", "x_test"))
    y_train, y_test = (made[k].astype(np.int64) for k in ("y", "y_test"))
    return Split(X_train, y_train, X_test, y_test)


def digits(*, seed=0, test_share=0.25):
    """Handwritten digits of 8 x 8 pixels: 1797 of them, in [0, 1].

    Returns
    -------
    Split
        X (N, 64) float32, row after row of each picture; y (N,) int64. The rows are mixed by ``seed``; as they come
        from the library they are sorted by writer, and a test on the unmixed second half is a harder task.

    Source
    ------
    Alpaydin and Kaynak 1998, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository: its 1797
    test pictures, inside scikit-learn as ``load_digits``.

    Licence
    -------
    Creative Commons Attribution 4.0 (UCI's page of the data); the copy comes with scikit-learn, BSD 3-Clause.

    Size
    ----
    0.5 MB in memory, inside scikit-learn; nothing is fetched.
    """
    if not 0 < test_share < 1:
        raise ValueError(f"expected test_share between 0 and 1; got {test_share}")
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(X))
    X, y = (X[order] / 16).astype(np.float32), y[order].astype(np.int64)
    cut = len(X) - int(round(test_share * len(X)))
    return Split(X[:cut], y[:cut], X[cut:], y[cut:])


def names(kind="surnames"):
    """Names of people in the United States census of 1990, in lower case, the most frequent first.

    Parameters
    ----------
    kind : {"surnames", "female", "male"}
        88,799 surnames, 4,275 female and 1,219 male first names.

    Returns
    -------
    list of str

    Source
    ------
    The package names 0.3.0, which carries the lists of the United States Census Bureau.

    Licence
    -------
    MIT (the package); the lists are a work of the United States government, which has no copyright there.

    Size
    ----
    3 MB of text inside the package names; nothing is fetched.
    """
    files = {"surnames": "dist.all.last", "female": "dist.female.first", "male": "dist.male.first"}
    if kind not in files:
        raise ValueError(f"expected kind to be one of {', '.join(files)}; got {kind!r}")
    from importlib.resources import files as folder

    lines = (folder("names") / files[kind]).read_text(encoding="ascii").splitlines()
    return [line.split()[0].lower() for line in lines]


def karate():
    """Zachary's karate club: who of 34 members met whom outside the club, and the side each took when it split.

    Returns
    -------
    A : float64 array (34, 34)
        1 where two members met, else 0; symmetric, with 78 edges.
    y : int64 array (34,)
        0 for the instructor's side (member 0), 1 for the president's (member 33).

    Source
    ------
    Zachary 1977, "An information flow model for conflict and fission in small groups", Journal of Anthropological
    Research 33; inside networkx as ``karate_club_graph``.

    Licence
    -------
    None is stated for the 78 pairs, which are facts from a paper; networkx, which carries them, is BSD 3-Clause.

    Size
    ----
    34 members, 78 edges: a few lines of networkx; nothing is fetched.
    """
    import networkx

    graph = networkx.karate_club_graph()
    A = networkx.to_numpy_array(graph, weight=None)
    y = np.array([graph.nodes[i]["club"] != "Mr. Hi" for i in graph], dtype=np.int64)
    return A, y


PHOTOS = ("astronaut", "camera", "chelsea", "coffee", "rocket", "coins", "moon", "grass", "gravel", "brick")


def photo(name="camera"):
    """A photograph as float32 array in [0, 1]: (H, W), or (H, W, 3) where it has colours.

    Parameters
    ----------
    name : one of `PHOTOS`
        Those that are inside scikit-image itself; its others would be fetched.

    Source
    ------
    scikit-image, `skimage.data`. astronaut: Eileen Collins, NASA. camera: Lav Varshney. chelsea: Stefan van der Walt.
    coffee: Rachel Michetti, courtesy of Pikolo Espresso Bar. rocket: SpaceX. coins: Greek coins from Pompeii, Brooklyn
    Museum. moon: named by no author. grass: linolafett. gravel, brick: CC0Textures.

    Licence
    -------
    CC0: camera, chelsea, coffee, grass, gravel, brick. Public domain, as scikit-image says: astronaut, rocket (its Flickr page
    once said non-commercial; SpaceX then gave its photographs to the public domain). No known restrictions: coins.
    Not stated: moon. scikit-image itself is BSD 3-Clause.

    Size
    ----
    2.4 MB inside scikit-image; nothing is fetched.
    """
    if name not in PHOTOS:
        raise ValueError(f"expected name to be one of {', '.join(PHOTOS)}; got {name!r}")
    from skimage import data

    return (getattr(data, name)() / 255).astype(np.float32)


FASHION = {      # file -> sha256 of the file as its authors publish it
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
FASHION_HOME = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
DEBIAN = "/usr/share/datasets/fashion-mnist"      # where the package dataset-fashion-mnist puts the same arrays


class DataUnavailable(RuntimeError):
    """A data set that is not inside a library could not be had; the message says why and what to do."""


def fashion_mnist(*, download=True):
    """Fashion-MNIST: ten kinds of clothes in pictures of 28 x 28 pixels.

    Taken from Debian's package dataset-fashion-mnist where that is installed, else from the reader's cache, else from
    the authors' server (30 MB, checked by SHA-256, written only when whole). The environment variable
    ``DLNOTES_FASHION_MNIST`` names another server.

    Parameters
    ----------
    download : bool
        False: never ask the network.

    Returns
    -------
    Split
        X_train (60000, 784) and X_test (10000, 784) float32 in [0, 1]; y int64.

    Raises
    ------
    DataUnavailable
        Where the files are missing, unreachable or corrupt. `digits` needs no file: the chapters fall back on it.

    Source
    ------
    Xiao, Rasul and Vollgraf 2017, "Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms",
    arXiv:1708.07747.

    Licence
    -------
    MIT, Zalando SE.

    Size
    ----
    30 MB, on this machine only where Debian's package or an earlier call put it; every chapter that uses it falls back on
    `digits`.
    """
    folder = Path(os.environ.get("DLNOTES_DEBIAN_DATA", DEBIAN))
    X_train, y_train, X_test, y_test = (_idx(_fashion_file(name, folder, download)) for name in FASHION)
    flat = [(X.reshape(len(X), -1) / np.float32(255)).astype(np.float32) for X in (X_train, X_test)]
    return Split(flat[0], y_train.astype(np.int64), flat[1], y_test.astype(np.int64))


def _fashion_file(name, folder, download):
    """The path of one file: Debian's, or the reader's own, fetched where it is missing."""
    if (folder / name).exists():
        return folder / name
    import pooch

    home = os.environ.get("DLNOTES_FASHION_MNIST", FASHION_HOME)
    cache = pooch.create(pooch.os_cache("dlnotes"), home.rstrip("/") + "/", registry=FASHION, env="DLNOTES_CACHE")
    if not download and not (Path(cache.abspath) / name).exists():
        raise DataUnavailable(f"Fashion-MNIST is not on this machine ({name} is missing); call fashion_mnist() with a network, "
                              "or install Debian's dataset-fashion-mnist, or use digits()")
    try:
        return Path(cache.fetch(name))
    except (OSError, ValueError) as error:
        raise DataUnavailable(f"Fashion-MNIST could not be fetched from {home} ({error}); try again later, set "
                              "DLNOTES_FASHION_MNIST to another server, or use digits()") from error


def _idx(path):
    """The array of an IDX file of bytes: two zeros, type 8, the number of axes, their sizes, the numbers."""
    try:
        with gzip.open(path) as file:
            raw = file.read()
    except (OSError, EOFError) as error:
        raise DataUnavailable(f"expected a gzip file at {path}; got {error}; delete it and call again") from error
    axes = raw[3] if raw[:3] == b"\0\0\x08" else 0
    shape = np.frombuffer(raw, ">u4", axes, 4) if axes and len(raw) >= 4 + 4 * axes else ()
    if not axes or len(raw) != 4 + 4 * axes + np.prod(shape, dtype=np.int64):
        raise DataUnavailable(f"expected an IDX file of bytes at {path}; got {len(raw)} bytes that are none")
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape)
