"""Observing leaves everything as it was, to the bit, also after a failure."""

import random

import numpy as np
import pytest

import selu_sym

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import selu_sym.torch as st  # noqa: E402

pytestmark = pytest.mark.torch

ROWS = torch.tensor(np.random.default_rng(13).normal(size=(64, 16)), dtype=torch.float32)


class Restless(nn.Module):
    """It changes buffers, and draws from every global generator."""

    def __init__(self, fails):
        super().__init__()
        self.first, self.norm = nn.Linear(16, 16), nn.BatchNorm1d(16)
        self.register_buffer("count", torch.zeros(()))
        self.fails = fails

    def forward(self, x):
        self.count += 1
        self.count = self.count + random.random() + np.random.rand()  # noqa: NPY002
        x = torch.relu(self.norm(self.first(x))) + 0.1 * torch.randn_like(x)
        if self.fails:
            raise RuntimeError("on purpose")
        return x


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_nothing_is_changed(fails, training):
    model = Restless(fails)
    model.norm.eval()
    model.first.weight.grad = torch.ones_like(model.first.weight)
    modes = [module.training for module in model.modules()]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    count = model.count
    generators = torch.random.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    if fails:
        with pytest.raises(RuntimeError, match="on purpose"):
            st.observe(model, ROWS, training=training)
    else:
        st.observe(model, ROWS, training=training)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert model.count is count
    assert [module.training for module in model.modules()] == modes
    assert bool((model.first.weight.grad == 1).all())
    assert torch.equal(torch.random.get_rng_state(), generators[0])
    assert random.getstate() == generators[1]
    assert np.array_equal(np.random.get_state()[1], generators[2])  # noqa: NPY002
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_normalizations_are_judged_by_the_batch(scale):
    """Before training, their own statistics say nothing: raw columns come out as they went in."""
    model = nn.Sequential(nn.BatchNorm1d(16), nn.Linear(16, 64), nn.SELU())
    st.init_(model, selu_sym.selu_parameters(0.0, 1.0))
    report = st.observe(model, scale * ROWS + scale)
    assert report.findings == ()
    assert report.layers[0].variance == pytest.approx(1.0, abs=0.4)
