"""Derivatives of a SELU's parameters by differences of sixty-digit numbers."""

import functools

import mpmath
import numpy as np

from selu_sym import precise

STEPS = {1: "1e-20", 2: "1e-12"}
"""The steps of differences, by order: what they round and what they leave out is below 1e-16."""


@functools.cache
def derivatives_by_differences(weights, mean: str, variance: str) -> tuple[np.ndarray, np.ndarray]:
    """Return first and second derivatives of (alpha, scale) by (mean, variance).

    Their shapes are (2, 2) and (2, 2, 2); the first index is that of the parameter.
    """

    def difference(index, *by):
        def parameter(mean, variance):
            target = (mpmath.nstr(x, 55) for x in (mean, variance))
            return tuple(precise.selu_parameters(*target, weights=weights, digits=60))[index]

        orders = by.count(0), by.count(1)
        with mpmath.workdps(60):
            at, h = (mpmath.mpf(mean), mpmath.mpf(variance)), mpmath.mpf(STEPS[len(by)])
            return float(mpmath.diff(parameter, at, orders, h=h))

    first = [[difference(index, i) for i in (0, 1)] for index in (0, 1)]
    of_one = [
        {(i, j): difference(index, i, j) for i, j in ((0, 0), (0, 1), (1, 1))} for index in (0, 1)
    ]
    second = [[[of[min(i, j), max(i, j)] for j in (0, 1)] for i in (0, 1)] for of in of_one]
    return np.array(first), np.array(second)
