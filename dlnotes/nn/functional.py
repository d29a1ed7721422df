"""The ops of `dlnotes.ops` as functions on Tensors, under the names that torch.nn.functional gives them.

Arguments are those of the op (axis for torch's dim, say); the docstring of each is the op's own. Where torch
has no such function the name is the op's. Note ``cross_entropy``: as in torch it takes scores, not
probabilities.
"""

from dlnotes.autograd import lift, relu, sigmoid, tanh  # noqa: F401
from dlnotes.ops import activations as _a
from dlnotes.ops import attention as _attention
from dlnotes.ops import conv as _conv
from dlnotes.ops import embedding as _embedding
from dlnotes.ops import graph as _graph
from dlnotes.ops import losses as _losses
from dlnotes.ops import norms as _norms
from dlnotes.ops import pooling as _pooling
from dlnotes.ops import recurrent as _recurrent


def _lifted(module, name, **kind):
    return lift(getattr(module, name), getattr(module, name + "_backward"), **kind)


leaky_relu = _lifted(_a, "leaky_relu")
prelu = _lifted(_a, "prelu")
elu = _lifted(_a, "elu")
softplus = _lifted(_a, "softplus")
silu = _lifted(_a, "swish")
mish = _lifted(_a, "mish")
gelu = _lifted(_a, "gelu")
hardtanh = _lifted(_a, "hard_tanh")
softsign = _lifted(_a, "softsign")
softmax = _lifted(_losses, "softmax")
log_softmax = _lifted(_losses, "log_softmax")

mse_loss = _lifted(_losses, "mse", loss=True)
l1_loss = _lifted(_losses, "l1", loss=True)
huber_loss = _lifted(_losses, "huber", loss=True)
cross_entropy = _lifted(_losses, "softmax_cross_entropy", loss=True)
nll_loss = _lifted(_losses, "nll", loss=True)
binary_cross_entropy = _lifted(_losses, "binary_cross_entropy", loss=True)
binary_cross_entropy_with_logits = _lifted(_losses, "binary_cross_entropy_with_logits", loss=True)
multi_margin_loss = _lifted(_losses, "multi_margin", loss=True)
tukey_biweight = _lifted(_losses, "tukey_biweight", loss=True)
hinge = _lifted(_losses, "hinge", loss=True)
focal = _lifted(_losses, "focal", loss=True)
dice = _lifted(_losses, "dice", loss=True)
kl_gaussian_diagonal = _lifted(_losses, "kl_gaussian_diagonal", loss=True)
kl_standard_normal = _lifted(_losses, "kl_standard_normal", loss=True)

conv1d = _lifted(_conv, "conv1d")
conv2d = _lifted(_conv, "conv2d")
conv_transpose1d = _lifted(_conv, "conv1d_transpose")
conv_transpose2d = _lifted(_conv, "conv2d_transpose")
max_pool1d = _lifted(_pooling, "max_pool1d")
max_pool2d = _lifted(_pooling, "max_pool2d")
avg_pool1d = _lifted(_pooling, "avg_pool1d")
avg_pool2d = _lifted(_pooling, "avg_pool2d")
adaptive_avg_pool1d = _lifted(_pooling, "adaptive_avg_pool1d")
adaptive_avg_pool2d = _lifted(_pooling, "adaptive_avg_pool2d")

batch_norm = _lifted(_norms, "batch_norm")
batch_norm_eval = _lifted(_norms, "batch_norm_eval")
layer_norm = _lifted(_norms, "layer_norm")
group_norm = _lifted(_norms, "group_norm")
instance_norm = _lifted(_norms, "instance_norm")

embedding = _lifted(_embedding, "embedding")
rnn = _lifted(_recurrent, "rnn", cached=True)
gru = _lifted(_recurrent, "gru", cached=True)
lstm = _lifted(_recurrent, "lstm", cached=True)
scaled_scores = _lifted(_attention, "scaled_scores")
attention_weights = _lifted(_attention, "attention_weights")
scaled_dot_product_attention = _lifted(_attention, "attention")
graph_conv = _lifted(_graph, "graph_conv")
