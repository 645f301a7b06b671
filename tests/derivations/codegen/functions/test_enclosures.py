from derivations.codegen.functions import enclosures, signals
from tests.derivations.codegen.functions.lists import require_sound


def test_formulas_use_their_arguments_only():
    require_sound((*enclosures.MOMENTS, *enclosures.LAYER_MAP))


def test_the_layer_map_has_the_name_that_it_has_in_float64():
    names = {function.name for function in enclosures.LAYER_MAP}
    assert {"layer_map", "layer_derivatives"} <= names & {f.name for f in signals.FLOAT64}
