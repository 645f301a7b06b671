"""``python -m selu_sym``: the SELU of a fixed point, on the command line."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from selu_sym import NoFixedPointError, SeluParameters, selu_parameters, stability
from selu_sym._stability import in_words
from selu_sym._weights import Weights

ASSUMPTIONS = {
    "unit-sum": "weights with sum 1 and sum of squares 1: net input N(mean, variance)",
    "normalized": "weights with sum 0 and sum of squares 1: net input N(0, variance)",
    "iid": "independent weights of mean 0, variance 1/n: net input N(0, variance + mean^2)",
}


def main(arguments: list[str] | None = None) -> int:
    """Print alpha, scale and the saturation value of the fixed point asked for."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        results = _results(options.mean, options.variance, options.weights, options.digits)
    except NoFixedPointError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    except (ValueError, ArithmeticError) as error:
        parser.error(str(error))
    if options.json:
        print(json.dumps(results, allow_nan=False))
    else:
        print(_table(results))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m selu_sym",
        description="Print the SELU that keeps a mean and a variance fixed.",
    )
    parser.add_argument("--mean", default="0", help="mean of the activations (default 0)")
    parser.add_argument("--variance", default="1", help="their variance, positive (default 1)")
    parser.add_argument(
        "--weights",
        type=_weights,
        default="unit-sum",
        help="unit-sum (default), normalized, iid, or OMEGA,TAU: two numbers with a comma",
    )
    parser.add_argument("--digits", type=int, help="decimal digits (default: those of a double)")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    return parser


def _weights(text: str) -> Weights:
    if "," not in text:
        return text  # type: ignore[return-value]  # checked where it is used
    omega, tau = text.split(",", 1)
    return float(omega), float(tau)


def _results(mean: str, variance: str, weights: Weights, digits: int | None) -> dict[str, Any]:
    """Return what is printed; with digits, numbers are strings, for JSON has only doubles."""
    if digits is None:
        double = selu_parameters(
            _number("mean", mean), _number("variance", variance), weights=weights
        )
        return {
            "alpha": double.alpha,
            "scale": double.scale,
            "saturation": double.saturation,
            "mean": double.mean,
            "variance": double.variance,
            "weights": weights,
            **_stability(double),
        }
    import mpmath  # noqa: PLC0415 - only here is it needed

    from selu_sym import precise  # noqa: PLC0415

    many = precise.selu_parameters(mean, variance, weights=weights, digits=digits)
    return {
        "alpha": mpmath.nstr(many.alpha, digits),
        "scale": mpmath.nstr(many.scale, digits),
        "saturation": mpmath.nstr(many.saturation, digits),
        "mean": mean,
        "variance": variance,
        "weights": weights,
        **_stability_in_doubles(float(many.mean), float(many.variance), weights),
    }


def _stability(parameters: SeluParameters) -> dict[str, Any]:
    found = stability(parameters)
    return {"attracting": bool(found.attracting), "spectral_radius": found.spectral_radius}


def _stability_in_doubles(mean: float, variance: float, weights: Weights) -> dict[str, Any]:
    """Return the stability, or None where doubles cannot decide that there is a fixed point."""
    try:
        return _stability(selu_parameters(mean, variance, weights=weights))
    except ValueError:
        return {"attracting": None, "spectral_radius": None}


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name} must be a number, got {text!r}") from None


def _table(results: dict[str, Any]) -> str:
    weights, radius = results["weights"], results["spectral_radius"]
    if isinstance(weights, str):
        assumed = f"{weights} ({ASSUMPTIONS[weights]})"
    else:
        assumed = f"sum {weights[0]}, sum of squares {weights[1]}"
    rows = {
        "alpha": results["alpha"],
        "scale (lambda)": results["scale"],
        "saturation": results["saturation"],
        "fixed point": f"mean {results['mean']}, variance {results['variance']}",
        "weights assumed": assumed,
        "stability": "not known in double precision" if radius is None else in_words(radius),
    }
    return "\n".join(f"{name:<16}{value}" for name, value in rows.items())


if __name__ == "__main__":
    sys.exit(main())
