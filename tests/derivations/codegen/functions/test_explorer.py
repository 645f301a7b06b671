from math import isclose

from derivations.codegen.functions import explorer
from derivations.correlation import ANGLE_NODES
from tests.derivations.codegen.functions.lists import require_sound


def test_formulas_use_their_arguments_only():
    require_sound(explorer.FUNCTIONS)


def test_the_rule_integrates_powers():
    (rule,) = (f for f in explorer.FUNCTIONS if f.name == "angle_rule")
    numbers = [float(result) for result in rule.steps().results]
    nodes, weights = numbers[:ANGLE_NODES], numbers[ANGLE_NODES:]
    for power in (0, 1, 7, 95):
        integral = sum(w * x**power for x, w in zip(nodes, weights, strict=True))
        assert isclose(integral, 1 / (power + 1), rel_tol=1e-14)
