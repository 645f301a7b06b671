from derivations.codegen.functions import kernels
from tests.derivations.codegen.functions.lists import require_sound


def test_formulas_use_their_arguments_only():
    require_sound((*kernels.RULES, *kernels.CLOSED))
