"""What a user writes who trains a network with PyTorch."""

import torch
from torch import Tensor, nn

import selu_sym
import selu_sym.torch as st
from selu_sym import SeluParameters, Weights


def network(width: int, weights: Weights) -> nn.Sequential:
    layers = nn.Sequential(
        nn.Linear(width, width),
        st.SELU(-0.1, 2.0, weights=weights),
        st.AlphaDropout(0.1, -0.1, 2.0, weights, noise_shape=(None, 1)),
        st.FeatureAlphaDropout(0.1),
    )
    return st.init_(layers, selu_sym.selu_parameters(-0.1, 2.0, weights=weights))


def activate(x: Tensor, p: SeluParameters[float]) -> Tensor:
    y = st.selu(x, p)
    y = st.alpha_dropout(y, 0.2, p, training=True, noise_shape=[None, 4])
    return st.feature_alpha_dropout(y, 0.2, p, training=True).detach()


def shaped(x: Tensor, depth: int) -> Tensor:
    q = selu_sym.shape_for_depth("relu", depth)
    parts = nn.Sequential(nn.Linear(4, 4), st.Transformed(q), st.AlphaDropout(0.1, fixed_point=q))
    st.init_(parts, q, distribution="orthogonal")
    st.init_(nn.Sequential(nn.Linear(4, 4), st.Transformed("gelu", -0.1)), gain="read")
    y: Tensor = parts(st.transformed(x, q))
    return st.alpha_dropout(y, 0.2, q, training=True)


x = torch.ones(3, 4)
dropout = st.AlphaDropout(0.25)
rate: float = dropout.rate
selu = st.SELU()
alpha: float = selu.fixed_point.alpha
linear: nn.Linear = st.init_(nn.Linear(4, 4), selu_sym.selu_parameters(0.0, 1.0))
print(network(4, "iid")(x).shape, activate(x, selu.fixed_point).dtype, rate, round(alpha, 3))
print(st.weights_of(linear).tau > 0)
print(shaped(x, 8).shape, st.Transformed("tanh").fixed_point.scale > 1)
