from derivations.codegen.functions import fixed_points
from tests.derivations.codegen.functions.lists import require_sound


def test_formulas_use_their_arguments_only():
    require_sound(fixed_points.FLOAT64)


def test_the_algebra_is_the_same_for_every_target():
    names = {function.name for function in fixed_points.ALGEBRA}
    assert {"net_input", "net_input_iid", "existence_gap", "fixed_point"} < names
    assert set(fixed_points.ALGEBRA) < set(fixed_points.FLOAT64)
