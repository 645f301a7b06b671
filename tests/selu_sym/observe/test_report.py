"""Reports, as text, as data and as a figure."""

import json
import math
import sys

import numpy as np
import pytest

import selu_sym
from selu_sym._observe.report import report
from tests.observed_networks import PAPER, Network

ROWS = np.random.default_rng(13).normal(size=(512, 64))


@pytest.fixture
def network():
    network = Network(ROWS)
    for number in range(3):
        network.dense(f"h{number}", tau=2.0 if number == 1 else 1.0)
        network.selu(f"s{number}").gradient = 8.0 / 2**number
    network.call("activation", "last", np.tanh, function="tanh")
    network.finish()
    return network


def test_activations(network):
    observed = report(network.recorder, 512).layers
    assert [layer.layer for layer in observed] == ["s0", "s1", "s2", "last"]
    assert [layer.function for layer in observed] == ["SELU"] * 3 + ["tanh"]
    assert [layer.gradient for layer in observed[:3]] == [4.0, 2.0, 1.0]
    chi = selu_sym.gradient_gain(PAPER)
    assert [layer.predicted_gradient for layer in observed[:3]] == pytest.approx([chi**2, chi, 1])
    assert observed[0].fixed_point == (0.0, 1.0)
    last = observed[-1]
    assert last.fixed_point is last.predicted is last.deviation is None
    assert math.isnan(last.gradient)
    assert (last.mean, last.variance) == pytest.approx((network.y.mean(), network.y.var()))


def test_text(network):
    title, header, *rows, finding = str(report(network.recorder, 512)).splitlines()
    assert title == "Observed with 512 examples: 4 activations, 1 finding"
    assert header.split() == [
        *("layer", "function", "mean", "predicted", "variance", "predicted"),
        *("saturated", "gradient", "predicted"),
    ]
    assert [row.split()[0] for row in rows] == ["s0", "s1", "s2", "last"]
    assert len({len(row) for row in rows}) == 1
    assert finding.startswith(
        "1. weights 'h1' has weights (tau = 2), its selu 's1' assumes tau = 1"
    )


def test_text_of_networks_without_a_selu():
    lines = str(report(Network(ROWS).recorder, 3)).splitlines()
    assert lines[0] == "Observed with 3 examples: no activations, no findings"
    assert lines[1] == "No activation was seen."


def test_data_for_json(network):
    saved = json.loads(json.dumps(report(network.recorder, 512).to_dict(), allow_nan=False))
    assert saved["examples"] == 512
    assert [finding["kind"] for finding in saved["findings"]] == ["weights"]
    first, *_, last = saved["layers"]
    assert first["fixed_point"] == [0.0, 1.0]
    assert last["gradient"] is None
    assert last["variance"] == pytest.approx(network.y.var())


def test_a_table_of_pandas(network):
    pandas = pytest.importorskip("pandas")
    frame = report(network.recorder, 512).to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["layer"].tolist() == ["s0", "s1", "s2", "last"]
    assert frame["variance"].iloc[-1] == pytest.approx(network.y.var())


def test_without_pandas_it_says_what_to_install(network, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="to_frame needs pandas: pip install pandas"):
        report(network.recorder, 512).to_frame()


def test_what_is_not_seen_is_said(network):
    network.recorder.not_seen.append("tanh in RNN 'r', which one function computes")
    seen = report(network.recorder, 512)
    assert "Not seen: tanh in RNN 'r', which one function computes" in repr(seen).splitlines()[1]
    assert seen.to_dict()["not_seen"] == list(seen.not_seen)
