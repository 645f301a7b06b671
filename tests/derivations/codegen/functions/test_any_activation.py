from derivations.activations import ACTIVATIONS
from derivations.codegen.functions import any_activation


def test_each_activation_has_its_functions():
    names = {function.name for function in any_activation.FLOAT64}
    balls = {function.name for function in any_activation.BALLS}
    for name, activation in ACTIVATIONS.items():
        assert {f"{name}_shape", f"{name}_ends"} <= names
        for index, piece in enumerate(activation.pieces):
            assert (f"{name}_{index}" in names) == (piece.expression != 0)
            assert {f"{name}_{index}", f"{name}_{index}_slope"} <= balls


def test_sources_are_derivations():
    for function in (*any_activation.FLOAT64, *any_activation.BALLS):
        assert function.source.startswith("derivations.")
        assert "<locals>" not in function.source


def test_the_catalogue_has_numbers_and_names_alone():
    table = any_activation.catalogue()
    assert eval(repr(table)) == table
    assert table["leaky_relu"]["parameters"] == {"slope": 0.01}
    assert table["hard_shrink"]["jumps"]
    assert table["elu"]["saturates"] == (True, False)
