"""What is generated of the catalogue of activations: code for float64, and for balls.

An entry of :data:`derivations.activations.ACTIVATIONS` is all that a new activation needs.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, Symbol

from derivations import dropout, forms, gaussian_rule, transformed
from derivations.activations import ACTIVATIONS
from derivations.codegen import printers
from derivations.codegen.targets import GeneratedFunction, Target
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
            f"{activation.name}_{index}",
            (z, *activation.parameters),
            of(derivation, activation, index),
            f"(f, f') of {activation.name} for {piece.low} < z < {piece.high}",
        )
        for index, piece in enumerate(activation.pieces)
        if piece.expression != 0
    ]


def property_functions(activation: Activation) -> list[GeneratedFunction]:
    """Return the functions of its parameters alone, and its means where they are closed forms."""
    parameters = tuple(activation.parameters)
    functions = [
        GeneratedFunction(
            f"{activation.name}_shape",
            parameters,
            of(forms.shape, activation),
            "(width, *kinks, *jumps)",
        ),
        GeneratedFunction(
            f"{activation.name}_ends",
            parameters,
            of(forms.ends, activation),
            "the limits of f(z) at both ends, then of f(z)/z; NaN where there is none",
        ),
    ]
    for side, name in ((forms.LOW, "low"), (forms.HIGH, "high")):
        if forms.saturates(activation, side):
            functions += [
                GeneratedFunction(
                    f"{activation.name}_{index}_{name}",
                    (z, *parameters),
                    of(forms.from_limit, activation, index, side),
                    "(f less its limit on that side, f')",
                )
                for index in range(len(activation.pieces))
            ]
    if activation.name in forms.POSITIVE:
        functions += [
            GeneratedFunction(
                f"{activation.name}_means",
                (m, v),
                of(forms.in_positive_terms, activation.name),
                "(M1, M2, Var f, S1, S2)",
            ),
            GeneratedFunction(
                f"{activation.name}_slopes",
                (m, v),
                of(forms.spread_slopes, activation.name),
                "(R1, R2, Q)",
            ),
        ]
    return functions


RULE = (
    GeneratedFunction("limits", (m, v, low, high), gaussian_rule.limits, "the ends of a piece"),
    GeneratedFunction("inner", (v,), gaussian_rule.inner, "how far curved panels reach"),
    GeneratedFunction(
        "curve_factor", (v, width), gaussian_rule.curve_factor, "the c of z = c sinh(w)"
    ),
    GeneratedFunction("flat_node", (u, low, high), gaussian_rule.flat_node, "(z, dz/du)"),
    GeneratedFunction("curved_node", (u, low, high, c), gaussian_rule.curved_node, "(z, dz/du)"),
    GeneratedFunction("weight", (z, m, v), gaussian_rule.weight, "the density at z"),
    GeneratedFunction(
        "narrow", (gaussian_rule.s, width), gaussian_rule.narrow, "where panels are flat"
    ),
    GeneratedFunction("flat_rule", (), gaussian_rule.flat_rule, "nodes between 0 and 1, weights"),
    GeneratedFunction(
        "curved_rule", (), gaussian_rule.curved_rule, "nodes between 0 and 1, weights"
    ),
)
"""The rule that integrates them."""

TRANSFORMED = (
    GeneratedFunction(
        "scale_and_shift",
        (M1, V, mu, nu),
        transformed.scale_and_shift,
        "(a, b)",
    ),
    GeneratedFunction(
        "transformed_gain", (a, S2, tau), transformed.gradient_gain, "chi = tau a^2 S2"
    ),
    GeneratedFunction(
        "balance",
        (M1, V, S2, S, tau, sign),
        transformed.balance,
        "(a, b, mean, variance) of chi = 1",
    ),
    GeneratedFunction(
        "balance_gap", (V, S2, S, tau), transformed.balance_gap, "the square of the mean"
    ),
    GeneratedFunction(
        "second_moment_slope",
        (R1, R2, a, mu, tau, v),
        transformed.second_moment_slope,
        "rho",
    ),
    GeneratedFunction(
        "escape_slope",
        (a, tau, *transformed.END_SLOPES),
        transformed.escape_slope,
        "the limit of E y^2/q for large q",
    ),
    GeneratedFunction(
        "moment_derivatives",
        (S1, R1, R2, Q, a, v),
        transformed.moment_derivatives,
        "the derivatives of the mean by m and v, then of the variance",
    ),
    GeneratedFunction(
        "moments_after_dropout",
        (mu, nu, dropout.s, q, dropout.a, dropout.b),
        dropout.moments_after,
        "(mean, variance) after dropout",
    ),
    GeneratedFunction(
        "gain_after_dropout",
        (q, dropout.a),
        dropout.gain_after,
        "what dropout multiplies gradients' second moment by",
    ),
)
"""Scale, shift and balance, and what dropout does to any fixed point."""


def catalogue() -> dict[str, object]:
    """Return what code needs to know of each activation: no formulas, but names and kinds."""
    return {
        "CATALOGUE": {
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
    }


def aliases(activation: Activation) -> tuple[str, ...]:
    """Return the other names of an activation, those of libraries among them."""
    names = (activation.keras, activation.torch, activation.jax, *activation.aliases)
    return tuple(dict.fromkeys(n for n in names if n and n != activation.name))


class Activations(Target):
    """float64 arrays of net inputs."""

    module = "activation_kernels"
    summary = "Activations, and the rule that integrates them, as NumPy and SciPy code."
    imports = ("numpy", "scipy.special")
    printer = staticmethod(printers.activation_printer)
    functions = (
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
    fold_constants = True
    constants = staticmethod(catalogue)


ANALYTIC = Symbol("analytic")
"""Whether a function must be analytic on its argument."""


def ball_functions(activation: Activation) -> list[GeneratedFunction]:
    """Return what encloses the means of an activation."""
    parameters = tuple(activation.parameters)
    name = activation.name
    functions = [
        GeneratedFunction(
            f"{name}_{index}{suffix}",
            (z, *parameters, ANALYTIC),
            of(derivation, activation, index),
            f"{symbol} of {name} for {piece.low} < z < {piece.high}",
        )
        for index, piece in enumerate(activation.pieces)
        for suffix, symbol, derivation in (
            ("", "f", forms.of_piece_exactly),
            ("_slope", "f'", forms.slope_of_piece_exactly),
        )
    ]
    functions.append(
        GeneratedFunction(
            f"{name}_bounds",
            (distance, *parameters),
            of(forms.bounds, activation),
            "what abs(f) and abs(f') are at most, for r = abs(z)",
        )
    )
    if activation.kinks:
        functions.append(
            GeneratedFunction(
                f"{name}_borders", parameters, of(forms.borders, activation), "(*kinks, *jumps)"
            )
        )
    if parameters:
        functions.append(
            GeneratedFunction(
                f"{name}_parameters", (ANALYTIC,), of(forms.parameters, activation), "the defaults"
            )
        )
    return functions


class ActivationBalls(Target):
    """Integrands in complex balls."""

    module = "activation_balls"
    summary = "Activations in complex ball arithmetic with python-flint, as they are defined."
    imports = ("flint",)
    printer = staticmethod(printers.complex_ball_printer)
    functions = tuple(
        function for activation in ACTIVATIONS.values() for function in ball_functions(activation)
    )


TARGETS: tuple[type[Target], ...] = (Activations, ActivationBalls)
