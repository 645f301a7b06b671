r"""The catalogue of activations: one definition each.

An activation is a SymPy expression of the net input z and its parameters. Where it has pieces, it
is a ``Piecewise`` whose conditions are ``z < k`` in increasing order. To add one, write its
expression and an entry of :data:`ACTIVATIONS`; everything else is derived from the expression:

* the Gaussian means and their closed forms (:mod:`derivations.means`),
* the code that computes it in float64 (:mod:`derivations.forms`) and in balls.

Names are Keras's where it has one; those of PyTorch and JAX are aliases.
"""

from __future__ import annotations

from sympy import (
    Abs,
    Expr,
    Integer,
    Piecewise,
    Rational,
    Symbol,
    cos,
    erf,
    exp,
    pi,
    sin,
    sqrt,
    tanh,
)

from derivations.fixed_point import parameters_at_0_1
from derivations.pieces import Activation, clipped, distance, rectified
from derivations.special import Phi, logistic, softplus
from derivations.symbols import alpha, lamda, z

slope = Symbol("slope", real=True)
"""The slope of a leaky ReLU for z < 0."""

steepness = Symbol("k", positive=True)
"""Factor of the net input in a Swish or a softplus."""

threshold = Symbol("theta", positive=True)
"""Where a shrinking or thresholded activation has its kink."""

roundness = Symbol("b", positive=True)
"""How far squareplus is from the ReLU: its value at 0 is sqrt(b)/2."""

CUBIC = Rational(44715, 1000000)
"""The coefficient of z^3 in the GELU's approximation by tanh."""


def selu_defaults() -> dict[Symbol, Expr]:
    """Return alpha and lamda of the SELU whose fixed point is (0, 1)."""
    alpha_01, lamda_01 = parameters_at_0_1()
    return {alpha: alpha_01, lamda: lamda_01}


QUICK_STEEPNESS = Rational(1702, 1000)
"""By what the quick GELU multiplies the argument of its logistic function."""

GELU_ARGUMENT = sqrt(2 / pi) * z * (1 + CUBIC * z**2)

ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation(
            "linear",
            z,
            "the identity",
            keras="linear",
            torch="Identity",
            jax="identity",
            aliases=tuple(
                f"conv{transposed}{n}d" for transposed in ("", "_transpose") for n in "123"
            ),
        ),
        Activation(
            "relu",
            rectified(Integer(0), z),
            "V. Nair and G. Hinton, Rectified linear units improve restricted Boltzmann machines, "
            "2010",
            keras="relu",
            torch="ReLU",
            jax="relu",
        ),
        Activation(
            "leaky_relu",
            rectified(slope * z, z),
            "A. Maas, A. Hannun, A. Ng, Rectifier nonlinearities improve neural network acoustic "
            "models, 2013",
            {slope: Rational(1, 100)},
            keras="leaky_relu",
            torch="LeakyReLU",
            jax="leaky_relu",
            bound=(1 + Abs(slope)) * distance,
            slope_bound=1 + Abs(slope),
        ),
        Activation(
            "prelu",
            rectified(slope * z, z),
            "K. He et al., Delving deep into rectifiers, 2015, arXiv 1502.01852",
            {slope: Rational(1, 4)},
            keras="prelu",
            torch="PReLU",
            bound=(1 + Abs(slope)) * distance,
            slope_bound=1 + Abs(slope),
        ),
        Activation(
            "relu6",
            clipped(z, Integer(0), Integer(6)),
            "A. Krizhevsky, Convolutional deep belief networks on CIFAR-10, 2010",
            keras="relu6",
            torch="ReLU6",
            jax="relu6",
        ),
        Activation(
            "squared_relu",
            rectified(Integer(0), z**2),
            "D. So et al., Primer, 2021, arXiv 2109.08668",
            aliases=("relu_squared", "relu2"),
            bound=distance**2,
            slope_bound=2 * distance,
        ),
        Activation(
            "elu",
            rectified(alpha * (exp(z) - 1), z),
            "D.-A. Clevert, T. Unterthiner, S. Hochreiter, 2015, arXiv 1511.07289",
            {alpha: Integer(1)},
            keras="elu",
            torch="ELU",
            jax="elu",
            bound=alpha + distance,
            slope_bound=1 + alpha,
            bend_bound=alpha,
        ),
        Activation(
            "celu",
            rectified(alpha * (exp(z / alpha) - 1), z),
            "J. Barron, Continuously differentiable exponential linear units, 2017, "
            "arXiv 1704.07483",
            {alpha: Integer(1)},
            keras="celu",
            torch="CELU",
            jax="celu",
            width=alpha,
            bound=alpha + distance,
            bend_bound=1 / alpha,
        ),
        Activation(
            "selu",
            rectified(lamda * alpha * (exp(z) - 1), lamda * z),
            "G. Klambauer et al., Self-normalizing neural networks, 2017, arXiv 1706.02515",
            selu_defaults(),
            keras="selu",
            torch="SELU",
            jax="selu",
            bound=lamda * (alpha + distance),
            slope_bound=lamda * (1 + alpha),
            bend_bound=lamda * alpha,
        ),
        Activation(
            "gelu",
            z * Phi(z),
            "D. Hendrycks and K. Gimpel, 2016, arXiv 1606.08415",
            keras="gelu",
            torch="GELU",
            jax="gelu",
            width=Integer(4),
        ),
        Activation(
            "gelu_tanh",
            z * logistic(2 * GELU_ARGUMENT),
            "D. Hendrycks and K. Gimpel, 2016, arXiv 1606.08415; (1 + tanh x)/2 is the logistic "
            "function of 2 x",
            aliases=("gelu_approximate", "gelu_new"),
            width=Integer(4),
        ),
        Activation(
            "quick_gelu",
            z * logistic(QUICK_STEEPNESS * z),
            "D. Hendrycks and K. Gimpel, 2016, arXiv 1606.08415",
        ),
        Activation(
            "silu",
            z * logistic(steepness * z),
            "S. Elfwing, E. Uchibe, K. Doya, 2017, arXiv 1702.03118; with k, P. Ramachandran, "
            "B. Zoph, Q. Le, Swish, 2017, arXiv 1710.05941",
            {steepness: Integer(1)},
            keras="silu",
            torch="SiLU",
            jax="silu",
            aliases=("swish",),
            width=1 / steepness,
            bend_bound=steepness,
        ),
        Activation(
            "mish",
            z * tanh(softplus(z)),
            "D. Misra, 2019, arXiv 1908.08681",
            keras="mish",
            torch="Mish",
            jax="mish",
        ),
        Activation(
            "hard_silu",
            Piecewise((0, z < -3), (z * (z + 3) / 6, z < 3), (z, True)),
            "A. Howard et al., Searching for MobileNetV3, 2019, arXiv 1905.02244",
            keras="hard_silu",
            torch="Hardswish",
            jax="hard_silu",
            aliases=("hard_swish",),
        ),
        Activation(
            "softplus",
            softplus(steepness * z) / steepness,
            "C. Dugas et al., Incorporating second-order functional knowledge, 2001",
            {steepness: Integer(1)},
            keras="softplus",
            torch="Softplus",
            jax="softplus",
            width=1 / steepness,
            bound=1 / steepness + distance,
            bend_bound=steepness,
        ),
        Activation(
            "squareplus",
            (z + sqrt(z**2 + roundness)) / 2,
            "J. Barron, Squareplus, 2021, arXiv 2112.11687",
            {roundness: Integer(4)},
            keras="squareplus",
            jax="squareplus",
            width=sqrt(roundness),
            bound=1 + roundness + distance,
            bend_bound=1 + 1 / roundness,
        ),
        Activation(
            "sigmoid",
            logistic(z),
            "the logistic function",
            keras="sigmoid",
            torch="Sigmoid",
            jax="sigmoid",
            aliases=("logistic",),
        ),
        Activation(
            "hard_sigmoid",
            clipped((z + 3) / 6, Integer(-3), Integer(3)),
            "M. Courbariaux, Y. Bengio, J.-P. David, BinaryConnect, 2015, arXiv 1511.00363",
            keras="hard_sigmoid",
            torch="Hardsigmoid",
            jax="hard_sigmoid",
        ),
        Activation(
            "log_sigmoid",
            -softplus(-z),
            "the logarithm of the logistic function",
            keras="log_sigmoid",
            torch="LogSigmoid",
            jax="log_sigmoid",
        ),
        Activation(
            "tanh", tanh(z), "the hyperbolic tangent", keras="tanh", torch="Tanh", jax="tanh"
        ),
        Activation(
            "hard_tanh",
            clipped(z, Integer(-1), Integer(1)),
            "R. Collobert, Large scale machine learning, 2004",
            keras="hard_tanh",
            torch="Hardtanh",
            jax="hard_tanh",
        ),
        Activation(
            "tanh_shrink",
            z - tanh(z),
            "PyTorch's Tanhshrink",
            keras="tanh_shrink",
            torch="Tanhshrink",
        ),
        Activation(
            "softsign",
            rectified(z / (1 - z), z / (1 + z)),
            "J. Bergstra et al., Quadratic polynomials learn better image features, 2009",
            keras="softsign",
            torch="Softsign",
            jax="soft_sign",
        ),
        Activation(
            "soft_shrink",
            Piecewise((z + threshold, z < -threshold), (0, z < threshold), (z - threshold, True)),
            "the proximal map of the absolute value, PyTorch's Softshrink",
            {threshold: Rational(1, 2)},
            keras="soft_shrink",
            torch="Softshrink",
        ),
        Activation(
            "hard_shrink",
            Piecewise((z, z < -threshold), (0, z < threshold), (z, True)),
            "PyTorch's Hardshrink",
            {threshold: Rational(1, 2)},
            keras="hard_shrink",
            torch="Hardshrink",
        ),
        Activation(
            "threshold",
            rectified(Integer(0), z, threshold),
            "K. Konda, R. Memisevic, D. Krueger, Zero-bias autoencoders, 2014, arXiv 1402.3337",
            {threshold: Integer(1)},
            keras="threshold",
            torch="Threshold",
            aliases=("thresholded_relu",),
        ),
        Activation("erf", erf(z), "the error function", jax="erf", width=Integer(3)),
        Activation(
            "sin",
            sin(z),
            "V. Sitzmann et al., Implicit neural representations, 2020, arXiv 2006.09661",
            aliases=("sine",),
        ),
        Activation(
            "cos",
            cos(z),
            "A. Rahimi and B. Recht, Random features for large-scale kernel machines, 2007",
            aliases=("cosine",),
        ),
        Activation(
            "gaussian",
            exp(-(z**2)),
            "D. Broomhead and D. Lowe, Multivariable functional interpolation, 1988",
        ),
    )
}
"""All activations by their names."""
