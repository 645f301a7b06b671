"""Formulas made ready for code: shared subexpressions get names, and constants become doubles."""

from __future__ import annotations

from sympy import Expr, Float, Symbol, cse

from derivations.formula import Steps


def shared(steps: Steps) -> tuple[list[tuple[Symbol, Expr]], tuple[Expr, ...]]:
    """Return assignments and results in which every common subexpression is computed once.

    Each assignment stands before those that use it.
    """
    named = [symbol for symbol, _ in steps.assignments]
    found, expressions = cse([*(e for _, e in steps.assignments), *steps.results])
    values = dict([*found, *zip(named, expressions, strict=False)])
    ordered: dict[Symbol, Expr] = {}

    def add(symbol: Symbol) -> None:
        for needed in sorted(values[symbol].free_symbols & values.keys(), key=str):
            if needed not in ordered:
                add(needed)
        ordered.setdefault(symbol, values[symbol])

    for symbol in [*named, *(x for x, _ in found)]:
        add(symbol)
    return list(ordered.items()), tuple(expressions[len(named) :])


def with_float_constants(steps: Steps) -> Steps:
    """Replace every irrational constant and constant factor by the nearest float64."""

    def fold(expression: Expr) -> Expr:
        expression = expression.replace(lambda e: e.is_Mul, fold_factor)
        return expression.replace(is_irrational, rounded)

    def fold_factor(product: Expr) -> Expr:
        constant, rest = product.as_independent(*product.free_symbols, as_Add=False)
        return rounded(constant) * rest if is_irrational(constant) else product

    def is_irrational(expression: Expr) -> bool:
        return expression.is_number and not expression.is_Rational and not expression.is_Float

    def rounded(constant: Expr) -> Float:
        return Float(float(constant.evalf(30)))

    return Steps(
        tuple((symbol, fold(expression)) for symbol, expression in steps.assignments),
        tuple(fold(expression) for expression in steps.results),
    )
