"""Each advice of `observe` for PyTorch is followed to the letter: then nothing is found."""

import re

import pytest

import selu_sym

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import selu_sym.torch as st  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("own_generator")]

PAPER = selu_sym.selu_parameters(0.0, 1.0)
MAPS = torch.randn(32, 16, 6, 6, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("told", [True, False], ids=["told", "padded"])
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 2, 0), (4, 2, 1)])
def test_transposed_convolutions(kernel, stride, padding, told):
    """They are drawn by `init_`; then what is lost at the border is told, or cut off."""
    paddings, models = [padding] * 2, [{}, {}]
    for _ in range(2):
        model = nn.Sequential(
            nn.ConvTranspose2d(16, 32, kernel, stride, paddings[0]),
            st.SELU(**models[0]),
            nn.ConvTranspose2d(32, 16, kernel, stride, paddings[1]),
            st.SELU(**models[1]),
        )
        findings = st.observe(model, MAPS).findings
        assert all("or draw others with selu_sym.torch.init_" in str(one) for one in findings)
        findings = st.observe(st.init_(model, PAPER), MAPS).findings
        for finding in findings:
            message = re.search(r"use padding=(\d), or weights=(Iid\(.*\)) for", str(finding))
            index = int(finding.layer) // 2
            if told:
                models[index] = {"weights": eval(message[2], {"Iid": selu_sym.Iid})}
            else:
                paddings[index] = int(message[1])
        if told and findings:  # the weights stay as they are
            model[1], model[3] = (st.SELU(**one) for one in models)
            findings = st.observe(model, MAPS).findings
            break
    assert findings == ()


def test_a_stack_of_transposed_convolutions():
    layers = [
        nn.ConvTranspose2d(16 + 16 * n % 32, 16 + 16 * (n + 1) % 32, 3, 1, 1) for n in range(8)
    ]
    model = nn.Sequential(*(module for layer in layers for module in (layer, nn.ReLU())))
    finding = st.observe(model, MAPS).findings[-1]
    advice = re.search(r"use (selu_sym\.torch\.init_\(layer, gain=[\d.]+\))", str(finding))[1]
    for layer in layers:
        eval(advice, {"selu_sym": selu_sym, "layer": layer})
    assert st.observe(model, MAPS).findings == ()
