"""Multi-head attention and graph convolution: layers in which positions hear one another."""

import numpy as np

from dlnotes import initializers
from dlnotes.nn import functional as F
from dlnotes.nn.layers import Dropout, Linear
from dlnotes.nn.module import Module, Parameter, expect_dtype


class MultiheadAttention(Module):
    r"""Attention with several heads; `dlnotes.ops.attention.multi_head_attention` has the formula.

    At the start ``in_proj_weight`` is drawn as by Glorot, ``out_proj.weight`` as a `Linear`; biases are 0.

    Parameters
    ----------
    embed_dim, num_heads : int
        Features E of queries, keys, values and result, and the number of heads, which divides E.
    dropout : float
        In training, of the attention weights.
    bias : bool
    rng : np.random.Generator
    dtype : float64 or float32

    Notes
    -----
    Inputs are (N, T, E), torch's ``batch_first=True``. ``in_proj_weight`` (E, 3 E) holds the maps of queries,
    keys and values side by side; torch stores the transpose. The masks of a call, ``attn_mask`` (T_q, T_k)
    and ``key_padding_mask`` (N, T_k), are torch's: bool, True where a query must *not* look, the opposite of
    the ops' masks.
    """

    def __init__(self, embed_dim, num_heads, dropout=0.0, bias=True, *, rng, dtype=np.float64):
        if num_heads < 1 or embed_dim % num_heads:
            raise ValueError(f"expected num_heads that divides embed_dim={embed_dim}; got {num_heads}")
        self.num_heads = num_heads
        start = initializers.glorot_uniform((embed_dim, 3 * embed_dim), rng=rng, dtype=dtype)
        self.in_proj_weight = Parameter(start)
        self.in_proj_bias = Parameter(np.zeros(3 * embed_dim, dtype)) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, rng=rng, dtype=dtype)
        if bias:
            self.out_proj.bias.data[...] = 0
        self.dropout = Dropout(dropout, rng=rng)

    def forward(self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None):
        """Return the result (N, T_q, E) and the weights (N, T_q, T_k), the mean of the heads', or None."""
        for X in (query, key, value):
            expect_dtype(X, self.in_proj_weight)
        Q, K, V = (self._heads(X, i) for i, X in enumerate((query, key, value)))
        A = F.attention_weights(F.scaled_scores(Q, K), mask=_allowed(attn_mask, key_padding_mask))
        Y = self.dropout(A) @ V  # (N, heads, T_q, d)
        Y = Y.swapaxes(1, 2).reshape(*query.shape)
        return self.out_proj(Y), A.mean(axis=1) if need_weights else None

    def _heads(self, X, i):
        """The i-th map of X (N, T, E), as (N, heads, T, d)."""
        N, T, E = X.shape
        columns = slice(i * E, (i + 1) * E)
        X = X @ self.in_proj_weight[:, columns]
        X = X if self.in_proj_bias is None else X + self.in_proj_bias[columns]
        return X.reshape(N, T, self.num_heads, E // self.num_heads).swapaxes(1, 2)

    def extra_repr(self):
        return f"{self.out_proj.weight.shape[0]}, num_heads={self.num_heads}"


def _allowed(attn_mask, key_padding_mask):
    """The ops' mask, True where a query may look, of torch's two."""
    masks = [mask for mask in (attn_mask, key_padding_mask) if mask is not None]
    if any(mask.dtype != bool for mask in masks):
        raise ValueError(f"expected masks of bool, True where nobody looks; got {[m.dtype for m in masks]}")
    if key_padding_mask is None:
        return None if attn_mask is None else ~attn_mask
    padded = key_padding_mask[:, None, None]  # (N, heads, T_q, T_k)
    return ~padded if attn_mask is None else ~(padded | attn_mask)


class GraphConv(Module):
    r"""Graph convolution, weights as by Glorot, biases 0 at the start.

    .. math:: Z = A H W + b

    Parameters
    ----------
    in_features, out_features : int
    bias : bool
    rng : np.random.Generator
    dtype : float64 or float32

    Notes
    -----
    torch has no such layer; PyTorch Geometric's GCNConv is this one with A from
    ``normalize_adjacency(A, mode="symmetric")`` of `dlnotes.ops.graph`.

    Source
    ------
    Kipf and Welling, ICLR 2017, eq. 2.
    """

    def __init__(self, in_features, out_features, bias=True, *, rng, dtype=np.float64):
        start = initializers.glorot_uniform((in_features, out_features), rng=rng, dtype=dtype)
        self.weight = Parameter(start)
        self.bias = Parameter(np.zeros(out_features, dtype)) if bias else None

    def forward(self, A, H):
        """A (N, N), dense or sparse, and features H (N, in_features)."""
        expect_dtype(H, self.weight)
        return F.graph_conv(A, H, self.weight, self.bias)

    def extra_repr(self):
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}"
