"""Each advice of `observe` for PyTorch is followed to the letter: then nothing is found."""

import re

import pytest

import selu_sym

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import selu_sym.torch as st  # noqa: E402

pytestmark = [pytest.mark.torch, pytest.mark.usefixtures("own_generator")]

PAPER = selu_sym.selu_parameters(0.0, 1.0)
ROWS = torch.randn(256, 32, generator=torch.Generator().manual_seed(5))
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
    model = nn.Sequential(*with_relu(layers))
    finding = st.observe(model, MAPS).findings[-1]
    advice = re.search(r"use (selu_sym\.torch\.init_\(layer, gain=[\d.]+\))", str(finding))[1]
    for layer in layers:
        eval(advice, {"selu_sym": selu_sym, "layer": layer})
    assert st.observe(model, MAPS).findings == ()


def test_a_stack_of_spectral_norms():
    """Their weights cannot be drawn: the outputs are scaled."""
    norm = nn.utils.parametrizations.spectral_norm
    layers = [norm(nn.Linear(32, 32, bias=False)) for _ in range(6)]
    (finding,) = st.observe(nn.Sequential(*with_relu(layers)), ROWS).findings
    factor = float(re.search(r"use ([\d.]+) times the outputs of these layers", str(finding))[1])

    class Scaled(nn.Module):
        def __init__(self, layer):
            super().__init__()
            self.layer = layer

        def forward(self, x):
            return factor * self.layer(x)

    mended = nn.Sequential(*with_relu(map(Scaled, layers)))
    assert st.observe(mended, ROWS).findings == ()


@pytest.mark.parametrize(
    ("selu", "whose"),
    [(nn.SELU, " of selu_sym.torch.SELU"), (st.SELU, "")],
    ids=["PyTorch's", "ours"],
)
def test_whose_argument_the_weights_are(selu, whose):
    """PyTorch's SELU has no such argument."""
    layer = nn.Linear(32, 64)
    (finding,) = st.observe(nn.Sequential(layer, selu()), ROWS).findings
    model, said = re.search(r"use weights=(Iid\([^)]*\))(.*), or draw", finding.message).groups()
    assert said == whose
    told = st.SELU(weights=eval(model, {"Iid": selu_sym.Iid}))
    assert st.observe(nn.Sequential(layer, told), ROWS).findings == ()


def test_activations_with_scale_and_shift_are_named():
    q = selu_sym.balance("gelu")
    first, last = (st.init_(nn.Linear(n, 64), q) for n in (32, 64))
    gelu, rows = st.Transformed(q), q.variance**0.5 * ROWS + q.mean
    (finding,) = st.observe(nn.Sequential(first, gelu, nn.Dropout(0.1)), rows).findings
    assert finding.message == (
        "Dropout '2' moves the moments that Transformed '1' keeps: "
        "use AlphaDropout(0.1, fixed_point=q) with the q of Transformed '1'"
    )
    mended = nn.Sequential(first, gelu, st.AlphaDropout(0.1, fixed_point=q))
    assert st.observe(mended, rows).findings == ()
    (finding,) = st.observe(nn.Sequential(first, nn.ReLU(), last, gelu), rows).findings
    assert finding.message.endswith("use selu_sym.torch.Transformed(q) there, too")
    mended = nn.Sequential(first, st.Transformed(q), last, gelu)
    assert st.observe(mended, rows).findings == ()
    (finding,) = st.observe(
        nn.Sequential(last, nn.ReLU(), gelu), torch.cat([rows, rows], 1)
    ).findings
    assert "the gelu's net input must come from a layer with weights" in finding.message


def with_relu(layers):
    return [module for layer in layers for module in (layer, nn.ReLU())]
