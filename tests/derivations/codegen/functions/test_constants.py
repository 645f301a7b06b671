import re

import pytest

from derivations.codegen.backends.javascript import JavaScript
from derivations.codegen.functions.constants import CONSTANTS
from selu_sym._generated import math_kernels, numpy_kernels

EXPECTED = {"FARTHEST_MEAN": 25, "GAP_ERROR": 2.0**-45, "ANGLE_NODES": 48}


@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda constant: constant.name)
def test_python_and_javascript_have_the_same(constant):
    assert getattr(math_kernels, constant.name) == EXPECTED[constant.name]
    assert getattr(numpy_kernels, constant.name) == EXPECTED[constant.name]
    text = JavaScript.path().read_text(encoding="utf-8")
    (value,) = re.findall(rf"export const {constant.name} = (.*);", text)
    assert float(value) == EXPECTED[constant.name]
