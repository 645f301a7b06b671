"""Helpers of the tests of derivations."""

from sympy import exp, expand, powsimp, simplify


def is_zero(expression) -> bool:
    """Return whether an expression in exponentials is zero, whatever its symbols are."""
    collected = powsimp(expand(expression)).replace(exp, lambda x: exp(simplify(x)))
    return simplify(collected) == 0
