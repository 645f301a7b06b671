from derivations.codegen.functions import activation
from derivations.codegen.target import GeneratedFunction
from tests.derivations.codegen.functions.lists import require_sound

FUNCTIONS = [f for f in vars(activation).values() if isinstance(f, GeneratedFunction)]


def test_formulas_use_their_arguments_only():
    assert len(FUNCTIONS) == 9
    require_sound(FUNCTIONS)
