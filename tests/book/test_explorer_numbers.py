"""The explorer's numbers are those of the package, over the settings that it offers and beyond."""

import json
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import selu_sym
from selu_sym._numeric.signals import in_words

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


def evaluate(given):
    """Return what JavaScript says of each setting, or of each gradient gain."""
    result = subprocess.run(
        [NODE, str(HERE / "evaluate.js")],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def evaluated():
    """Return (setting, weights, what JavaScript says)."""
    given = list(settings(600))
    found = evaluate([setting for setting, _ in given])
    return [(*pair, said) for pair, said in zip(given, found, strict=True)]


def compare(found, signal, pairs=1e-9):
    """Compare a signal of the explorer with one of the package, and return in how many arrays."""
    names = {
        "mean": signal.mean,
        "variance": signal.variance,
        "growth": signal.gradient_growth,
        "meanDeviation": signal.mean_deviation,
        "varianceDeviation": signal.variance_deviation,
        "growthDeviation": signal.gradient_growth_deviation,
        "correlation": signal.correlation,
    }
    for name, values in names.items():
        if values is None:
            assert found[name] is None
            continue
        error = pairs if name == "correlation" else 1e-9
        size = np.abs(values).max()
        assert found[name] == pytest.approx(values, rel=error, abs=error * size), name
    return sum(values is not None for values in names.values())


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


@pytest.mark.parametrize(("what", "rate"), [("signal", 0.0), ("dropped", 0.1)])
def test_propagation(evaluated, what, rate):
    compared = 0
    for setting, weights, found in evaluated[:: 1 if rate == 0 else 3]:
        p = parameters(setting, weights)
        if not found["exists"] or max(p) > 1e3:  # off such a fixed point a signal overflows
            continue
        centred = found[what]["meanDeviation"] is not None
        assert centred == (weights != "unit-sum")
        options = {"width": 128, "correlation": setting["correlation"]} if centred else {}
        mean, variance = setting["start"]
        signal = selu_sym.propagate(p, 5, mean=mean, variance=variance, rate=rate, **options)
        compared += compare(found[what], signal)
    assert compared > 400


def test_gains_in_words():
    """The sentence of the summary and that of the page are one."""
    near = [1 + sign * factor * 1e-9 for sign in (-1, 1) for factor in (0.5, 0.999, 1.001, 3)]
    chosen = [0.5, 2.0, 10.0, 1.071575, 1 + 1e-6, 0.99, *near]
    drawn = 10 ** np.random.default_rng(3).uniform(-3, 3, 200)
    said = evaluate([*chosen, *drawn.tolist()])
    for chi, text in zip([*chosen, *drawn.tolist()], said, strict=True):
        assert text == in_words(chi).replace(" (second moment)", "")
    assert said[0] == "0.5 a layer, a tenth over 3.32 layers"
    assert said[1] == "2 a layer, tenfold over 3.32 layers"
    assert "over 2300000 layers" in said[4]
