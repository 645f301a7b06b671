from derivations.codegen.functions import quadrature
from tests.derivations.codegen.functions.lists import require_sound


def test_formulas_use_their_arguments_only():
    require_sound(quadrature.PARAMETERS_BY_QUADRATURE)
