"""The three questions that every op asks of its inputs: a float array? of that shape? in that range?"""

import numpy as np


def as_float(x, name):
    """Return ``x`` as a float32 or float64 array, or say what was expected.

    Arrays of float32 and float64 are taken as they are, without a copy. Python numbers and lists or tuples
    of them become float64. All else raises: an integer array is most often a mistake (labels in place of
    scores), and a silent conversion would hide it.

    Parameters
    ----------
    x : array_like
        The value to check; it is never modified.
    name : str
        What the caller calls it, for the message.

    Returns
    -------
    ndarray
        float32 or float64, of ``x``'s shape (a number gives shape ``()``).

    Raises
    ------
    ValueError
        "expected x to be an array of float32 or float64; got int64".
    """
    expected = f"expected {name} to be an array of float32 or float64"
    try:
        array = np.asarray(x)
    except ValueError:  # numpy's own message for [[1.0], [1.0, 2.0]] does not name the argument
        raise ValueError(f"{expected}; got a ragged {type(x).__name__}") from None
    if isinstance(x, (int, list, tuple)) and array.dtype.kind in "iu":
        array = array.astype(np.float64)
    if array.dtype.type not in (np.float32, np.float64):
        raise ValueError(f"{expected}; got {array.dtype}")
    return array


def expect_shape(x, pattern, name, sizes=None):
    """Check the axes of ``x`` against letters such as ``"N D_in"`` and return what the letters stand for.

    >>> sizes = expect_shape(np.zeros((5, 3)), "N D_in", "X")
    >>> expect_shape(np.zeros((3, 2)), "D_in D_out", "W", sizes)
    {'N': 5, 'D_in': 3, 'D_out': 2}

    Parameters
    ----------
    x : ndarray
    pattern : str
        One word an axis: a name, or a number for an axis of just that size. ``""`` stands for a scalar.
    name : str
        What the caller calls it, for the message.
    sizes : dict of str to int, optional
        Names that are already bound (the result of an earlier call); it is not modified.

    Returns
    -------
    dict of str to int
        ``sizes`` and the names bound here.

    Raises
    ------
    ValueError
        "expected W (D_in=3, D_out); got (4, 2)".
    """
    axes = pattern.split()
    known = dict(sizes or {})
    bound = dict(known)
    fits = x.ndim == len(axes)
    for axis, size in zip(axes, x.shape):
        wanted = int(axis) if axis.isdigit() else bound.setdefault(axis, size)
        fits = fits and wanted == size
    if not fits:
        words = [f"{axis}={known[axis]}" if axis in known else axis for axis in axes]
        comma = "," if len(words) == 1 else ""
        raise ValueError(f"expected {name} ({', '.join(words)}{comma}); got {x.shape}")
    return bound


def as_upstream(dY, Y, name="dY"):
    """Return the upstream gradient as a float array with the dtype and exactly the shape of ``Y``.

    No broadcasting: a broadcast upstream would be counted once for each copy.

    Raises
    ------
    ValueError
        "expected dY (2, 3); got (3,)".
    """
    dY = as_float(dY, name)
    if dY.shape != Y.shape:
        raise ValueError(f"expected {name} {Y.shape}; got {dY.shape}")
    return dY.astype(Y.dtype, copy=False)


def as_positive(value, name):
    """Return a positive setting as a Python float (a numpy float64 would turn float32 results into float64).

    Raises
    ------
    ValueError
        "expected beta > 0 and finite; got -1.0".
    """
    value = float(value)
    if not 0 < value < float("inf"):
        raise ValueError(f"expected {name} > 0 and finite; got {value}")
    return value
