"""The SELU and alpha dropout of a tensor, in the form for each library."""

from __future__ import annotations

from derivations import activation, dropout
from derivations.codegen.target import GeneratedFunction
from derivations.symbols import alpha, lamda, z

SELU = GeneratedFunction(
    activation.selu, (z, lamda, dropout.s), "selu(z) with the saturation value s"
)

SELU_BY_EXPM1 = GeneratedFunction(activation.selu_by_expm1, SELU.arguments, SELU.returns, SELU.name)

SELU_IN_ONE_OPERATION = GeneratedFunction(
    activation.selu_in_one_operation, (z, alpha, lamda), "selu(z)", SELU.name
)

SELU_CORRECTION_NEAR_0 = GeneratedFunction(
    activation.selu_correction_near_0,
    (z, activation.y, dropout.s),
    "selu(z) - y where e^z - 1 may have cancelled in y, 0 elsewhere",
)

SELU_SLOPE = GeneratedFunction(
    activation.selu_slope,
    (activation.y, lamda, dropout.s),
    "the derivative of the SELU where its output is y",
)

SELU_GRADIENT = GeneratedFunction(
    activation.selu_gradient,
    (activation.dy, activation.y, lamda, dropout.s),
    "dy times the derivative of the SELU where its output is y",
)

SELU_PARAMETER_GRADIENTS = GeneratedFunction(
    activation.selu_parameter_gradients,
    (activation.dy, activation.y, lamda, dropout.s),
    "dy times the derivatives with respect to lamda and s of the SELU where its output is y",
)

ALPHA_DROPOUT = GeneratedFunction(
    activation.alpha_dropout,
    (activation.x, activation.r, activation.threshold, dropout.a, dropout.b, dropout.d),
    "d for r < threshold, a x + b elsewhere",
)

ALPHA_DROPOUT_IN_ONE_PASS = GeneratedFunction(
    activation.alpha_dropout_in_one_pass,
    ALPHA_DROPOUT.arguments,
    ALPHA_DROPOUT.returns,
    ALPHA_DROPOUT.name,
)
