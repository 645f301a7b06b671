from derivations.codegen.functions import signals
from tests.derivations.codegen.functions.lists import require_sound


def test_formulas_use_their_arguments_only():
    require_sound((*signals.FLOAT64, *signals.PAIRS, *signals.NORMS))
