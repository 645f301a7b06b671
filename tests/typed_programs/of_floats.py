"""What a user writes who trains one network."""

import numpy as np

import selu_sym
from selu_sym import SeluParameters, Weights, precise


def explain(p: SeluParameters[float]) -> str:
    alpha, scale = p
    a, b = p.dropout_affine(0.1)
    mean, variance = selu_sym.moment_map(0.1, 1.2, p, weights="iid")
    stable = selu_sym.stability(p)
    numbers: list[float] = [alpha, scale, a, b, mean, variance, p.saturation, p.mean]
    verdict: bool | None = stable.attracting
    radius: float = stable.spectral_radius
    return f"{sum(numbers):.3f} {verdict} {round(radius, 3)}"


def solve(mean: float, weights: Weights) -> SeluParameters[float]:
    return selu_sym.selu_parameters(mean, 2, weights=weights)


def any_kind(p: SeluParameters) -> str:
    return repr(p.alpha)


single: SeluParameters[float] = selu_sym.selu_parameters(np.float32(0.5), 2, weights="iid")
print(explain(single))
print(explain(solve(-0.1, "iid")), any_kind(solve(0.0, (0.0, 1.0))))
print(any_kind(selu_sym.match_moments(0.5, 2.0, 0.0, 1.0)))
p = solve(0.0, "normalized")
print(p.gradient().shape, max(p.condition_numbers()), SeluParameters.from_dict(p.to_dict()) == p)
print(precise.selu_parameters("-0.1", 2, weights="iid", digits=30).digits)
