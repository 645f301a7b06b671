import inspect

import numpy as np
import pytest

from selu_sym._generated import math_kernels, numpy_kernels
from selu_sym._numeric.kernels import Kernels, kernels_for

NAMES = [name for name, value in vars(Kernels).items() if inspect.isfunction(value)]
NAMES = [name for name in NAMES if not name.startswith("_")]


def test_which_kernels_are_for_what():
    assert kernels_for(1.0) is math_kernels
    assert kernels_for(np.zeros(2)) is numpy_kernels


@pytest.mark.parametrize("module", [math_kernels, numpy_kernels], ids=lambda m: m.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_the_modules_have_what_the_type_says(name, module):
    """The modules are cast to this type: nothing else compares arguments and numbers of values."""
    stated = list(inspect.signature(getattr(Kernels, name)).parameters)[1:]
    assert list(inspect.signature(getattr(module, name)).parameters) == stated
    returned = inspect.signature(getattr(Kernels, name)).return_annotation
    generated = inspect.signature(getattr(module, name)).return_annotation
    assert generated.count(",") == returned.count(","), (returned, generated)
