from derivations.activations import ACTIVATIONS
from derivations.codegen.functions import activations
from derivations.pieces import Activation, rectified
from derivations.symbols import z
from tests.derivations.codegen.functions.lists import require_sound


def test_formulas_use_their_arguments_only():
    require_sound((*activations.RULE, *activations.TRANSFORMED))
    require_sound((*activations.FLOAT64, *activations.BALLS))


def test_an_entry_is_all_that_a_new_activation_needs():
    mine = Activation("mine", rectified(-z / 2, z), "the tests")
    names = [function.name for function in activations.functions_of_arrays(mine)]
    assert names == ["mine_0", "mine_1", "mine_shape", "mine_ends"]
    names = [function.name for function in activations.functions_of_balls(mine)]
    assert names == [
        "mine_0",
        "mine_0_slope",
        "mine_1",
        "mine_1_slope",
        "mine_0_terms",
        "mine_1_terms",
        "mine_bounds",
        "mine_borders",
    ]


def test_tables_have_an_entry_for_each():
    for table in activations.TABLES:
        assert [*table.entries] == [*ACTIVATIONS]


def test_a_derivation_keeps_its_name():
    made = activations.of(activations.aliases, ACTIVATIONS["silu"])
    assert made.__qualname__ == "aliases"
    assert made() == ("SiLU", "swish")
