import re

import pytest

from derivations.codegen.backends.javascript import JavaScript, JavaScriptActivations
from derivations.codegen.functions.constants import ACTIVATION_CONSTANTS, CONSTANTS
from selu_sym._generated import activation_kernels, math_kernels, numpy_kernels

EXPECTED = {
    "FARTHEST_MEAN": 25,
    "GAP_ERROR": 2.0**-45,
    "ANGLE_NODES": 48,
    "ENTRY_ERROR": 1e-13,
    "PARAMETER_ERROR": 300 * 2.0**-53,
    "EQUAL_GAIN": 1e-9,
    "DEVIATIONS_SHOWN": 4.5,
    "LEAST_INPUT_SHOWN": -18,
    "SMALLEST_INPUT_VARIANCE": 1e-12,
    "LARGEST_INPUT_VARIANCE": 1e8,
    "MOST_DEVIATIONS": 30,
    "SATURATED_FROM": 4,
    "DEVIATIONS_INTEGRATED": 9.5,
    "LAST_STEP": 3.3,
    "UNDECIDED_SLOPE": 1e-11,
    "MEANS_ROUNDOFF": 1e-13,
    "SLOPE_DIGITS": 9,
}


@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda constant: constant.name)
def test_python_and_javascript_have_the_same(constant):
    assert getattr(math_kernels, constant.name) == EXPECTED[constant.name]
    assert getattr(numpy_kernels, constant.name) == EXPECTED[constant.name]
    assert in_javascript(constant.name, JavaScript) == EXPECTED[constant.name]


@pytest.mark.parametrize("constant", ACTIVATION_CONSTANTS, ids=lambda constant: constant.name)
def test_python_and_javascript_have_the_same_of_any_activation(constant):
    assert getattr(activation_kernels, constant.name) == EXPECTED[constant.name]
    assert in_javascript(constant.name, JavaScriptActivations) == EXPECTED[constant.name]


def in_javascript(name, target):
    text = target.path().read_text(encoding="utf-8")
    (value,) = re.findall(rf"export const {name} = (.*);", text)
    return float(value)
