"""Run the network of notebook 12 in PyTorch, which ``make test`` does not install.

``python notebooks/torch_network.py`` runs it and writes the numbers that the notebook shows;
``make test-torch`` compares them.
"""

import json
from pathlib import Path

import numpy as np
import torch

import selu_sym.torch as st
from selu_sym import selu_parameters

RECORD = Path(__file__).with_name("12_frameworks.json")


def run(inputs: np.ndarray, weights: list[np.ndarray], p) -> dict[str, list[float]]:
    """Return moments by layer, the end of the output, and the gradient's growth by layer."""
    x = torch.tensor(inputs, requires_grad=True)
    layers = [x]
    for w in weights:
        layers.append(st.selu(layers[-1] @ torch.tensor(w), p))
    gradients = torch.autograd.grad(layers[-1].square().sum() / 2, layers)
    layers = [y.detach() for y in layers]
    return {
        "mean": [float(y.mean()) for y in layers],
        "variance": [float(y.var(correction=0)) for y in layers],
        "output": layers[-1][0, -4:].tolist(),
        "gradient": [float(g.square().sum()) for g in gradients],
    }


def network(width: int = 256, depth: int = 32) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return inputs of the moments (-0.1, 2), and weights of mean 0 and variance 1/n."""
    random = np.random.default_rng(12)
    inputs = random.normal(-0.1, np.sqrt(2.0), (64, width))
    return inputs, [random.normal(0, width**-0.5, (width, width)) for _ in range(depth)]


if __name__ == "__main__":
    found = run(*network(), selu_parameters(-0.1, 2.0, weights="iid"))
    RECORD.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
