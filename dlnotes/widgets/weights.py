"""A network's weights as bytes that a page carries: whole numbers of 8 or 16 bits with one step size a row or an array.

The browser's twin is ``js/weights.core.mjs``; ``tests/test_weights.py`` compares both.
"""

import json
import struct

import numpy as np

KINDS = {8: np.int8, 16: np.dtype("<i2")}


def pack(arrays, bits=16):
    r"""Arrays as bytes: each number is rounded to a multiple of a step,

    .. math:: q = \mathrm{round}(a / s), \qquad s = \frac{\max |a|}{2^{bits - 1} - 1},

    where the maximum goes over the array; with 8 bits over each index of its last axis (one step for each unit).

    Parameters
    ----------
    arrays : dict of str to array
        Finite numbers, in any shape.
    bits : 8 or 16

    Returns
    -------
    bytes : length of the head (4 bytes, little-endian), the head (JSON: bits, and name, shape and number of steps of each
        array), all steps (float32), all whole numbers (int8 or int16, little-endian).

    Raises
    ------
    ValueError
        For other `bits`, and for numbers that are not finite.
    """
    if bits not in KINDS:
        raise ValueError(f"expected bits 8 or 16; got {bits!r}")
    head, steps, numbers = [], [], []
    for name, array in arrays.items():
        a = np.asarray(array, np.float64)
        if not np.isfinite(a).all():
            raise ValueError(f"expected finite numbers in {name}; got nan or inf")
        columns = a.reshape(-1, a.shape[-1] if bits == 8 and a.ndim else 1)
        top = np.abs(columns).max(axis=0, initial=0) if bits == 8 else np.abs(a).max(initial=0, keepdims=True).reshape(1)
        step = (np.where(top > 0, top, 1) / (2 ** (bits - 1) - 1)).astype("<f4")
        head.append([name, list(a.shape), len(step)])
        steps.append(step)
        numbers.append(np.rint(columns / step.astype(np.float64)).clip(1 - 2 ** (bits - 1), 2 ** (bits - 1) - 1).astype(KINDS[bits]).ravel())
    text = json.dumps({"bits": bits, "arrays": head}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)                       # so that the numbers begin at a multiple of 4
    return struct.pack("<I", len(text)) + text + b"".join(s.tobytes() for s in steps) + b"".join(n.tobytes() for n in numbers)


def unpack(data):
    """{name: array (float64)} of what `pack` has made: the numbers that the browser computes with."""
    (length,) = struct.unpack_from("<I", data)
    head = json.loads(data[4:4 + length])
    kind, at = np.dtype(KINDS[head["bits"]]), 4 + length
    steps = np.frombuffer(data, "<f4", sum(n for _, _, n in head["arrays"]), at).astype(np.float64)
    at += 4 * len(steps)
    found, done = {}, 0
    for name, shape, n in head["arrays"]:
        size = int(np.prod(shape, dtype=np.int64))
        whole = np.frombuffer(data, kind, size, at).astype(np.float64)
        found[name] = (whole.reshape(-1, n) * steps[done:done + n]).reshape(shape)
        at, done = at + size * kind.itemsize, done + n
    return found
