"""Examples as people have them: one input, several, by name, data sets, loaders, generators."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

import selu_sym.torch as st  # noqa: E402

pytestmark = pytest.mark.torch

ROWS = torch.tensor(np.random.default_rng(13).normal(size=(100, 8)), dtype=torch.float32)
LABELS = torch.zeros(100)


class Two(nn.Module):
    """Two inputs."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(16, 16)

    def forward(self, left, right):
        return torch.relu(self.linear(torch.cat([left, right], 1)))


class One(Two):
    """Two inputs in a dict."""

    def forward(self, inputs):
        return super().forward(inputs["left"], inputs["right"])


PAIRS = TensorDataset(ROWS, LABELS)
NAMED = {"left": ROWS, "right": ROWS}

SINGLE = {
    "array": ROWS.numpy(),
    "(x, y)": (ROWS, LABELS),
    "Dataset": PAIRS,
    "DataLoader": DataLoader(PAIRS, 30),
    "list of batches": [ROWS[:60], ROWS[60:]],
    "list of pairs": [(ROWS[:60], LABELS[:60]), [ROWS[60:], LABELS[60:]]],
    "generator": "generator",
}


@pytest.mark.parametrize("data", SINGLE.values(), ids=SINGLE)
def test_one_input(data):
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU())
    expected = st.observe(model, ROWS).layers[0]
    given = (batch for batch in ROWS.split(25)) if isinstance(data, str) else data
    report = st.observe(model, given)
    assert report.examples == 100
    assert report.layers[0].mean == pytest.approx(expected.mean, rel=1e-6)
    assert report.layers[0].gradient == 1.0


@pytest.mark.parametrize("make", [Two, One])
@pytest.mark.parametrize("kind", ["dict", "(dict, y)", "batches"])
def test_inputs_by_name(make, kind):
    batches = [({name: part[i : i + 50] for name, part in NAMED.items()}, None) for i in (0, 50)]
    data = {"dict": NAMED, "(dict, y)": (NAMED, LABELS), "batches": batches}[kind]
    report = st.observe(make(), data)
    assert (report.examples, len(report.layers)) == (100, 1)


def test_several_inputs_in_order():
    assert st.observe(Two(), ([ROWS, ROWS], LABELS)).examples == 100
    assert st.observe(Two(), [([ROWS[:50], ROWS[:50]], LABELS)]).examples == 50


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (3.0, "data must be a tensor or array of examples.*got float"),
        ("rows.csv", "got str"),
        (["a", "b"], "got a batch of str"),
        ({"x": "a"}, "got a batch of dict"),
        ([1.0, 2.0], "got one of single numbers"),
        (([ROWS, ROWS[:3]], LABELS), "as many examples each, got 100, 3"),
    ],
)
def test_messages(data, message):
    with pytest.raises(ValueError, match=message):
        st.observe(Two(), data)


def test_an_observer_in_a_loop():
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))
    observer = st.Observer(model, DataLoader(PAIRS, 30), every=2, examples=50)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(3):
        (model(ROWS) ** 2).mean().backward()
        optimizer.step()
        observer.step()
    assert list(observer.reports) == [0, 2]
    first, last = (report.layers[0].mean for report in observer.reports.values())
    assert first != last
    assert observer.reports[0].examples == 50
