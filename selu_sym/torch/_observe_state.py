"""What observing a PyTorch model must leave as it was: modes, buffers, generators, gradients."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from selu_sym._observe.held import SETTLED
from selu_sym.torch._observe_layers import spectral_hooks


@contextmanager
def unchanged(model: nn.Module) -> Iterator[None]:
    """Restore buffers, modes and global generators afterwards, to the bit, also after a failure."""
    modes = [(module, module.training) for module in model.modules()]
    held = [
        (module, name, buffer, None if buffer is None else buffer.detach().clone())
        for module in model.modules()
        for name, buffer in module._buffers.items()
    ]
    parameters = [(value, value.grad) for value in model.parameters()]
    devices = {value.device for value in (*model.parameters(), *model.buffers())}
    cuda = sorted(device.index or 0 for device in devices if device.type == "cuda")
    of_python, of_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - the global one
    with torch.random.fork_rng(devices=cuda):
        try:
            yield
        finally:
            for module, training in modes:
                module.training = training
            for module, name, buffer, value in held:
                if buffer is not None and value is not None:
                    with torch.no_grad():
                        buffer.copy_(value)
                module._buffers[name] = buffer
            for parameter, gradient in parameters:
                parameter.grad = gradient
            random.setstate(of_python)
            np.random.set_state(of_numpy)  # noqa: NPY002


@contextmanager
def settled(model: nn.Module) -> Iterator[None]:
    """Give spectral norms the singular vectors that training will find in its first steps.

    Those that they begin with are random, and make weights that are many times too large. Buffers
    are to be restored by :func:`unchanged`.
    """
    held = [(module, vars(module).get("weight")) for module in model.modules()]
    try:
        with torch.no_grad():
            for module in model.modules():
                training, hooks = module.training, spectral_hooks(module)
                computed = getattr(module, "parametrizations", None)
                parametrized = isinstance(computed, nn.ModuleDict) and "weight" in computed
                if not hooks and not parametrized:
                    continue
                module.train()
                for _ in range(SETTLED):
                    for hook in hooks:
                        hook(module, None)
                    if parametrized:
                        module.weight  # noqa: B018 - each time it is computed anew
                module.train(training)
        yield
    finally:
        for module, weight in held:
            if weight is not None:
                module.weight = weight


@contextmanager
def frozen(model: nn.Module) -> Iterator[None]:
    """Let no gradients of weights be computed: only those of activations are needed."""
    made = [value for value in model.parameters() if not nn.parameter.is_lazy(value)]
    trained = [value for value in made if value.requires_grad]
    try:
        for value in trained:
            value.requires_grad_(False)
        yield
    finally:
        for value in trained:
            value.requires_grad_()


def mode(model: nn.Module, training: bool, several: bool) -> None:
    """Put modules into evaluation mode, or into training mode.

    Batch normalizations take the statistics of the batch in both, if it has several examples:
    those that they have learned are not yet right before training.
    """
    model.train(training)
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._NormBase) and several:
            module.training = True
