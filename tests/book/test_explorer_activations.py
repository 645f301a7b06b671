"""The explorer's numbers of any activation are those of the package."""

import json
import re
import warnings

import numpy as np
import pytest

import selu_sym
from tests.book.conftest import ROOT
from tests.book.test_explorer_numbers import MODELS, compare, evaluate, needs_node

pytestmark = [pytest.mark.book, needs_node]

JUMPS = ("hard_shrink", "threshold")


@pytest.fixture(scope="module")
def evaluated():
    """Return (setting, weights, what JavaScript says), two settings of each activation."""
    random = np.random.default_rng(24)
    given = []
    for i, name in enumerate(2 * selu_sym.list_activations()):
        model, weights = MODELS[i % len(MODELS)]
        mean = 0.0 if i % 4 == 0 else round(random.uniform(-2, 2), 3)
        variance = float(f"{10 ** random.uniform(-2, 2):.4g}")
        setting = {
            "activation": name,
            "mean": mean,
            "variance": variance,
            "weights": model,
            "depth": 3,
            "width": 128,
            "correlation": [1, -1, 0, 0.999][i // 2 % 4]
            if i % 2
            else round(random.uniform(-1, 1), 3),
            "start": [mean + 0.1, 1.2 * variance],
            "rate": 0.2,
        }
        given.append((setting, weights))
    said = evaluate([setting for setting, _ in given])
    return [(*pair, found) for pair, found in zip(given, said, strict=True)]


def standardized(setting, weights):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it repels
        return selu_sym.standardize(
            setting["activation"], setting["mean"], setting["variance"], weights=weights
        )


def test_gains(evaluated):
    for setting, _, found in evaluated:
        for keeps, gain in zip(
            ("second_moment", "variance", "gradient"), found["gains"], strict=True
        ):
            if keeps == "gradient" and setting["activation"] in JUMPS:
                assert gain is None
            else:
                expected = selu_sym.gain(setting["activation"], keeps=keeps)
                assert gain == pytest.approx(expected, rel=1e-12)


def test_scale_and_shift(evaluated):
    for setting, weights, found in evaluated:
        q = standardized(setting, weights)
        size = max(1, abs(setting["mean"]), abs(q.shift))
        assert found["a"] == pytest.approx(q.scale, rel=1e-10)
        assert found["b"] == pytest.approx(q.shift, abs=1e-10 * size)
        assert found["dropout"] == pytest.approx(q.dropout_affine(0.2), rel=1e-9, abs=1e-9 * size)


def test_stability_and_gradients(evaluated):
    for setting, weights, found in evaluated:
        if setting["activation"] in JUMPS:
            assert found["gain"] is None
            continue
        q = standardized(setting, weights)
        stable = selu_sym.stability(q)
        assert found["gain"] == pytest.approx(selu_sym.gradient_gain(q), rel=1e-10)
        assert found["gainWithDropout"] == pytest.approx(selu_sym.gradient_gain(q, 0.2), rel=1e-9)
        assert found["radius"] == pytest.approx(stable.second_moment_slope, rel=1e-9, abs=1e-10)
        if abs(abs(stable.second_moment_slope) - 1) > 1e-9:
            assert found["attracting"] is stable.attracting


def test_balance(evaluated):
    balanced = 0
    for setting, weights, found in evaluated:
        name, total = setting["activation"], setting["mean"] ** 2 + setting["variance"]
        if not found["roots"]:
            refused = {"jumps": "jump", "independent": "independent", "biases": "bias"}
            (rule,) = (said for word, said in refused.items() if word in found["reason"])
            with pytest.raises(ValueError, match=rule):
                selu_sym.balance(name, total, weights=weights)
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it repels
            q = selu_sym.balance(name, total, weights=weights)
        balanced += 1
        first, second = found["roots"]
        assert abs(first[0]) <= abs(second[0]) + 1e-9
        size = total**0.5
        assert first[1] == pytest.approx(q.scale, rel=1e-10)
        # a mean that nearly vanishes is the root of a difference
        assert first[3] == pytest.approx(q.mean, abs=1e-6 * size)
        other = standardized(
            {**setting, "mean": second[3], "variance": total - second[3] ** 2}, weights
        )
        assert second[1] == pytest.approx(other.scale, rel=1e-6)
    assert balanced > 20


def test_propagation(evaluated):
    for setting, weights, found in evaluated:
        if setting["activation"] in JUMPS:
            continue
        q = standardized(setting, weights)
        mean, variance = setting["start"]
        centred = weights != "unit-sum"
        options = {"width": 128, "correlation": setting["correlation"]} if centred else {}
        signal = selu_sym.propagate(q, 3, mean=mean, variance=variance, **options)
        dropped = selu_sym.propagate(q, 3, mean=mean, variance=variance, rate=0.2, **options)
        compare(found["signal"], signal, pairs=1e-6)
        compare(found["dropped"], dropped, pairs=1e-6)


def test_shaped_activations_hold_their_conditions():
    """Second moment 1, gain 1, and the correlation 0.8 that the layers make of 0."""
    setting = {"shaped": True, "correlation": 0, "rate": 0.1, "width": 128, "depth": 16}
    names = ("relu", "gelu", "silu", "mish", "tanh", "softplus")
    weights = {"tau": 2, "bias": 0}
    for name, q in zip(
        names,
        evaluate([{**setting, "activation": name, "weights": weights} for name in names]),
        strict=True,
    ):
        assert q["mean"] ** 2 + q["variance"] == pytest.approx(1, abs=1e-12)
        assert q["gain"] == pytest.approx(1, abs=1e-9)
        assert q["attracting"] is True
        assert q["signal"]["variance"] == pytest.approx(17 * [q["variance"]], abs=1e-9)
        assert q["signal"]["correlation"][-1] == pytest.approx(0.8, abs=1e-5)
        if name == "relu":
            same = selu_sym.shape_for_depth(name, 16, weights="he_normal")
            assert q["a"] == pytest.approx(same.scale, rel=1e-9)
            assert q["s"] == pytest.approx(same.input_scale, rel=1e-12)
            assert q["radius"] == pytest.approx(selu_sym.stability(same).second_moment_slope)


@pytest.mark.parametrize(("name", "depth"), [("tanh", 100), ("gelu", 16), ("relu", 48)])
def test_the_table_of_shaped_activations_is_what_the_package_finds(name, depth):
    """Else: python docs/shaped.py. The search has seven digits."""
    (table,) = re.findall(
        r"SHAPED = (\{.*\});", (ROOT / "docs/explorer/shaped.js").read_text("utf-8"), re.DOTALL
    )
    q = selu_sym.shape_for_depth(name, depth)
    parameters = [q.scale, q.shift, q.input_scale, q.input_shift]
    assert json.loads(table)[name][str(depth)] == pytest.approx(parameters, rel=1e-7)
