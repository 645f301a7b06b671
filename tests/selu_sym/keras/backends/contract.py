"""Keras's contract for layers, its own ``run_layer_test``, held against our layers and Keras's.

Run it with ``python -m tests.selu_sym.keras.backends.contract``, with the backend in
``KERAS_BACKEND``. It prints a line for each configuration in which ours breaks the contract, and
whether Keras's own breaks it, too.
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from keras.src import testing

import selu_sym.keras as sk

POLICIES = ("float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16")
SHAPES = ((2,), (2, 3), (2, 3, 4), (2, 3, 4, 5), (2, 1), (1, 3), (0, 3))
DTYPES = ("float16", "float64", "int8", "uint8", "int32", "int64")
BUILT = {"assert_built_after_instantiation": True}
NOISE_SHAPES = ((None, 1), (1, 3), (2, 3), [None, 3], (1, 1))


class Case(NamedTuple):
    """One call of ``run_layer_test``."""

    name: str
    options: dict[str, Any]
    input: dict[str, Any]
    call: dict[str, Any] = {}  # noqa: RUF012 - never changed


def cases_of_selu() -> list[Case]:
    plain = {"input_shape": (2, 3)}
    cases = [Case(f"policy {policy}", {"dtype": policy}, plain) for policy in POLICIES]
    cases += [Case(f"shape {shape}", {}, {"input_shape": shape}) for shape in SHAPES]
    cases += [Case(f"input {dtype}", {}, {**plain, "input_dtype": dtype}) for dtype in DTYPES]
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
    cases += [Case(f"shape {shape}", some, {"input_shape": shape}, drops) for shape in SHAPES]
    cases += [
        Case(f"input {dtype}", some, {**plain, "input_dtype": dtype}, drops) for dtype in DTYPES
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


def main() -> int:
    held = worse = total = 0
    print(f"backend {keras.backend.backend()}")
    for ours, peer, cases in PAIRS:
        for case in cases:
            total += 1
            fault = failure(ours, case)
            held += not fault
            if fault:
                alone = not failure(peer, case)
                worse += alone
                verdict = "WORSE THAN KERAS" if alone else "as Keras's"
                print(f"{ours.__name__:13}{case.name:32}fails, {verdict}: {fault[:100]}")
    print(f"of {total}: held {held}, worse than Keras's {worse}")
    return int(worse > 0)


if __name__ == "__main__":
    sys.exit(main())
