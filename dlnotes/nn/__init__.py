"""Layers and networks with torch's names, arguments and starting values; they take an ``rng``.

``functional`` has the same as functions. What departs from torch is said in the docstring of each; in
short: weights of linear maps are (in, out), sequences (N, T, D), numbers float64 unless dtype says float32,
and every array of a Module belongs to its state.
"""

from dlnotes.nn import functional
from dlnotes.nn.attention import GraphConv, MultiheadAttention
from dlnotes.nn.layers import (
    ELU,
    GELU,
    Dropout,
    Dropout1d,
    Dropout2d,
    Embedding,
    Flatten,
    Hardtanh,
    LeakyReLU,
    Linear,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from dlnotes.nn.losses import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
)
from dlnotes.nn.maps import (
    AdaptiveAvgPool2d,
    AvgPool1d,
    AvgPool2d,
    Conv1d,
    Conv2d,
    ConvTranspose1d,
    ConvTranspose2d,
    MaxPool1d,
    MaxPool2d,
)
from dlnotes.nn.module import Module, ModuleList, Parameter, Sequential
from dlnotes.nn.norms import BatchNorm1d, BatchNorm2d, GroupNorm, InstanceNorm2d, LayerNorm
from dlnotes.nn.recurrent import GRU, LSTM, RNN

__all__ = [
    "AdaptiveAvgPool2d", "AvgPool1d", "AvgPool2d", "BCELoss", "BCEWithLogitsLoss", "BatchNorm1d",
    "BatchNorm2d", "Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d", "CrossEntropyLoss",
    "Dropout", "Dropout1d", "Dropout2d", "ELU", "Embedding", "Flatten", "GELU", "GRU", "GraphConv",
    "GroupNorm", "Hardtanh", "HuberLoss", "InstanceNorm2d", "L1Loss", "LSTM", "LayerNorm",
    "LeakyReLU", "Linear", "LogSoftmax", "MSELoss", "MaxPool1d", "MaxPool2d", "Mish", "Module",
    "ModuleList", "MultiheadAttention", "NLLLoss", "PReLU", "Parameter", "RNN", "ReLU",
    "Sequential", "SiLU", "Sigmoid", "Softmax", "Softplus", "Softsign", "Tanh", "functional",
]  # fmt: skip
