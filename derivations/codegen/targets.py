"""What is generated: the functions of each target.

To add a target, subclass :class:`Target`, give it a printer (in
:mod:`derivations.codegen.printers` if SymPy has none that fits) and its functions, and
add it to :data:`TARGETS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from sympy import Expr, Symbol
from sympy.printing.codeprinter import CodePrinter

from derivations import (
    activation,
    complement,
    correlation,
    distance,
    dropout,
    fixed_point,
    moments,
    propagation,
    quadrature,
    sensitivity,
    stability,
    stable,
)
from derivations.codegen import printers
from derivations.formula import Steps
from derivations.symbols import (
    A,
    B,
    C,
    D,
    alpha,
    beta,
    c,
    lamda,
    m,
    mu,
    n,
    nu,
    omega,
    q,
    tau,
    v,
    z,
)

MOMENTS = (A, B, C, D, stable.A_minor, stable.C_minor, stable.V)

TAILS = (sensitivity.P, sensitivity.T1, sensitivity.T2, sensitivity.p0)

PARTS = (
    A,
    B,
    D,
    sensitivity.P,
    stability.T0,
    sensitivity.T1,
    sensitivity.T2,
    stability.G,
    sensitivity.p0,
)
"""What the layer map is computed from where each is a ball."""


@dataclass(frozen=True)
class GeneratedFunction:
    """One function to write: a name, its arguments, and the formulas that it returns."""

    name: str
    arguments: tuple[Symbol, ...]
    formulas: Callable[[], Expr | tuple[Expr, ...] | Steps]
    returns: str
    """What is returned, for the docstring."""

    @property
    def source(self) -> str:
        """Where the formulas are derived."""
        return f"{self.formulas.__module__}.{self.formulas.__qualname__}"

    def steps(self) -> Steps:
        """Evaluate the formulas, in terms of the arguments."""
        value = self.formulas()
        if not isinstance(value, Steps):
            results = value if isinstance(value, tuple) else (value,)
            value = Steps((), results)
        return value


class Target:
    """A module to generate."""

    module: ClassVar[str]
    """Name of the module in ``selu_sym/_generated``, in JavaScript in ``docs/explorer``."""

    language: ClassVar[str] = "Python"
    """What the module is written in, "Python" or "JavaScript"."""

    summary: ClassVar[str]
    """First line of its docstring."""

    imports: ClassVar[tuple[str, ...]]
    """Modules that the generated code imports; in JavaScript, each exports one function."""

    printer: ClassVar[Callable[[], CodePrinter]]
    """Makes the printer that writes an expression in the target's words."""

    functions: ClassVar[tuple[GeneratedFunction, ...]]

    fold_constants: ClassVar[bool] = False
    """Whether constants like sqrt(2/pi) become the nearest float64."""


def half_line_moments() -> tuple[Expr, ...]:
    """Return (A, B, C, D) in closed form."""
    return tuple(moment.doit() for moment in moments.HALF_LINE_MOMENTS.values())


DROPOUT_AFFINE = GeneratedFunction(
    "dropout_affine", (mu, nu, dropout.s, q), dropout.affine, "(a, b)"
)

DROPOUT_AFFINE_AROUND = GeneratedFunction(
    "dropout_affine_around",
    (mu, nu, dropout.d, q),
    dropout.affine_around,
    "(a, b) for dropped units that become d",
)

ALGEBRA = (
    GeneratedFunction("net_input", (mu, nu, omega, tau), moments.net_input, "(m, v)"),
    GeneratedFunction("net_input_iid", (mu, nu, tau, beta), moments.net_input_iid, "(m, v)"),
    GeneratedFunction(
        "existence_gap",
        (*MOMENTS, m, v, mu, nu),
        fixed_point.existence_gap,
        "G, positive exactly where a solution exists",
    ),
    GeneratedFunction(
        "fixed_point",
        (A, B, C, D, fixed_point.G, mu, nu),
        fixed_point.stable_parameters,
        "(alpha, lamda)",
    ),
    DROPOUT_AFFINE,
    GeneratedFunction(
        "gradient_gain",
        (sensitivity.P, sensitivity.T2, alpha, lamda, tau),
        propagation.gradient_gain,
        "chi = tau E[selu'(z)^2]",
    ),
    GeneratedFunction(
        "high_moments",
        (propagation.H3, propagation.H4, alpha, lamda, v),
        propagation.high_moments,
        "(E[selu(z)^3], E[selu(z)^4]) for m = 0",
    ),
)
"""The functions that need nothing but arithmetic, the same for every target."""

REMAINING_MOMENTS = GeneratedFunction(
    "remaining_moments",
    (m, v, stable.A_minor, B, stable.C_minor, D, stable.V),
    stable.remaining_moments,
    "(A, C, V)",
)

DERIVATIVES = GeneratedFunction(
    "derivatives",
    (A, B, C, D, *TAILS, alpha, lamda, m, v, mu, nu),
    sensitivity.derivatives,
    "the derivatives of alpha, then those of lamda, by m, v, mu and nu",
)


LINEAR_COMPLEMENT = (
    *(A, stable.A_minor, B, D),
    *(sensitivity.P, stability.T0, *TAILS[1:]),
    *(fixed_point.x, fixed_point.y, m, v, mu, nu, omega, tau),
)
"""What I - J is computed from for weights with given sums."""

IID_COMPLEMENT = GeneratedFunction(
    "iid_complement",
    (A, *TAILS, fixed_point.x, fixed_point.y, mu, tau),
    complement.iid_complement,
    "I - J at a fixed point, by rows",
)

FLOAT64 = (
    *ALGEBRA,
    GeneratedFunction(
        "moment_forms",
        (m, v),
        stable.moment_forms,
        "where to use (minor_moments_by_fraction, moments_below_by_series or _fraction)",
    ),
    GeneratedFunction(
        "gap_magnitude",
        (A, B, C, stable.V, m, v, mu, nu),
        fixed_point.gap_magnitude,
        "the size of the terms of G that can cancel",
    ),
    GeneratedFunction("decay", (m, v), stable.decay, "g = e^(-m^2/(2v))"),
    GeneratedFunction(
        "moments_by_differences",
        (m, v, stable.g),
        stable.moments_by_differences,
        "(A_minor, B, C_minor, D, V if saturated)",
    ),
    GeneratedFunction(
        "minor_moments_by_fraction",
        (m, v, stable.g),
        stable.minor_moments_by_fraction,
        "(A_minor, C_minor)",
    ),
    GeneratedFunction(
        "moments_below_by_series", (m, v, stable.g), stable.moments_below_by_series, "(B, D)"
    ),
    GeneratedFunction(
        "moments_below_by_fraction", (m, v, stable.g), stable.moments_below_by_fraction, "(B, D)"
    ),
    GeneratedFunction(
        "needs_variance_far_below",
        (m, v),
        stable.needs_variance_far_below,
        "where to use variance_far_below",
    ),
    GeneratedFunction(
        "variance_far_below", (m, v, stable.g), stable.variance_far_below, "V = D - B^2"
    ),
    REMAINING_MOMENTS,
    GeneratedFunction("tails", (m, v), sensitivity.tails, "(P, T1, T2, p0)"),
    DERIVATIVES,
    GeneratedFunction(
        "condition_numbers",
        (
            *(d for results in sensitivity.DERIVATIVES.values() for d in results),
            alpha,
            lamda,
            m,
            v,
            mu,
            nu,
        ),
        sensitivity.condition_numbers,
        "the relative condition numbers of alpha and of lamda",
    ),
    GeneratedFunction(
        "linear_net_input_derivatives",
        (omega, tau),
        sensitivity.linear_net_input_derivatives,
        "(dm/dmu, dm/dnu, dv/dmu, dv/dnu)",
    ),
    GeneratedFunction(
        "iid_net_input_derivatives",
        (mu, tau),
        sensitivity.iid_net_input_derivatives,
        "(dm/dmu, dm/dnu, dv/dmu, dv/dnu)",
    ),
    GeneratedFunction(
        "linear_complement",
        LINEAR_COMPLEMENT,
        complement.linear_complement_for_floats,
        "I - J at a fixed point, by rows",
    ),
    IID_COMPLEMENT,
    GeneratedFunction(
        "parameter_gradient",
        (A, B, C, D, alpha, lamda, mu, *complement.COMPLEMENT),
        complement.parameter_gradient,
        "the derivatives of alpha, then those of lamda, by mu and nu",
    ),
    GeneratedFunction(
        "positive_part_variance",
        (A, C, stable.A_minor, stable.C_minor, m, v),
        stability.positive_part_variance,
        "U = C - A^2",
    ),
    GeneratedFunction(
        "negative_part_variance",
        (stable.V, m, v),
        stability.negative_part_variance,
        "V = D - B^2, also for m far below zero",
    ),
    GeneratedFunction(
        "layer_map",
        (A, B, stability.U, stable.V, alpha, lamda),
        stability.layer_map,
        "(new mean, new variance)",
    ),
    GeneratedFunction(
        "layer_derivatives",
        (A, B, D, *TAILS, alpha, lamda),
        stability.layer_derivatives,
        "the derivatives of the new mean, then of the new variance, by m and v",
    ),
    GeneratedFunction(
        "layer_derivative_magnitudes",
        (A, B, D, *TAILS, alpha, lamda),
        stability.layer_derivative_magnitudes,
        "the sums of the absolute values of the terms of layer_derivatives",
    ),
    GeneratedFunction(
        "linear_jacobian",
        (*stability.FIRST, omega, tau),
        stability.linear_jacobian,
        "the Jacobian by mu and nu, by rows",
    ),
    GeneratedFunction(
        "iid_jacobian",
        (*stability.FIRST, mu, tau),
        stability.iid_jacobian,
        "the Jacobian by mu and nu, by rows",
    ),
    GeneratedFunction(
        "high_moments_below_by_differences",
        (v,),
        propagation.high_moments_below_by_differences,
        "(H3, H4) for m = 0",
    ),
    GeneratedFunction(
        "high_moments_below_by_series",
        (v,),
        propagation.high_moments_below_by_series,
        "(H3, H4) for m = 0",
    ),
    GeneratedFunction(
        "needs_series", (v,), propagation.needs_series, "where to use high_moments_below_by_series"
    ),
    GeneratedFunction(
        "second_moment_slopes",
        (sensitivity.T1, sensitivity.T2, sensitivity.p0, alpha, lamda, tau),
        propagation.second_moment_slopes,
        "(g', g'', the derivative of the new mean) by the second moment, for m = 0",
    ),
    GeneratedFunction(
        "next_fluctuations",
        (
            *propagation.FIRST_FOUR,
            propagation.rho,
            propagation.mean_slope,
            propagation.fluctuation,
            n,
        ),
        propagation.next_fluctuations,
        "the variances of a layer's empirical second moment, mean and variance",
    ),
    GeneratedFunction(
        "slope_moments",
        (alpha, lamda, v, tau),
        propagation.slope_moments,
        "(kappa, E[f f'^2]/G, E[f^2 f'^2]/G, eta) of f = selu, G = E[f'^2], for m = 0",
    ),
    GeneratedFunction(
        "shared_by_squares",
        (propagation.F2, propagation.square_slope),
        propagation.shared_by_squares,
        "the covariance of f^2 and f'^2/G",
    ),
    GeneratedFunction(
        "shared_by_variances",
        (
            propagation.F1,
            propagation.F2,
            propagation.mean_slope_square,
            propagation.square_slope,
        ),
        propagation.shared_by_variances,
        "the covariance of (f - E[f])^2 and f'^2/G",
    ),
    GeneratedFunction(
        "next_growth_fluctuations",
        (
            propagation.kappa,
            propagation.eta,
            propagation.rho,
            propagation.shared,
            propagation.growth_variance,
            propagation.growth_covariance,
            propagation.fluctuation,
            n,
        ),
        propagation.next_growth_fluctuations,
        "the variance of the logarithm of a gradient's growth, and its covariance with q",
    ),
)
"""The stable forms, for float64."""

PAIRS = (
    GeneratedFunction(
        "angle_limits",
        (v, correlation.theta, correlation.eta),
        correlation.angle_limits,
        "up to which w to integrate (both_below_integrand, opposite_slope_integrand)",
    ),
    GeneratedFunction(
        "both_below_integrand",
        (correlation.w, v, correlation.eta),
        correlation.both_below_integrand,
        "what integrates to K_mm",
    ),
    GeneratedFunction(
        "opposite_slope_integrand",
        (correlation.w, v),
        correlation.opposite_slope_integrand,
        "what integrates to Q_pm at abs(c)",
    ),
    GeneratedFunction(
        "pair_mean",
        (correlation.Kmm, correlation.W, c, correlation.eta, v, alpha, lamda),
        correlation.pair_mean_by_angles,
        "E[selu(z1) selu(z2)]",
    ),
    GeneratedFunction(
        "next_correlation",
        (correlation.K, v, tau, beta),
        correlation.next_correlation,
        "the correlation one layer on",
    ),
    GeneratedFunction(
        "distance_limits",
        (v, distance.d),
        distance.distance_limits,
        "from where and up to where to integrate the four parts of M, in their order",
    ),
    *(
        GeneratedFunction(
            part.__name__,
            (correlation.w, v, distance.d, alpha),
            part,
            "what integrates to a part of M/lamda^2 = E[(selu(z1) - selu(z2))^2]/(2 lamda^2)",
        )
        for part in distance.DISTANCE
    ),
    GeneratedFunction(
        "next_decorrelation",
        (distance.M, v, tau),
        distance.next_decorrelation,
        "1 - c one layer on",
    ),
)
"""Pairs of inputs; each angle by as many array elements as there are nodes."""

NORMS = (
    GeneratedFunction(
        "spectral_radius",
        stability.ENTRIES,
        stability.spectral_radius,
        "the largest absolute eigenvalue",
    ),
    GeneratedFunction(
        "jury_conditions",
        stability.ENTRIES,
        stability.jury_conditions,
        "what is positive where both eigenvalues are smaller than 1",
    ),
    GeneratedFunction(
        "singular_value",
        stability.ENTRIES,
        stability.singular_value,
        "the largest singular value",
    ),
)
"""What decides stability."""

ENCLOSURES = (
    GeneratedFunction(
        "layer_map",
        (m, v, *PARTS, alpha, lamda),
        stability.layer_map_for_balls,
        "(new mean, new variance)",
    ),
    GeneratedFunction(
        "layer_derivatives",
        (*PARTS, alpha, lamda),
        stability.layer_derivatives_for_balls,
        "the derivatives of the new mean, then of the new variance, by m and v",
    ),
    GeneratedFunction(
        "layer_second_derivatives",
        (m, v, *PARTS, alpha, lamda),
        stability.layer_second_derivatives_for_balls,
        "the second derivatives, by mm, mv and vv, of the new mean, then of the new variance",
    ),
    GeneratedFunction(
        "linear_singular_value",
        (*stability.FIRST, omega, tau),
        stability.linear_singular_value,
        "the largest singular value of the Jacobian",
    ),
    GeneratedFunction(
        "linear_singular_value_gradient",
        (*stability.FIRST, *stability.SECOND, omega, tau, stability.tau_v),
        stability.linear_singular_value_gradient,
        "its derivatives by m and v, where tau depends on v",
    ),
    GeneratedFunction(
        "linear_jacobian_derivative_norms",
        (*stability.FIRST, *stability.SECOND, omega, tau, stability.tau_v),
        stability.linear_jacobian_derivative_norms,
        "the Frobenius norms of the Jacobian's derivatives by m and v, where tau depends on v",
    ),
    GeneratedFunction(
        "moments_by_tails",
        (m, v, *TAILS),
        lambda: tuple(stability.moments_by_tails().values()),
        "(A, B, C, D)",
    ),
    GeneratedFunction(
        "linear_complement",
        LINEAR_COMPLEMENT,
        complement.linear_complement,
        "I - J at a fixed point, by rows",
    ),
    IID_COMPLEMENT,
    GeneratedFunction(
        "attraction",
        complement.COMPLEMENT,
        complement.attraction,
        "(r, 1 - spectral radius), given I - J; true where the sign of r is known",
    ),
    GeneratedFunction(
        "unit_sum_parameters", (A, B, C, D, m, v), stability.unit_sum_parameters, "(x, y)"
    ),
    GeneratedFunction(
        "unit_sum_slopes",
        (A, B, C, D, m, *TAILS, fixed_point.x, fixed_point.y),
        stability.unit_sum_slopes,
        "the derivatives of x by m and v, then those of y",
    ),
    GeneratedFunction(
        "unit_sum_gap",
        (m, v, *TAILS, fixed_point.x, fixed_point.y),
        stability.unit_sum_gap,
        "1 - trace + det of the Jacobian",
    ),
    GeneratedFunction(
        "unit_sum_gap_gradient",
        (m, v, *TAILS, fixed_point.x, fixed_point.y, *stability.X_SLOPES, *stability.Y_SLOPES),
        stability.unit_sum_gap_gradient,
        "its derivatives by m and v",
    ),
)
"""The layer map and its derivatives, for enclosures over boxes."""


SELU = GeneratedFunction(
    "selu", (z, lamda, dropout.s), activation.selu, "selu(z) with the saturation value s"
)

SELU_BY_EXPM1 = GeneratedFunction(SELU.name, SELU.arguments, activation.selu_by_expm1, SELU.returns)

ALPHA_DROPOUT = GeneratedFunction(
    "alpha_dropout",
    (activation.x, activation.r, activation.threshold, dropout.a, dropout.b, dropout.d),
    activation.alpha_dropout,
    "d for r < threshold, a x + b elsewhere",
)


class NumPy(Target):
    """float64 arrays."""

    module = "numpy_kernels"
    summary = "Elementwise NumPy and SciPy code, in forms that are stable in float64."
    imports = ("numpy", "scipy.special")
    printer = staticmethod(printers.numpy_printer)
    functions = (
        *FLOAT64,
        *NORMS,
        *PAIRS,
        DROPOUT_AFFINE_AROUND,
        SELU_BY_EXPM1,
        ALPHA_DROPOUT,
    )
    fold_constants = True


class Math(Target):
    """Python floats: a single fixed point costs no array overhead."""

    module = "math_kernels"
    summary = "Scalar Python code, in forms that are stable in float64."
    imports = ("math", "scipy.special")
    printer = staticmethod(printers.math_printer)
    functions = FLOAT64
    fold_constants = True


class Arb(Target):
    """Balls of python-flint, which contain the truth.

    Where a result depends on a sign, numbers must be given whose sign is known: fractions.
    """

    module = "arb_kernels"
    summary = "Scalar ball arithmetic with python-flint: every result contains the true value."
    imports = ("flint",)
    printer = staticmethod(printers.arb_printer)
    functions = (
        *ALGEBRA,
        GeneratedFunction("half_line_moments", (m, v), half_line_moments, "(A, B, C, D)"),
        GeneratedFunction(
            "all_moments",
            (m, v),
            stable.moments_by_mills_ratio,
            "(A, B, C, D, A_minor, C_minor, V)",
        ),
        GeneratedFunction(
            "all_tails", (m, v), stable.tails_by_mills_ratio, "(P, T0, T1, T2, p0), of a point"
        ),
        GeneratedFunction(
            "high_moments_below", (v,), propagation.high_moments_below, "(H3, H4) for m = 0"
        ),
        *ENCLOSURES,
    )


PARAMETERS_BY_QUADRATURE = (
    *ALGEBRA[:4],
    REMAINING_MOMENTS,
    DERIVATIVES,
    GeneratedFunction(
        "integration_end",
        (m, v),
        quadrature.integration_end,
        "up to which w to integrate `integrands_below`",
    ),
    GeneratedFunction(
        "integrands_below",
        (quadrature.w, m, v),
        quadrature.integrands_below,
        "what integrates to (B, D, T1, T2)",
    ),
    GeneratedFunction(
        "integrands_above",
        (quadrature.w, m, v),
        quadrature.integrands_above,
        "what integrates to (A_minor, C_minor)",
    ),
    GeneratedFunction(
        "variance_integrand",
        (quadrature.w, B, m, v),
        quadrature.variance_integrand,
        "what integrates to a part of V",
    ),
    GeneratedFunction(
        "remaining_variance", (B, sensitivity.P), quadrature.remaining_variance, "the rest of V"
    ),
    GeneratedFunction(
        "probability_and_density", (m, v), quadrature.probability_and_density, "(P, p0)"
    ),
    GeneratedFunction(
        "moment_derivatives",
        (*quadrature.VALUES, m, v),
        quadrature.moment_derivatives,
        "the derivatives of (A, B, C, D, P, T1, T2, p0) by m, then by v",
    ),
)
"""What alpha and lamda are computed from without erfcx, and what differentiates them."""


SELU_PARAMETER_GRADIENTS = GeneratedFunction(
    "selu_parameter_gradients",
    (activation.dy, activation.y, lamda, dropout.s),
    activation.selu_parameter_gradients,
    "dy times the derivatives by lamda and s of the SELU where its output is y",
)


class TensorFlow(Target):
    """Tensors, eager and in graphs, which the compiler XLA can fuse into one loop."""

    module = "tensorflow_kernels"
    summary = "Elementwise TensorFlow code for tensors of any floating-point dtype."
    imports = ("tensorflow",)
    printer = staticmethod(printers.tensorflow_printer)
    functions = (
        SELU,
        GeneratedFunction(
            "selu_gradient",
            (activation.dy, activation.y, lamda, dropout.s),
            activation.selu_gradient,
            "dy times the derivative of the SELU where its output is y",
        ),
        SELU_PARAMETER_GRADIENTS,
        ALPHA_DROPOUT,
        DROPOUT_AFFINE,
        DROPOUT_AFFINE_AROUND,
        *PARAMETERS_BY_QUADRATURE,
    )
    fold_constants = True


class Jax(Target):
    """Arrays of JAX, which differentiates and compiles."""

    module = "jax_kernels"
    summary = "Elementwise JAX code for arrays of any floating-point dtype."
    imports = ("jax", "jax.scipy.special")
    printer = staticmethod(printers.jax_printer)
    functions = (
        SELU,
        GeneratedFunction(
            "selu_slope",
            (activation.y, lamda, dropout.s),
            activation.selu_slope,
            "the derivative of the SELU where its output is y",
        ),
        SELU_PARAMETER_GRADIENTS,
        ALPHA_DROPOUT,
        DROPOUT_AFFINE,
        DROPOUT_AFFINE_AROUND,
        *PARAMETERS_BY_QUADRATURE,
    )
    fold_constants = True


class Torch(Target):
    """Tensors of PyTorch, eager or compiled, with constants that are numbers."""

    module = "torch_kernels"
    summary = "PyTorch code for tensors of any floating-point dtype, a kernel each."
    imports = ("torch",)
    printer = staticmethod(printers.torch_printer)
    functions = (
        GeneratedFunction(
            SELU.name, (z, alpha, lamda), activation.selu_in_one_operation, "selu(z)"
        ),
        GeneratedFunction(
            "selu_correction_near_0",
            (z, activation.y, dropout.s),
            activation.selu_correction_near_0,
            "what y lacks to selu(z), if e^z - 1 cancelled in it",
        ),
        GeneratedFunction(
            ALPHA_DROPOUT.name,
            ALPHA_DROPOUT.arguments,
            activation.alpha_dropout_in_one_pass,
            ALPHA_DROPOUT.returns,
        ),
    )


def net_input_density() -> Expr:
    """Return the density of a net input."""
    return moments.density(z, m, v)


def angle_rule() -> tuple[Expr, ...]:
    """Return the rule for :data:`PAIRS`, with as many nodes as ``selu_sym`` has."""
    return quadrature.unit_rule(48)


class JavaScript(Target):
    """JavaScript's numbers, for the explorer in the book."""

    module = "kernels"
    language = "JavaScript"
    summary = "Scalar JavaScript code, in forms that are stable in float64."
    imports = ("@stdlib/math-base-special-erfcx",)
    printer = staticmethod(printers.javascript_printer)
    functions = (
        *FLOAT64,
        *NORMS,
        *PAIRS,
        SELU_BY_EXPM1,
        GeneratedFunction(
            "selu_slope",
            (activation.y, lamda, dropout.s),
            activation.selu_slope,
            "selu' at y = selu",
        ),
        GeneratedFunction(
            "net_input_density", (z, m, v), net_input_density, "the density of N(m, v) at z"
        ),
        GeneratedFunction("angle_rule", (), angle_rule, "48 nodes between 0 and 1, then weights"),
    )
    fold_constants = True


TARGETS: tuple[type[Target], ...] = (NumPy, Math, Arb, TensorFlow, Jax, Torch, JavaScript)
