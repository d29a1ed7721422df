"""Practice for the chapter "Convolutional networks"."""

import numpy as np

from dlnotes.ops.conv import conv2d_backward
from dlnotes.ops.pooling import max_pool2d_backward
from dlnotes.practice import Exercise, Mistake
from dlnotes.practice._questions import Choice, Question

# 1: receptive field and jump of a stack


def field_and_jump(layers):
    field, jump = 1, 1
    for k, s, d in layers:
        field += (k - 1) * d * jump
        jump *= s
    return field, jump


def _own_stride(layers):
    field, jump = 1, 1
    for k, s, d in layers:
        jump *= s
        field += (k - 1) * d * jump
    return field, jump


def _last_stride(layers):
    field, jump = 1, 1
    for k, s, d in layers:
        field += (k - 1) * d * s
        jump *= s
    return field, jump


FIELD = Exercise(
    points=1,
    reference=field_and_jump,
    cases=(([(3, 1, 1)],), ([(3, 1, 1), (3, 1, 1), (3, 1, 1)],), ([(3, 1, 1), (2, 2, 1), (3, 1, 1), (2, 2, 1)],),
           ([(7, 2, 1), (3, 2, 1), (3, 1, 2)],), ([(2, 1, 1), (2, 1, 2), (2, 1, 4)],), ([(1, 1, 1)],), ([(4, 4, 1), (3, 2, 3)],)),
    hints=(
        "Go from the input upwards and keep two numbers: the field, and the distance at the input of two neighbours.",
        "At the input both are 1. A kernel of k numbers reaches (k - 1) d steps further, and a step is one jump long.",
        "field += (k - 1) * d * jump first, with the jump below the layer; then jump *= s.",
    ),
    mistakes=(
        Mistake(_own_stride, "the layer's own stride comes after its kernel: use the jump below it, then multiply."),
        Mistake(_last_stride, "the jump is the product of the strides of all layers below, not the stride of one layer."),
        Mistake(lambda layers: field_and_jump([(k, s, 1) for k, s, d in layers]),
                "a dilated kernel is pulled apart: it reaches (k - 1) d steps, not k - 1."),
        Mistake(lambda layers: field_and_jump([(k, 1, d) for k, s, d in layers]),
                "the strides are missing: behind a stride of 2, every step counts double."),
        Mistake(lambda layers: (field_and_jump(layers)[0] - 1, field_and_jump(layers)[1]),
                "without any layer a number sees itself: begin with 1."),
        Mistake(lambda layers: field_and_jump([(k + 1, s, d) for k, s, d in layers]),
                "k numbers have k - 1 steps between them."),
    ),
    next="which stack of kernels of 3 reaches a field of 224 with the fewest layers? And with the fewest weights?",
)

# 2: the matrix of a convolution


def matrix_of(kernel, n, stride):
    k = len(kernel)
    rows = (n - k) // stride + 1
    T = np.zeros((rows, n))
    for i in range(rows):
        T[i, i * stride:i * stride + k] = kernel
    return T


def _circulant(kernel, n, stride):
    T = np.zeros((-(-n // stride), n))
    for i in range(len(T)):
        for j, w in enumerate(kernel):
            T[i, (i * stride + j) % n] += w
    return T


KERNEL = np.array([1.0, -2.0, 0.5])

MATRIX = Exercise(
    points=2,
    reference=matrix_of,
    cases=((KERNEL, 6, 1), (KERNEL, 7, 2), (np.array([2.0, 1.0]), 5, 1), (np.array([3.0]), 4, 1),
           (np.array([1.0, 2, 3, 4]), 10, 3), (KERNEL, 3, 1)),
    hints=(
        "How many places has the window? That is the number of rows. Each row is mostly zeros.",
        "Row i holds the kernel from column i * stride on.",
        "rows = (n - k) // stride + 1; T = zeros((rows, n)); T[i, i * stride:i * stride + k] = kernel.",
    ),
    mistakes=(
        Mistake(lambda kernel, n, stride: matrix_of(kernel[::-1], n, stride),
                "the kernel is turned: that is the convolution of mathematics. Here row 0 begins with kernel[0]."),
        Mistake(lambda kernel, n, stride: matrix_of(kernel, n, stride).T,
                "that is the transposed matrix, which the backward pass needs; rows are outputs here."),
        Mistake(_circulant, "that window runs over the end and begins again: a circulant. Here it stops where it no longer fits."),
        Mistake(lambda kernel, n, stride: matrix_of(kernel, n, 1), "the stride is missing: from row to row the kernel moves on by `stride`."),
        Mistake(lambda kernel, n, stride: matrix_of(kernel, n, 1)[:(n - len(kernel)) // stride + 1],
                "the number of rows is right, but from row to row the kernel must move on by `stride` columns."),
    ),
    next="what does T.T @ T look like, and when is T square?",
)

# 3: max-pooling backwards


def pool_gradient(dY, X):
    return max_pool2d_backward(dY[None, None], X[None, None], 2)[0, 0]


def _windows(X):
    H, W = X.shape
    return X.reshape(H // 2, 2, W // 2, 2)


def _to_all(dY, X):
    return np.repeat(np.repeat(dY, 2, axis=0), 2, axis=1)


def _ties_all(dY, X):
    top = np.repeat(np.repeat(_windows(X).max(axis=(1, 3)), 2, axis=0), 2, axis=1)
    return _to_all(dY, X) * (X == top)


def _picture(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


POOL = Exercise(
    points=2,
    reference=pool_gradient,
    cases=(
        (np.array([[5.0]]), np.array([[1.0, 4], [2, 3]])),
        (_picture(0, 2, 3), _picture(1, 4, 6)),
        (_picture(2, 3, 2), np.maximum(0, _picture(3, 6, 4))),
        (np.array([[2.0, -1.0]]), np.array([[1.0, 1, 0, 0], [1, 1, 0, 7]])),
    ),
    hints=(
        "Only one of the four numbers of a window made the result. How does the result change if another one moves a little?",
        "Loop over the windows; find the place of the largest number with argmax on the flat window.",
        "i, j = divmod(window.argmax(), 2); dX[2 * y + i, 2 * x + j] = dY[y, x]; argmax takes the first of equals.",
    ),
    mistakes=(
        Mistake(_to_all, "that sends the gradient to all four; only the largest of a window has any influence."),
        Mistake(lambda dY, X: _to_all(dY, X) / 4, "that is the backward pass of averaging; the maximum passes all to one place."),
        Mistake(_ties_all, "where several are equal only the first gets the gradient; you give it to each of them."),
        Mistake(lambda dY, X: pool_gradient(dY, X) * X, "the gradient of max(a, b, ...) by its largest is 1: do not multiply by X."),
        Mistake(lambda dY, X: pool_gradient(dY, -X), "that is the smallest number of each window."),
    ),
    next="what changes where windows overlap, as with size 3 and stride 2?",
)

# 4: a convolution backwards


def conv_gradients(dY, X, K):
    dX, dK, _ = conv2d_backward(dY[None, None], X[None, None], K[None, None])
    return dX[0, 0], dK[0, 0]


def _turned(dY, X, K):
    return conv_gradients(dY, X, K[::-1, ::-1])[0], conv_gradients(dY, X, K)[1]


CONV = Exercise(
    points=3,
    reference=conv_gradients,
    cases=(
        (np.array([[1.0]]), np.array([[1.0, 2], [3, 4]]), np.array([[5.0, 6], [7, 8]])),
        (_picture(4, 3, 3), _picture(5, 5, 5), _picture(6, 3, 3)),
        (_picture(7, 4, 2), _picture(8, 5, 5), _picture(9, 2, 4)),
        (_picture(10, 3, 4), _picture(11, 3, 4), _picture(12, 1, 1)),
    ),
    hints=(
        "Y[y, x] = sum of K[i, j] X[y + i, x + j]. In which results does one number of K occur, and with what factor?",
        "dK[i, j] adds dY[y, x] X[y + i, x + j] over all y, x. dX[y + i, x + j] collects dY[y, x] K[i, j].",
        "Loop over y, x of dY: dK += dY[y, x] * patch, dX[y:y + kH, x:x + kW] += dY[y, x] * K.",
    ),
    mistakes=(
        Mistake(_turned, "dX meets the kernel turned: where X[y + i, x + j] was read, K[i, j] dY[y, x] is added."),
        Mistake(lambda dY, X, K: (conv_gradients(dY, X, K)[0], conv_gradients(dY, X, K)[1][::-1, ::-1]),
                "dK is turned: dK[0, 0] belongs to the upper left corner of the window."),
        Mistake(lambda dY, X, K: conv_gradients(dY, X, K)[::-1], "the right two arrays in the wrong order: dX first, then dK."),
        Mistake(lambda dY, X, K: (conv_gradients(dY, X, K)[0], conv_gradients(dY, X, K)[1] / dY.size),
                "the kernel's gradient is a sum over all positions, not their mean."),
    ),
    next="with which padding is dX itself a convolution of dY, without any loop?",
)

# 5: batch norm folded into the convolution before it


def fold(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return W * scale[:, None, None, None], (b - mean) * scale + beta


def _along_inputs(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return W * np.resize(scale, W.shape[1])[None, :, None, None], (b - mean) * scale + beta


def _fold_case(seed, outs, ins, k):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((outs, ins, k, k)), rng.standard_normal(outs), rng.uniform(0.5, 2, outs), rng.standard_normal(outs),
            rng.standard_normal(outs), rng.uniform(0.1, 3, outs), 1e-5)


FOLD = Exercise(
    points=2,
    reference=fold,
    cases=(
        (np.ones((1, 1, 1, 1)), np.array([3.0]), np.array([2.0]), np.array([5.0]), np.array([1.0]), np.array([3.0]), 1.0),
        _fold_case(0, 4, 3, 3), _fold_case(1, 2, 5, 1), _fold_case(2, 3, 3, 2)),
    hints=(
        "Write down what one output channel becomes: gamma (w x + b - mean) / sqrt(var + eps) + beta.",
        "It is again w' x + b'. What stands before x, and what does not depend on x?",
        "scale = gamma / sqrt(var + eps); W * scale[:, None, None, None] and (b - mean) * scale + beta.",
    ),
    mistakes=(
        Mistake(lambda W, b, gamma, beta, mean, var, eps: (fold(W, b, gamma, beta, mean, var, eps)[0], b - mean + beta),
                "the old bias and the mean are scaled as well."),
        Mistake(lambda W, b, gamma, beta, mean, var, eps: (fold(W, b, gamma, beta, mean, var, eps)[0], fold(W, 0 * b, gamma, beta, mean, var, eps)[1]),
                "the old bias is lost: the mean is taken away from w x + b."),
        Mistake(lambda W, b, gamma, beta, mean, var, eps: fold(W, b, gamma, beta, mean, (var + eps) ** 2 - eps, eps),
                "divide by the standard deviation, the root of var + eps, not by the variance."),
        Mistake(lambda W, b, gamma, beta, mean, var, eps: fold(W, b, gamma, beta, mean, var, 0),
                "eps is part of the root."),
        Mistake(lambda W, b, gamma, beta, mean, var, eps: fold(W, b, np.ones_like(gamma), beta, mean, var, eps), "gamma is missing."),
        Mistake(_along_inputs, "the statistics belong to the output channels: the first axis of W."),
    ),
    next="why does this work with the running statistics, and not while the network trains?",
)

# 6: through how many paths each input is seen


def count_paths(layers):
    ways = np.ones(1)
    for k, s, d in layers[::-1]:
        spread = np.zeros((len(ways) - 1) * s + 1 + (k - 1) * d)
        for i in range(k):
            spread[i * d:i * d + (len(ways) - 1) * s + 1:s] += ways
        ways = spread
    return ways


def _no_stride(layers):
    return count_paths([(k, 1, d) for k, s, d in layers])


def _flat(layers):
    ways = count_paths(layers)
    return (ways > 0) * 1.0


PATHS = Exercise(
    points=3,
    reference=count_paths,
    cases=(([(3, 1, 1)],), ([(3, 1, 1), (3, 1, 1)],), ([(3, 1, 1)] * 4,), ([(2, 1, 1), (2, 1, 2), (2, 1, 4)],),
           ([(3, 2, 1), (3, 1, 1)],), ([(3, 1, 1), (2, 2, 1), (3, 1, 2)],)),
    hints=(
        "Begin at the output, with one way, and go down layer by layer: each number hands its ways to the k numbers it reads.",
        "Number i of a layer reads the numbers i s, i s + d, ..., i s + (k - 1) d of the layer below.",
        "spread = zeros((len - 1) * s + 1 + (k - 1) * d); for i in range(k): spread[i * d::s][:len] += ways; last layer first.",
    ),
    mistakes=(
        Mistake(_no_stride, "the strides are missing: neighbours of a layer read places that lie s apart."),
        Mistake(lambda layers: count_paths([(k, s, 1) for k, s, d in layers]), "the dilation is missing: a window reads every d-th number."),
        Mistake(_flat, "that says which inputs are seen; count through how many ways."),
        Mistake(lambda layers: count_paths(layers) / count_paths(layers).sum(), "those are shares; the number of ways is asked."),
        Mistake(lambda layers: count_paths(layers[::-1]), "the last layer comes first: begin at the output and go down."),
    ),
    next="how does the width of the middle part through which half of the ways go grow with the number of layers?",
)

EXERCISES = {f"cnn-{i}": e for i, e in enumerate((FIELD, MATRIX, POOL, CONV, FOLD, PATHS), start=1)}

QUESTIONS = {
    "cnn-a": Question(
        "A 3 x 3 kernel slides over a picture of 5 x 5, all 0 but for one bright pixel in the second row and column. The "
        "loss is the sum of the nine results. How many of the nine weights get a gradient that is not 0?",
        answer=4,
        why="A weight gets a gradient if the window can stand so that this weight lies on the bright pixel. Only the "
            "four of its upper left 2 x 2 corner can: for the others the window would have to begin outside of the "
            "picture.",
        mistakes=(
            (9, "That is so for the middle pixel, which every weight can meet. To bring its last row onto this pixel, "
                "the window would have to begin above the picture."),
            (1, "There is one bright pixel, but several windows cover it, and in each it lies under another weight."),
            (6, "You have thought of one border. The pixel is near the upper border and near the left one, so rows "
                "and columns of the kernel are both held back."),
            (3, "That is what a pixel at the border itself, in the middle of its side, would give. Here "
                "two rows and two columns of the kernel reach it."))),
    "cnn-b": Question(
        "Pictures with wrapped borders go in and come out with the same size. Which of these maps is a convolution, "
        "if the kernel may be as large as you like?",
        (Choice("Left and right are exchanged.",
                "It is linear, and every pixel only moves. But if the input moves to the right, the mirror image "
                "moves to the left: it is not equivariant."),
         Choice("Each pixel becomes the larger one of itself and its right neighbour.",
                "It looks at a window and treats all places alike, so it is equivariant. But a maximum is not a sum "
                "of weighted pixels: it is not linear."),
         Choice("Each pixel is multiplied by the number of its row.",
                "It is linear, and no map looks less far. But its weight differs from row to row, and a convolution "
                "has the same everywhere."),
         Choice("Each pixel becomes the mean of its row.",
                "It is linear and moves with its input: a kernel of one row, as wide as the picture, all weights "
                "equal. A convolution need not be local; we choose small kernels for that.", True))),
    "cnn-c": Question(
        "A convolution of 5 with stride 2, max-pooling of 2 with stride 2, a convolution of 3. You set the stride of "
        "the first layer to 1. By how many pixels along an axis does the receptive field of the last layer shrink?",
        answer=5,
        why="It was 1 + 4 + 1 · 2 + 2 · 4 = 15 and becomes 1 + 4 + 1 · 1 + 2 · 2 = 10. A stride does not change what "
            "its own layer sees, but it doubles every step of all layers above.",
        mistakes=(
            (0, "The units of the first layer see 5 pixels with any stride. But its neighbours now look one pixel "
                "apart and not two, so the layers above reach less far."),
            (7.5, "You have halved the field. The 5 pixels of the first kernel stay; only what the layers above add "
                  "is halved."),
            (1, "That is what the pooling loses. The convolution above it steps by the product of both strides, and "
                "loses as well."),
            (4, "That is what the last convolution loses. The pooling has a window of 2 and loses 1."))),
    "cnn-d": Question(
        "A convolution with a bias is followed by batch normalization, in training. Which gradient does the bias of "
        "the convolution get?",
        (Choice("The sum of the gradients of all places, as in every convolution.",
                "It is the sum of what comes back to its map. But what comes back through the normalization has the "
                "mean 0, so this sum vanishes."),
         Choice("None: it is always 0.",
                "Adding a number to the whole channel raises its mean by that number, and the mean is taken off. "
                "Such a bias does nothing; that is why libraries leave it out before a batch normalization.", True),
         Choice("The same as the shift β of the normalization.",
                "Both add a number to a channel, and without the normalization between them they would be twins. β is "
                "added after the mean was taken off, so it stays."),
         Choice("That of β, divided by the deviation of the channel.",
                "That would be right if mean and deviation were fixed numbers, as after training. In training the "
                "mean moves with the bias."))),
    "cnn-e": Question(
        "Pictures and padding wrap around. A convolution, a pooling with stride 2, a convolution, a pooling with "
        "stride 3, then the mean of each map. What is the smallest shift, in pixels, that leaves the result as it was "
        "for every picture?",
        answer=6,
        why="Moved by 6, the first map moves by 3 places and the second by 1, and a mean does not see where things "
            "stand. Any smaller shift falls between the places that one of the strides keeps.",
        mistakes=(
            (1, "That would be right without strides: convolutions move with their input, and the mean does not care. "
                "But a pooling with stride 2 cuts a picture moved by 1 into other windows."),
            (2, "That moves the first pooled map by one place. The second pooling has stride 3, and for it that is "
                "no whole step."),
            (3, "The second stride counts in places of its own map, and those are two pixels apart."),
            (5, "Strides are multiplied: each counts in steps of the layer below."))),
}
