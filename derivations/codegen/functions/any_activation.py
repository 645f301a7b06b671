"""Any activation: what is generated for float64, and for balls.

An entry of :data:`derivations.activations.ACTIVATIONS` is all that a new activation needs.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, Symbol

from derivations import dropout, forms, gaussian_rule, transformed
from derivations.activations import ACTIVATIONS
from derivations.codegen.target import GeneratedFunction
from derivations.formula import Steps
from derivations.gaussian_rule import c, high, low, u, width
from derivations.pieces import Activation, distance
from derivations.symbols import S, m, mu, nu, q, tau, v, z
from derivations.transformed import M1, R1, R2, S1, S2, Q, V, a, sign


def of(
    derivation: Callable[..., Expr | tuple[Expr, ...] | Steps], *arguments: object
) -> Callable[[], Expr | tuple[Expr, ...] | Steps]:
    """Return a derivation of given arguments, under its own name."""

    def formulas() -> Expr | tuple[Expr, ...] | Steps:
        return derivation(*arguments)

    formulas.__module__, formulas.__qualname__ = derivation.__module__, derivation.__qualname__
    return formulas


def piece_functions(
    activation: Activation, derivation: Callable[[Activation, int], tuple[Expr, Expr]]
) -> list[GeneratedFunction]:
    """Return the functions of an activation's pieces."""
    return [
        GeneratedFunction(
            of(derivation, activation, index),
            (z, *activation.parameters),
            f"(f, f') of {activation.name} for {piece.low} < z < {piece.high}",
            f"{activation.name}_{index}",
        )
        for index, piece in enumerate(activation.pieces)
        if piece.expression != 0
    ]


def property_functions(activation: Activation) -> list[GeneratedFunction]:
    """Return the functions of its parameters alone, and its means where they are closed forms."""
    parameters = tuple(activation.parameters)
    functions = [
        GeneratedFunction(
            of(forms.shape, activation),
            parameters,
            "(width, *kinks, *jumps)",
            f"{activation.name}_shape",
        ),
        GeneratedFunction(
            of(forms.ends, activation),
            parameters,
            "the limits of f(z) at both ends, then of f(z)/z; NaN where there is none",
            f"{activation.name}_ends",
        ),
    ]
    for side, name in ((forms.LOW, "low"), (forms.HIGH, "high")):
        if forms.saturates(activation, side):
            functions += [
                GeneratedFunction(
                    of(forms.from_limit, activation, index, side),
                    (z, *parameters),
                    "(f less its limit on that side, f')",
                    f"{activation.name}_{index}_{name}",
                )
                for index in range(len(activation.pieces))
            ]
    if activation.name in forms.POSITIVE:
        functions += [
            GeneratedFunction(
                of(forms.in_positive_terms, activation.name),
                (m, v),
                "(M1, M2, Var f, S1, S2)",
                f"{activation.name}_means",
            ),
            GeneratedFunction(
                of(forms.spread_slopes, activation.name),
                (m, v),
                "(R1, R2, Q)",
                f"{activation.name}_slopes",
            ),
        ]
    return functions


RULE = (
    GeneratedFunction(gaussian_rule.limits, (m, v, low, high), "the ends of a piece", "limits"),
    GeneratedFunction(gaussian_rule.inner, (v,), "how far curved panels reach", "inner"),
    GeneratedFunction(
        gaussian_rule.curve_factor, (v, width), "the c of z = c sinh(w)", "curve_factor"
    ),
    GeneratedFunction(gaussian_rule.flat_node, (u, low, high), "(z, dz/du)", "flat_node"),
    GeneratedFunction(gaussian_rule.curved_node, (u, low, high, c), "(z, dz/du)", "curved_node"),
    GeneratedFunction(gaussian_rule.weight, (z, m, v), "the density at z", "weight"),
    GeneratedFunction(
        gaussian_rule.narrow, (gaussian_rule.s, width), "where panels are flat", "narrow"
    ),
    GeneratedFunction(gaussian_rule.flat_rule, (), "nodes between 0 and 1, weights", "flat_rule"),
    GeneratedFunction(
        gaussian_rule.curved_rule, (), "nodes between 0 and 1, weights", "curved_rule"
    ),
)
"""The rule that integrates them."""

TRANSFORMED = (
    GeneratedFunction(transformed.scale_and_shift, (M1, V, mu, nu), "(a, b)", "scale_and_shift"),
    GeneratedFunction(
        transformed.gradient_gain, (a, S2, tau), "chi = tau a^2 S2", "transformed_gain"
    ),
    GeneratedFunction(
        transformed.balance,
        (M1, V, S2, S, tau, sign),
        "(a, b, mean, variance) of chi = 1",
        "balance",
    ),
    GeneratedFunction(
        transformed.balance_gap, (V, S2, S, tau), "the square of the mean", "balance_gap"
    ),
    GeneratedFunction(
        transformed.second_moment_slope, (R1, R2, a, mu, tau, v), "rho", "second_moment_slope"
    ),
    GeneratedFunction(
        transformed.escape_slope,
        (a, tau, *transformed.END_SLOPES),
        "the limit of E y^2/q for large q",
        "escape_slope",
    ),
    GeneratedFunction(
        transformed.moment_derivatives,
        (S1, R1, R2, Q, a, v),
        "the derivatives of the mean by m and v, then of the variance",
        "moment_derivatives",
    ),
    GeneratedFunction(
        dropout.moments_after,
        (mu, nu, dropout.s, q, dropout.a, dropout.b),
        "(mean, variance) after dropout",
        "moments_after_dropout",
    ),
    GeneratedFunction(
        dropout.gain_after,
        (q, dropout.a),
        "what dropout multiplies gradients' second moment by",
        "gain_after_dropout",
    ),
)
"""Scale, shift and balance, and what dropout does to any fixed point."""


ANALYTIC = Symbol("analytic")
"""Whether a function must be analytic on its argument."""


def ball_functions(activation: Activation) -> list[GeneratedFunction]:
    """Return what encloses the means of an activation."""
    parameters = tuple(activation.parameters)
    name = activation.name
    functions = [
        GeneratedFunction(
            of(derivation, activation, index),
            (z, *parameters, ANALYTIC),
            f"{symbol} of {name} for {piece.low} < z < {piece.high}",
            f"{name}_{index}{suffix}",
        )
        for index, piece in enumerate(activation.pieces)
        for suffix, symbol, derivation in (
            ("", "f", forms.of_piece_exactly),
            ("_slope", "f'", forms.slope_of_piece_exactly),
        )
    ]
    functions.append(
        GeneratedFunction(
            of(forms.bounds, activation),
            (distance, *parameters),
            "what abs(f) and abs(f') are at most, for r = abs(z)",
            f"{name}_bounds",
        )
    )
    if activation.kinks:
        functions.append(
            GeneratedFunction(
                of(forms.borders, activation), parameters, "(*kinks, *jumps)", f"{name}_borders"
            )
        )
    if parameters:
        functions.append(
            GeneratedFunction(
                of(forms.parameters, activation), (ANALYTIC,), "the defaults", f"{name}_parameters"
            )
        )
    return functions


def catalogue() -> dict[str, dict[str, object]]:
    """Return what code needs to know of each activation: no formulas, but names and kinds."""
    return {
        activation.name: {
            "aliases": aliases(activation),
            "parameters": {
                str(symbol): float(default) for symbol, default in activation.parameters.items()
            },
            "zero": tuple(piece.expression == 0 for piece in activation.pieces),
            "polynomial": tuple(
                bool(piece.expression.is_polynomial(z)) for piece in activation.pieces
            ),
            "jumps": not activation.is_continuous,
            "saturates": tuple(
                forms.saturates(activation, side) for side in (forms.LOW, forms.HIGH)
            ),
            "closed": activation.name in forms.POSITIVE,
        }
        for activation in ACTIVATIONS.values()
    }


def aliases(activation: Activation) -> tuple[str, ...]:
    """Return the other names of an activation, those of libraries among them."""
    names = (activation.keras, activation.torch, activation.jax, *activation.aliases)
    return tuple(dict.fromkeys(n for n in names if n and n != activation.name))


FLOAT64 = (
    *RULE,
    *TRANSFORMED,
    *(
        function
        for activation in ACTIVATIONS.values()
        for function in (
            *piece_functions(activation, forms.of_piece),
            *property_functions(activation),
        )
    ),
)
"""The rule, and the activations that it integrates, for arrays."""

BALLS = tuple(
    function for activation in ACTIVATIONS.values() for function in ball_functions(activation)
)
"""Activations as they are defined, in complex balls."""
