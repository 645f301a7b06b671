"""Any activation: its pieces, its Gaussian means, and what scale and shift make of them.

An entry of :data:`derivations.activations.ACTIVATIONS` is all that a new activation needs.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, Symbol

from derivations import (
    correlation,
    distance,
    dropout,
    forms,
    gaussian_rule,
    propagation,
    transformed,
)
from derivations.activations import ACTIVATIONS
from derivations.codegen.target import GeneratedFunction, GeneratedTable
from derivations.formula import Steps
from derivations.gaussian_rule import c, high, low, u, width
from derivations.pieces import Activation
from derivations.pieces import distance as distance_to
from derivations.symbols import S, m, mu, nu, q, tau, v, z
from derivations.symbols import c as c_of_pairs
from derivations.transformed import M1, R1, R2, S1, S2, Q, V, a, sign

Formulas = Expr | tuple[Expr, ...] | Steps

ANALYTIC = Symbol("analytic")
"""Whether a function must be analytic on its argument."""

RULE = (
    GeneratedFunction(gaussian_rule.limits, (m, v, low, high), "the ends of a piece"),
    GeneratedFunction(gaussian_rule.inner, (v,), "how far curved panels reach"),
    GeneratedFunction(gaussian_rule.curve_factor, (v, width), "the c of z = c sinh(w)"),
    GeneratedFunction(gaussian_rule.flat_node, (u, low, high), "(z, dz/du)"),
    GeneratedFunction(gaussian_rule.curved_node, (u, low, high, c), "(z, dz/du)"),
    GeneratedFunction(gaussian_rule.weight, (z, m, v), "the density at z"),
    GeneratedFunction(
        gaussian_rule.needs_flat_panel, (gaussian_rule.s, width), "where panels are flat"
    ),
    GeneratedFunction(gaussian_rule.flat_rule, (), "nodes between 0 and 1, weights"),
    GeneratedFunction(gaussian_rule.curved_rule, (), "nodes between 0 and 1, weights"),
    GeneratedFunction(gaussian_rule.double_exponential_node, (gaussian_rule.t,), "(x, dx/dt)"),
    GeneratedFunction(
        correlation.conditional_variance, (c_of_pairs, v), "the variance of z2 given z1"
    ),
)
"""The rule that integrates over a net input."""

TRANSFORMED = (
    GeneratedFunction(
        transformed.moments,
        (M1, V, a, transformed.b),
        "(mean, variance) of a f(z) + b",
        "transformed_moments",
    ),
    GeneratedFunction(
        transformed.least_second_moment,
        (V, S2, tau),
        "the smallest second moment that can be balanced",
    ),
    GeneratedFunction(transformed.scale_and_shift, (M1, V, mu, nu), "(a, b)"),
    GeneratedFunction(
        transformed.gradient_gain, (a, S2, tau), "chi = tau a^2 S2", "transformed_gain"
    ),
    GeneratedFunction(
        transformed.balance, (M1, V, S2, S, tau, sign), "(a, b, mean, variance) of chi = 1"
    ),
    GeneratedFunction(transformed.balance_gap, (V, S2, S, tau), "the square of the mean"),
    GeneratedFunction(transformed.second_moment_slope, (R1, R2, a, mu, tau, v), "rho"),
    GeneratedFunction(
        transformed.escape_slope,
        (a, tau, *transformed.END_SLOPES),
        "the limit of E y^2/q for large q",
    ),
    GeneratedFunction(
        transformed.moment_derivatives,
        (S1, R1, R2, Q, a, v),
        "the derivatives of the mean in m and v, then of the variance",
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
    GeneratedFunction(
        dropout.layer_means_after,
        (
            *propagation.FIRST_FOUR,
            propagation.rho,
            propagation.mean_slope,
            propagation.kappa,
            propagation.mean_slope_square,
            propagation.square_slope,
            dropout.s,
            q,
            dropout.a,
            dropout.b,
        ),
        "the same nine after dropout",
        "layer_means_after_dropout",
    ),
    GeneratedFunction(
        dropout.pair_distance_after,
        (distance.M, mu, nu, dropout.s, q, dropout.a, dropout.b),
        "E[(y1 - y2)^2]/2 of a pair after dropout",
        "pair_distance_after_dropout",
    ),
)
"""Scale, shift and balance, and what dropout does to any fixed point."""


def of(derivation: Callable[..., Formulas], *arguments: object) -> Callable[[], Formulas]:
    """Return a derivation of given arguments, under its own name."""

    def formulas() -> Formulas:
        return derivation(*arguments)

    formulas.__module__, formulas.__qualname__ = derivation.__module__, derivation.__qualname__
    return formulas


def functions_of_arrays(activation: Activation) -> list[GeneratedFunction]:
    """Return an activation's pieces and limits, and its means where they are closed forms."""
    name, parameters = activation.name, tuple(activation.parameters)
    functions = [
        GeneratedFunction(
            of(forms.of_piece, activation, index),
            (z, *parameters),
            f"(f, f') of {name} for {piece.low} < z < {piece.high}",
            f"{name}_{index}",
        )
        for index, piece in enumerate(activation.pieces)
        if piece.expression != 0
    ]
    functions += [
        GeneratedFunction(
            of(forms.shape, activation), parameters, "(width, *kinks, *jumps)", f"{name}_shape"
        ),
        GeneratedFunction(
            of(forms.ends, activation),
            parameters,
            "the limits of f(z) at both ends, then of f(z)/z; NaN where there is none",
            f"{name}_ends",
        ),
    ]
    for side, end in ((forms.LOW, "low"), (forms.HIGH, "high")):
        if forms.saturates(activation, side):
            functions += [
                GeneratedFunction(
                    of(forms.from_limit, activation, index, side),
                    (z, *parameters),
                    "(f less its limit on that side, f')",
                    f"{name}_{index}_{end}",
                )
                for index in range(len(activation.pieces))
            ]
    if name in forms.POSITIVE:
        functions += [
            GeneratedFunction(
                of(forms.in_positive_terms, name),
                (m, v),
                "(M1, M2, Var f, S1, S2)",
                f"{name}_means",
            ),
            GeneratedFunction(
                of(forms.spread_slopes, name), (m, v), "(R1, R2, Q)", f"{name}_slopes"
            ),
        ]
    return functions


def functions_of_balls(activation: Activation) -> list[GeneratedFunction]:
    """Return what encloses the means of an activation."""
    name, parameters = activation.name, tuple(activation.parameters)
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
            ("_bend", "f''", forms.bend_of_piece_exactly),
        )
        if suffix != "_bend" or not activation.kinks  # pieces have it by their terms
    ]
    if activation.kinks:
        functions += [
            GeneratedFunction(
                of(forms.terms, activation, index),
                (*parameters, ANALYTIC),
                f"terms of {name} for {piece.low} < z < {piece.high}",
                f"{name}_{index}_terms",
            )
            for index, piece in enumerate(activation.pieces)
            if forms.terms(activation, index)
        ]
    functions.append(
        GeneratedFunction(
            of(forms.bounds, activation),
            (distance_to, *parameters),
            "what abs(f), abs(f') and abs(f'') are at most, for r = abs(z)",
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
                of(forms.parameters, activation),
                (ANALYTIC,),
                "the defaults",
                f"{name}_parameters",
            )
        )
    return functions


FLOAT64 = tuple(f for activation in ACTIVATIONS.values() for f in functions_of_arrays(activation))
"""Each activation, in forms that are stable in float64."""

BALLS = tuple(f for activation in ACTIVATIONS.values() for f in functions_of_balls(activation))
"""Each activation, as it is defined."""


def aliases(activation: Activation) -> tuple[str, ...]:
    """Return the other names of an activation, those of libraries among them."""
    names = (activation.keras, activation.torch, activation.jax, *activation.aliases)
    return tuple(dict.fromkeys(n for n in names if n and n != activation.name))


def zero_pieces(activation: Activation) -> tuple[bool, ...]:
    """Return which pieces are 0."""
    return tuple(piece.expression == 0 for piece in activation.pieces)


def polynomial_pieces(activation: Activation) -> tuple[bool, ...]:
    """Return which pieces are polynomials."""
    return tuple(bool(piece.expression.is_polynomial(z)) for piece in activation.pieces)


def saturated_sides(activation: Activation) -> tuple[bool, ...]:
    """Return whether it saturates at minus and at plus infinity."""
    return tuple(forms.saturates(activation, side) for side in (forms.LOW, forms.HIGH))


def defaults(activation: Activation) -> dict[str, float]:
    """Return the parameters' names and defaults."""
    return {str(symbol): float(value) for symbol, value in activation.parameters.items()}


def table(
    name: str, kind: str, meaning: str, entry: Callable[[Activation], object]
) -> GeneratedTable:
    """Return a table with an entry for each activation."""
    entries = {activation.name: entry(activation) for activation in ACTIVATIONS.values()}
    return GeneratedTable(name, f"dict[str, {kind}]", entries, meaning)


TABLES = (
    table("ALIASES", "tuple[str, ...]", "Each activation's other names.", aliases),
    table("PARAMETERS", "dict[str, float]", "Its parameters and their defaults.", defaults),
    table("ZERO", "tuple[bool, ...]", "Which of its pieces are 0.", zero_pieces),
    table(
        "POLYNOMIAL", "tuple[bool, ...]", "Which of its pieces are polynomials.", polynomial_pieces
    ),
    table("JUMPS", "bool", "Whether it jumps.", lambda activation: not activation.is_continuous),
    table(
        "SATURATES",
        "tuple[bool, bool]",
        "Whether it tends to a number other than 0 at minus and at plus infinity.",
        saturated_sides,
    ),
    table(
        "CLOSED",
        "bool",
        "Whether its means are computed by closed forms.",
        lambda activation: activation.name in forms.POSITIVE,
    ),
)
"""What code needs to know of each activation besides formulas."""
