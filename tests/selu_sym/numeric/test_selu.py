import dataclasses
import inspect

import pytest

from selu_sym import SeluParameters, selu_parameters
from selu_sym._numeric import layer_map, sensitivity, signals
from selu_sym._numeric.selu import SeluAtMoments

P = selu_parameters(-0.1, 2.0, weights="iid")


def test_parameters_are_a_selu_at_its_fixed_point():
    assert isinstance(P, SeluAtMoments)
    names = [field.name for field in dataclasses.fields(SeluAtMoments)]
    assert names == [field.name for field in dataclasses.fields(SeluParameters)]
    assert list(inspect.signature(SeluParameters).parameters) == names


def test_what_computes_with_parameters_needs_no_more_of_them():
    plain = SeluAtMoments(**vars(P))
    assert layer_map.new_moments(plain) == layer_map.new_moments(P)
    assert layer_map.jacobian_entries(plain) == layer_map.jacobian_entries(P)
    assert sensitivity.condition_numbers(plain) == P.condition_numbers()
    assert signals.gradient_gain(plain) == signals.gradient_gain(P)


def test_it_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        SeluAtMoments(**vars(P)).alpha = 1.0
