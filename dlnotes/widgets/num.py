"""The numpy twin of ``js/lib/num.mjs`` where numpy itself has none: a seeded stream of random numbers."""

import numpy as np


def _mix(x):
    """The 32-bit hash "triple32" of C. Wellons, "Prospecting for Hash Functions" (2018); x is uint32."""
    x = (x ^ (x >> np.uint32(17))) * np.uint32(0xED5AD4BB)
    x = (x ^ (x >> np.uint32(11))) * np.uint32(0xAC4C1B51)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x31848BAB)
    return x ^ (x >> np.uint32(14))


class Stream:
    """A seeded stream of random numbers that a widget's JavaScript draws as well, in the same order.

    The i-th 32 bits are a hash of i and the seed, so that any place is reached at once (set `position`).
    It serves the widgets alone; everywhere else the book uses `numpy.random.Generator`.

    Parameters
    ----------
    seed : int
        From 0 to 2^32 - 1.

    Notes
    -----
    ``tests/test_widgets_parity.py`` compares the stream with the browser's and looks at its moments.
    """

    def __init__(self, seed):
        if not 0 <= seed < 2**32:
            raise ValueError(f"expected seed from 0 to 2**32 - 1; got {seed}")
        self._key = _mix(np.array([(seed + 0x9E3779B9) % 2**32], np.uint32))
        self._mask = _mix(self._key ^ np.uint32(0x85EBCA6B))
        self.position = 0

    def _words(self, i):
        return _mix(_mix(i + self._key) ^ self._mask)

    def uniform(self, size):
        """Draw numbers in [0, 1) with 53 random bits.

        Parameters
        ----------
        size : int or tuple of int

        Returns
        -------
        float64 array of that shape
        """
        count = int(np.prod(size))
        places = np.arange(self.position, self.position + count, dtype=np.uint32)
        self.position += count
        high = self._words(np.uint32(2) * places) >> np.uint32(5)
        low = self._words(np.uint32(2) * places + np.uint32(1)) >> np.uint32(6)
        return ((high.astype(float) * 2**26 + low) / 2**53).reshape(size)

    def normal(self, size):
        """Draw standard normal numbers, each from two uniform ones (Box and Muller 1958, cosine alone)."""
        u = self.uniform((*np.atleast_1d(size), 2))
        return np.sqrt(-2 * np.log(1 - u[..., 0])) * np.cos(2 * np.pi * u[..., 1])

    random, standard_normal = uniform, normal        # numpy's names, so that toys and initializers draw from it too
