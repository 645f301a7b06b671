"""Keras's contract for layers, its own ``run_layer_test``, held against our layers.

What Keras's own layer does not hold either, ours need not.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import keras
import pytest
from keras.src import testing

import selu_sym.keras as sk
from tests.selu_sym.keras.backends.cases.common import BACKEND, KERAS

POLICIES = ("float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16")
SHAPES = ((2,), (2, 3, 4, 5), (1, 1), (0, 3))
DTYPES = ("float16", "float64", "int32")
ONCE = {"run_training_check": False, "run_mixed_precision_check": False}
"""No training, for which JAX compiles for seconds, where the policies train already."""
BUILT = {"assert_built_after_instantiation": True}
NOISE_SHAPES = ((None, 1), [1, 3])
ALWAYS_HELD = ("policy float32", "built at once", "not trainable, named")


class Case(NamedTuple):
    """One call of ``run_layer_test``."""

    name: str
    options: dict[str, Any]
    input: dict[str, Any]
    call: dict[str, Any] = {}  # noqa: RUF012 - never changed


def cases_of_selu() -> list[Case]:
    plain = {"input_shape": (2, 3)}
    cases = [Case(f"policy {policy}", {"dtype": policy}, plain) for policy in POLICIES]
    cases += [Case(f"shape {shape}", {}, {"input_shape": shape, **ONCE}) for shape in SHAPES]
    cases += [
        Case(f"input {dtype}", {}, {**plain, "input_dtype": dtype, **ONCE}) for dtype in DTYPES
    ]
    cases += [
        Case("built at once", {}, {**plain, **BUILT}),
        Case("no autocast", {"autocast": False}, {**plain, "input_dtype": "float64"}),
        Case("not trainable, named", {"trainable": False, "name": "mine"}, plain),
        Case("ragged", {}, {**plain, "input_ragged": True, "run_mixed_precision_check": False}),
        Case("sparse", {}, {**plain, "input_sparse": True}),
    ]
    return cases


def cases_of_dropout() -> list[Case]:
    drops, plain = {"training": True}, {"input_shape": (2, 3)}
    some = {"rate": 0.5}
    cases = [Case(f"policy {p}", {**some, "dtype": p}, plain, drops) for p in POLICIES]
    cases += [
        Case(f"shape {shape}", some, {"input_shape": shape, **ONCE}, drops) for shape in SHAPES
    ]
    cases += [
        Case(f"input {dtype}", some, {**plain, "input_dtype": dtype, **ONCE}, drops)
        for dtype in DTYPES
    ]
    cases += [
        Case(f"noise_shape {noise}", {**some, "noise_shape": noise}, plain, drops)
        for noise in NOISE_SHAPES
    ]
    cases += [
        Case("built at once", some, {**plain, **BUILT}),
        Case("rate 0", {"rate": 0}, {**plain, **BUILT}, drops),
        Case("rate 0.2, seed", {"rate": 0.2, "seed": 7}, plain, drops),
        Case("not training", some, plain, {"training": False}),
        Case("training by default", some, plain),
        Case("no autocast", {**some, "autocast": False}, {**plain, "input_dtype": "float64"}),
        Case("not trainable, named", {**some, "trainable": False, "name": "mine"}, plain, drops),
        Case("ragged", some, {**plain, "input_ragged": True, "run_mixed_precision_check": False}),
        Case("ragged, training", some, {**plain, "input_ragged": True}, drops),
    ]
    return cases


def failure(layer: Any, case: Case) -> str:
    """Return what the contract has against a layer, or nothing."""
    seeds = {"expected_num_seed_generators": int(case.options.get("rate", 0) > 0)}
    expected = {
        "expected_num_trainable_weights": 0,
        "expected_num_non_trainable_weights": 0,
        "expected_num_losses": 0,
        "supports_masking": True,
        **seeds,
    }
    if not case.input.get("input_ragged"):
        expected["expected_output_shape"] = case.input["input_shape"]
    test = testing.TestCase()
    test.setUp()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            test.run_layer_test(
                layer, init_kwargs=case.options, call_kwargs=case.call, **{**expected, **case.input}
            )
    except Exception as error:
        message = " ".join(str(error).split()) or "no message"
        return f"{type(error).__name__}: {message}"
    return ""


@keras.saving.register_keras_serializable()
class Selu(keras.layers.Activation):
    """Keras's own, as a class without arguments."""

    def __init__(self, activation: Any = "selu", **options: Any) -> None:
        super().__init__(activation, **options)


NAMED = {"activation": "tanh"}
PAIRS = (
    (sk.SELU, Selu, cases_of_selu()),
    (
        sk.Transformed,
        keras.layers.Activation,
        [case._replace(options={**NAMED, **case.options}) for case in cases_of_selu()],
    ),
    (sk.AlphaDropout, keras.layers.AlphaDropout, cases_of_dropout()),
)

RUNS = BACKEND != "numpy" or KERAS >= (3, 13)
"""Whether Keras's test itself runs on the backend."""


@pytest.mark.parametrize(
    ("layer", "peer", "case"),
    [
        pytest.param(layer, peer, case, id=f"{layer.__name__}, {case.name}")
        for layer, peer, cases in PAIRS
        for case in cases
    ],
)
def test_contract(layer, peer, case):
    fault = failure(layer, case)
    if fault:
        assert not (RUNS and case.name in ALWAYS_HELD), fault
        assert failure(peer, case), fault
        pytest.skip(f"Keras's own does not hold it either: {fault}")
