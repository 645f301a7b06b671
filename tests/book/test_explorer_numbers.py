"""The explorer's numbers are those of the package, over the settings that it offers and beyond."""

import json
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import selu_sym

HERE = Path(__file__).parent
NODE = shutil.which("node")

needs_node = pytest.mark.skipif(
    NODE is None or not (HERE.parents[1] / "docs" / "node_modules").exists(),
    reason="needs Node and npm's packages: make book",
)

pytestmark = [pytest.mark.book, needs_node]

MODELS = [
    ({"tau": 1, "bias": 0}, "iid"),
    ({"tau": 2, "bias": 0}, "he_normal"),
    ({"tau": 1 / 3, "bias": 0}, "torch"),
    ({"tau": 0.7, "bias": 0.2}, selu_sym.Iid(0.7, 0.2)),
    ({"sum": 0, "tau": 1}, "normalized"),
    ({"sum": 1, "tau": 1}, "unit-sum"),
]


def settings(count):
    """Return random settings of the explorer, and the weights as Python names them."""
    random = np.random.default_rng(11)
    for i in range(count):
        model, weights = MODELS[i % len(MODELS)]
        mean = 0.0 if i % 5 == 0 else round(random.uniform(-2, 2), 3)
        variance = float(f"{10 ** random.uniform(-3, 3):.4g}")
        start = [mean + 0.1, 1.2 * variance]
        yield (
            {
                "mean": mean,
                "variance": variance,
                "weights": model,
                "depth": 5,
                "width": 128,
                "correlation": (1, -1)[i % 2] if i % 7 == 0 else round(random.uniform(-1, 1), 3),
                "start": start,
                "rate": 0.1,
            },
            weights,
        )


@pytest.fixture(scope="module")
def evaluated():
    """Return (setting, weights, what JavaScript says)."""
    given = list(settings(600))
    result = subprocess.run(
        [NODE, str(HERE / "evaluate.js")],
        input=json.dumps([setting for setting, _ in given]),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(result.stdout)
    return [(*pair, said) for pair, said in zip(given, found, strict=True)]


def parameters(setting, weights):
    return selu_sym.selu_parameters(
        setting["mean"], setting["variance"], weights=weights, missing="nan"
    )


def test_existence_and_parameters(evaluated):
    solved = undecided = 0
    for setting, weights, found in evaluated:
        p = parameters(setting, weights)
        if found["exists"] is None:
            undecided += 1  # the package asks ball arithmetic
            continue
        assert found["exists"] is not math.isnan(p.alpha)
        if not found["exists"]:
            with pytest.raises(selu_sym.NoFixedPointError) as error:
                selu_sym.selu_parameters(setting["mean"], setting["variance"], weights=weights)
            reason = found["reason"].replace("²", "^2")
            assert " ".join(reason.split()[:-13]) in str(error.value)
            continue
        solved += 1
        # both are within 150 roundoffs, times their condition numbers
        for name, condition in zip(("alpha", "scale"), p.condition_numbers(), strict=True):
            tolerance = 2 * 150 * 2.0**-53 * max(1, condition)
            assert found[name] == pytest.approx(getattr(p, name), rel=tolerance, abs=0)
    assert 200 < solved < 500
    assert undecided < 20


def test_what_is_not_decided(evaluated):
    """Next to the border of attraction, where Python says so, too."""
    undecided = [
        selu_sym.stability(parameters(setting, weights)).attracting is None
        for setting, weights, found in evaluated
        if found["exists"]
    ]
    assert sum(undecided) > 0


def test_stability_and_gain(evaluated):
    for setting, weights, found in evaluated:
        if not found["exists"]:
            continue
        p = parameters(setting, weights)
        unit = 1e-11 * max(1, *p.condition_numbers())
        stability = selu_sym.stability(p)
        assert found["radius"] == pytest.approx(stability.spectral_radius, rel=unit, abs=unit)
        assert found["singular"] == pytest.approx(stability.singular_value, rel=unit, abs=unit)
        assert found["gain"] == pytest.approx(selu_sym.gradient_gain(p), rel=unit)
        assert found["attracting"] is stability.attracting
        assert found["gainWithDropout"] == pytest.approx(selu_sym.gradient_gain(p, 0.1), rel=unit)


def test_signals_with_dropout(evaluated):
    for setting, weights, found in evaluated[:100]:
        p = parameters(setting, weights)
        if not found["exists"] or max(p) > 1e3:
            continue
        mean, variance = setting["start"]
        signal = selu_sym.propagate(p, 5, mean=mean, variance=variance, rate=0.1)
        names = {
            "mean": signal.mean,
            "variance": signal.variance,
            "growth": signal.gradient_growth,
        }
        for name, values in names.items():
            size = np.abs(values).max()
            assert found["dropped"][name] == pytest.approx(values, rel=1e-9, abs=1e-9 * size)
        assert found["dropped"]["correlation"] is None


def test_propagation(evaluated):
    compared = 0
    for setting, weights, found in evaluated:
        p = parameters(setting, weights)
        if not found["exists"] or max(p) > 1e3:  # off such a fixed point a signal overflows
            continue
        centred = found["signal"]["meanDeviation"] is not None
        assert centred == (weights != "unit-sum")
        options = {"width": 128, "correlation": setting["correlation"]} if centred else {}
        mean, variance = setting["start"]
        signal = selu_sym.propagate(p, 5, mean=mean, variance=variance, **options)
        names = {
            "mean": signal.mean,
            "variance": signal.variance,
            "growth": signal.gradient_growth,
            "meanDeviation": signal.mean_deviation,
            "varianceDeviation": signal.variance_deviation,
            "correlation": signal.correlation,
        }
        for name, values in names.items():
            if values is None:
                assert found["signal"][name] is None
                continue
            size = np.abs(values).max()
            assert np.array(found["signal"][name]) == pytest.approx(
                values, rel=1e-9, abs=1e-9 * size
            )
            compared += 1
    assert compared > 1000
