"""Strokes of a pen, reduced to 8 x 8 numbers the way the handwritten digits of `dlnotes.data.digits` were made.

Those digits were bitmaps of 32 x 32, scaled so that each fills the height of the frame; the number of black pixels in each block
of 4 x 4 is one of the 64 numbers, 0 to 16. A drawing here is a list of strokes, each an array (n, 2) of points x, y on a pad of
64 x 64, y downwards.
"""

import numpy as np

PAD = 64           # width and height of the pad
FRAME = 32         # of the bitmap
INK = 312          # black pixels of a bitmap: the mean of the digits
PEN = (1.5, 5.0)   # least and greatest radius of the pen, in pixels of the bitmap


def unpack(flat):
    """The strokes of a flat list x, y, x, y, -1, x, y, ... in which -1 lifts the pen; what is incomplete is left out."""
    strokes, points = [], []
    for v in [*flat, -1]:
        if v >= 0:
            points.append(v)
        else:
            if len(points) > 1:
                strokes.append(np.array(points[:len(points) // 2 * 2], float).reshape(-1, 2))
            points = []
    return strokes


def pack(strokes):
    """The flat list of whole numbers of `unpack`, points moved onto the pad."""
    flat = []
    for stroke in strokes:
        flat += [-1] * bool(flat) + np.clip(np.rint(stroke), 0, PAD - 1).astype(int).ravel().tolist()
    return flat


def fitted(strokes):
    """The strokes scaled to the frame of 32 x 32: in height to 28, in width by the same factor but to 24 at most; centred."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    tall = 28 / max(high[1] - low[1], 4)
    wide = min(tall, 24 / max(high[0] - low[0], 2))
    return [(stroke - (low + high) / 2) * [wide, tall] + FRAME / 2 for stroke in strokes]


def distances(strokes):
    """Squared distance (32, 32) of each pixel's middle from the nearest point of the strokes, in pixels of the frame."""
    middle = np.arange(FRAME) + 0.5
    x, y = middle[None, :], middle[:, None]
    nearest = np.full((FRAME, FRAME), np.inf)
    for stroke in strokes:
        for a, b in zip(stroke, stroke[1:] if len(stroke) > 1 else stroke):
            dx, dy = b - a
            along = ((x - a[0]) * dx + (y - a[1]) * dy) / max(dx * dx + dy * dy, 1e-12)
            along = np.clip(along, 0, 1)
            off_x, off_y = x - a[0] - along * dx, y - a[1] - along * dy
            nearest = np.minimum(nearest, off_x * off_x + off_y * off_y)
    return nearest


def bitmap(strokes, fit=True, ink=INK):
    """Bitmap (32, 32) of 0 and 1: the strokes with a round pen, so wide that `ink` pixels are black (within `PEN`).

    Parameters
    ----------
    strokes : list of array (n, 2)
    fit : bool
        Scale and centre the drawing first, as the digits were; otherwise it stays where it was drawn.
    ink : int
    """
    if not strokes:
        return np.zeros((FRAME, FRAME))
    squared = distances(fitted(strokes) if fit else [stroke / 2 for stroke in strokes])
    radius = np.clip(np.sort(squared, axis=None)[ink - 1], PEN[0] ** 2, PEN[1] ** 2)
    return (squared <= radius).astype(float)


def counts(bits):
    """Black pixels (8, 8), 0 to 16, in each block of 4 x 4 of a bitmap (32, 32)."""
    return bits.reshape(8, 4, 8, 4).sum(axis=(1, 3))


# Digits drawn by a program: to show a network hands that it will meet ----------------------------------------


def _arc(x, y, rx, ry, start, end):
    """Points on an ellipse, from an angle to another in degrees (0 to the right, 90 down)."""
    t = np.radians(np.linspace(start, end, 2 + abs(end - start) // 20))
    return np.column_stack([x + rx * np.cos(t), y + ry * np.sin(t)])


def _way(*parts):
    """One stroke through points (x, y) and arcs."""
    return np.concatenate([np.reshape(part, (-1, 2)) for part in parts]).astype(float)


FORMS = (      # digit, strokes
    (0, [_arc(32, 32, 16, 26, -90, 270)]),
    (1, [_way((22, 16), (34, 6), (34, 58))]),
    (1, [_way((32, 6), (32, 58))]),
    (1, [_way((24, 14), (34, 6), (34, 58)), _way((22, 58), (46, 58))]),
    (2, [_way(_arc(32, 20, 14, 14, 180, 380), (18, 58), (48, 58))]),
    (2, [_way(_arc(32, 20, 15, 14, 200, 400), (16, 56), (50, 56))]),
    (3, [_way(_arc(30, 19, 14, 13, 200, 430), _arc(30, 45, 16, 13, -70, 150))]),
    (3, [_way((16, 8), (46, 8), (30, 28), _arc(30, 43, 16, 15, -80, 160))]),
    (4, [_way((36, 6), (14, 42), (52, 42)), _way((42, 24), (42, 60))]),
    (4, [_way((18, 6), (18, 34), (46, 34)), _way((44, 6), (44, 60))]),
    (5, [_way((46, 6), (20, 6), (18, 28), _arc(30, 42, 17, 16, -100, 140))]),
    (5, [_way((20, 6), (18, 30), _arc(30, 43, 16, 15, -120, 130)), _way((20, 6), (46, 6))]),
    (6, [_way((42, 6), (28, 18), (18, 38), _arc(32, 44, 14, 14, 180, -190))]),
    (6, [_way(_arc(44, 40, 26, 34, -110, -180), _arc(32, 44, 14, 14, 180, -180))]),
    (7, [_way((16, 8), (48, 8), (28, 58))]),
    (7, [_way((16, 8), (48, 8), (28, 58)), _way((20, 34), (46, 34))]),
    (8, [_way(_arc(32, 19, 12, 13, 90, 450), _arc(32, 45, 15, 13, -90, 270))]),
    (8, [_way((44, 12), _arc(32, 18, 12, 12, -30, -270), _arc(32, 44, 14, 14, -90, 250))]),
    (9, [_way(_arc(32, 20, 14, 14, 0, -360), (46, 20), (42, 58))]),
    (9, [_way(_arc(30, 20, 14, 14, 0, -360), (44, 20), (44, 58))]),
    (9, [_way(_arc(31, 20, 14, 14, 0, -360), (45, 24), (42, 46), _arc(30, 46, 13, 12, 0, 120))]),
)


def sloppy(strokes, rng):
    """The strokes as another hand might draw them: turned, slanted, stretched, moved, bent, and with a trembling pen."""
    turn, slant, size = rng.uniform(-0.15, 0.15), rng.uniform(-0.25, 0.25), rng.uniform(0.6, 1.0)
    A = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ [[1, slant], [0, 1]]
    A *= size * rng.uniform(0.85, 1.15, 2)
    bend, pace, start = rng.normal(0, 2.5, 2), rng.uniform(0.04, 0.12, 2), rng.uniform(0, 6.3, 2)
    middle = PAD / 2 + rng.uniform(-6, 6, 2)
    drawn = [(s - PAD / 2) @ A.T + middle + rng.normal(0, 0.7, s.shape) for s in strokes]
    return [np.clip(s + bend * np.sin(s[:, ::-1] * pace + start), 0, PAD - 1) for s in drawn]


def drawn_digits(each, *, seed=0):
    """Digits of the 21 `FORMS`, drawn `each` times by sloppy hands with pens of different widths.

    Returns
    -------
    X : float32 array (21 each, 64) in [0, 1], y : int64 array (21 each,)
    """
    rng = np.random.default_rng(seed)
    X = [counts(bitmap(sloppy(strokes, rng), ink=int(rng.integers(230, 390)))).ravel() / 16
         for _, strokes in FORMS for _ in range(each)]
    y = np.repeat([digit for digit, _ in FORMS], each)
    return np.array(X, np.float32), y.astype(np.int64)
