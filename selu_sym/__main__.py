"""``python -m selu_sym``: the SELU of a fixed point, on the command line."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from typing import Any

from selu_sym import NoFixedPointError, _words, selu_parameters, stability
from selu_sym._weights import Weights, in_words


def main(arguments: list[str] | None = None) -> int:
    """Print alpha, scale and the saturation value of the fixed point asked for."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        target = options.mean, options.variance, options.weights
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            if options.digits is None:
                results, words = _in_doubles(*target)
            else:
                results, words = _in_digits(*target, options.digits)
        text = json.dumps(results, allow_nan=False) if options.json else _table(results, words)
    except NoFixedPointError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    except (ValueError, ArithmeticError) as error:
        parser.error(str(error))
    for warning in caught:
        print(f"{parser.prog}: warning: {warning.message}", file=sys.stderr)
    print(text)
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
        help="iid, normalized, unit-sum, or OMEGA,TAU: two numbers with a comma (default iid where "
        "the mean is 0, elsewhere unit-sum with a warning)",
    )
    parser.add_argument("--digits", type=int, help="decimal digits (default: those of a double)")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    return parser


def _weights(text: str) -> Weights:
    if "," not in text:
        return text  # type: ignore[return-value]  # checked where it is used
    omega, tau = text.split(",", 1)
    return float(omega), float(tau)


def _in_doubles(mean: str, variance: str, weights: Weights | None) -> tuple[dict[str, Any], str]:
    """Return what is printed, and the stability in words."""
    found = selu_parameters(_number("mean", mean), _number("variance", variance), weights=weights)
    stable = stability(found)
    results = {
        "alpha": found.alpha,
        "scale": found.scale,
        "saturation": found.saturation,
        "mean": found.mean,
        "variance": found.variance,
        "weights": found.weights,
        "attracting": stable.attracting,
        "spectral_radius": stable.spectral_radius,
    }
    return results, str(stable)


def _in_digits(
    mean: str, variance: str, weights: Weights | None, digits: int
) -> tuple[dict[str, Any], str]:
    """Return the same with numbers as strings, for JSON has only doubles."""
    from selu_sym import precise  # noqa: PLC0415 - mpmath and python-flint are needed only here

    found = precise.selu_parameters(mean, variance, weights=weights, digits=digits)
    results: dict[str, Any] = {
        "alpha": precise.decimal(found.alpha, digits),
        "scale": precise.decimal(found.scale, digits),
        "saturation": precise.decimal(found.saturation, digits),
        "mean": mean,
        "variance": variance,
        "weights": found.weights,
        "attracting": None,
        "spectral_radius": None,
    }
    try:
        stable = precise.stability(mean, variance, weights=found.weights, digits=digits)
    except ArithmeticError as error:  # the parameters need fewer bits
        return results, f"not decided: {error}"
    results["attracting"] = stable.attracting
    results["spectral_radius"] = precise.decimal(stable.spectral_radius, digits)
    return results, str(stable)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name} must be a number, got {text!r}") from None


def _table(results: dict[str, Any], stability_in_words: str) -> str:
    return _words.table(
        {
            "alpha": results["alpha"],
            "scale (lambda)": results["scale"],
            "saturation": results["saturation"],
            "mean": results["mean"],
            "variance": results["variance"],
            "weights assumed": in_words(results["weights"]),
            "stability": stability_in_words,
        }
    )


if __name__ == "__main__":
    sys.exit(main())
