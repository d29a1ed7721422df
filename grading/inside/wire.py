"""What crosses the pipe between the grader and the sandbox: JSON, and the raw bytes of arrays. Never pickle.

A frame is two lengths (8 bytes each), a JSON text and the bytes of its arrays. Both sides use this file; the side that
grades decodes with ``strict=True``, since a student's code can write what it likes into the pipe. What is no number,
text, array, list, tuple or dict stays where it is; the other side gets its number, a handle.

This file stands alone (numpy and the standard library), because it is also shown inside the sandbox.
"""

import json
import math
import struct
import sys

import numpy as np

HEAD = struct.Struct("<QQ")
TEXT = 2**20            # bytes of JSON in a frame
DEPTH = 24              # lists inside lists
BITS = 4096             # of a whole number
KINDS = "biufc"         # bool, integers, floating point, complex


class WireError(ValueError):
    """What came over the pipe is no frame, or what should go over it cannot."""


class Code:
    """An expression that the sandbox evaluates, for arguments that are functions: ``Code("lambda x: x**3")``."""

    def __init__(self, expression):
        self.expression = expression

    def __call__(self, *args):
        return eval(self.expression, {"np": np})(*args)


def pack(message, reply_bytes, keep=None):
    """The frame of a message; `keep(object)` names what cannot cross."""
    blobs = []
    text = json.dumps(encode(message, blobs, keep)).encode()
    size = sum(map(len, blobs))
    if len(text) > TEXT or size > reply_bytes:
        raise WireError(f"the result is too large: {len(text) + size} bytes")
    return b"".join([HEAD.pack(len(text), size), text, *blobs])


def lengths(head, reply_bytes):
    """Lengths of text and arrays that a frame announces."""
    text, size = HEAD.unpack(head)
    if text > TEXT or size > reply_bytes:
        raise WireError(f"a frame of {text + size} bytes was announced")
    return text, size


def unpack(text, data, find=None, strict=True):
    """The message of a frame; `find(number, type name)` gives what stands for a handle."""
    try:
        return decode(json.loads(text), memoryview(data), find, strict)
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError, MemoryError) as error:
        raise WireError(f"no frame: {type(error).__name__}") from None


def encode(value, blobs, keep, depth=0):
    """A tree for JSON; the bytes of arrays are appended to `blobs`."""
    if depth > DEPTH:
        raise WireError(f"the result is nested deeper than {DEPTH} levels")
    if value is None or type(value) in (bool, float, str):
        return value
    if type(value) is int:
        if value.bit_length() > BITS:
            raise WireError(f"a whole number of more than {BITS} bits")
        return value
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in KINDS:
        return _array(value, blobs, {"scalar": isinstance(value, np.generic)})
    if type(value) in (list, tuple):
        return {"$": type(value).__name__, "items": [encode(v, blobs, keep, depth + 1) for v in value]}
    if type(value) is dict:
        return {"$": "dict", "items": [[encode(k, blobs, keep, depth + 1), encode(v, blobs, keep, depth + 1)]
                                       for k, v in value.items()]}
    if type(value) is complex:
        return {"$": "complex", "parts": [value.real, value.imag]}
    if isinstance(value, np.random.Generator):
        return {"$": "rng", "state": value.bit_generator.state} if keep is None else keep(value)
    if isinstance(value, Code):
        return {"$": "code", "expression": value.expression}
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _array(value.detach().cpu().numpy(), blobs, {"tensor": True})
    if hasattr(type(value), "wire_"):
        return value.wire_()
    if keep is None:
        raise WireError(f"a {type(value).__name__} cannot be sent")
    return keep(value)


def _array(value, blobs, marks):
    y = np.asarray(value)
    if y.dtype.itemsize > 16 or y.dtype.kind == "f" and y.dtype.itemsize > 8:
        y = y.astype(np.float64 if y.dtype.kind == "f" else np.complex128)
    y = y.astype(y.dtype.newbyteorder("<"), order="C", copy=False)
    blobs.append(y.tobytes())
    return {"$": "array", "dtype": y.dtype.str, "shape": list(y.shape), **marks}


def decode(tree, data, find, strict):
    """The value of a tree. Arrays lie in `data` one after another, in the order of the tree."""
    place = 0

    def value(node, depth):
        nonlocal place
        if depth > DEPTH + 1:
            raise WireError("nested too deep")
        if node is None or type(node) in (bool, int, float, str):
            return node
        kind = node["$"]
        if kind in ("list", "tuple"):
            items = [value(v, depth + 1) for v in node["items"]]
            return items if kind == "list" else tuple(items)
        if kind == "dict":
            return {value(k, depth + 1): value(v, depth + 1) for k, v in node["items"]}
        if kind == "complex":
            return complex(*map(float, node["parts"]))
        if kind == "array":
            y, place = _read(node, data, place)
            return y
        if kind == "handle":
            return find(int(node["id"]), str(node.get("type", ""))[:60])
        if strict:
            raise WireError("unknown kind")
        return _inside(kind, node)

    message = value(tree, 0)
    if place != len(data):
        raise WireError("bytes left over")
    return message


def _read(node, data, place):
    dtype = np.dtype(str(node["dtype"])[:4])
    shape = [int(n) for n in node["shape"]]
    if dtype.kind not in KINDS or len(shape) > 16 or any(not 0 <= n < 2**31 for n in shape) or "|O" in dtype.str:
        raise WireError("no such array")
    end = place + math.prod(shape) * dtype.itemsize
    if math.prod(max(n, 1) for n in shape) > 2**31 or end > len(data):
        raise WireError("an array larger than its bytes")
    y = np.frombuffer(data[place:end], dtype).reshape(shape).copy()
    torch = sys.modules.get("torch")
    if node.get("tensor") and torch is not None:
        return torch.from_numpy(y), end
    return (y[()] if node.get("scalar") and not shape else y), end


def _inside(kind, node):
    """What only the grader may send: a generator of random numbers, an expression."""
    if kind == "rng":
        state = node["state"]
        bits = getattr(np.random, state["bit_generator"])()
        bits.state = state
        return np.random.Generator(bits)
    if kind == "code":
        return eval(node["expression"], {"np": np})
    raise WireError("unknown kind")
