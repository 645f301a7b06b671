"""Covariance and tangent kernel of a network, layer by layer and block by block."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from selu_sym import _generated as generated
from selu_sym._generated import numpy_kernels
from selu_sym._numeric.activation_checks import is_inside, require_continuous
from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Iid
from selu_sym.kernels._pairs import Evaluate, Layer, LayerMoments, Parts

BLOCK_PAIRS = 1 << 16
"""Pairs that are computed at a time."""

SETTLED_WITHIN = 1e-14
"""Relative change of a variance at which its recursion has come to its end."""

MOST_LAYERS = 100_000
"""Layers after which it has not."""

PARAMETER_COUNT = 2
"""tau and the variance of the biases, by which kernels are differentiated."""


@dataclass
class Inputs:
    """Rows of X and Y: which are equal, and what their net inputs are."""

    labels: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
    """Equal rows have equal labels, which number the distinct ones."""

    products: FloatArray
    """x y/d of each pair."""

    squares: FloatArray
    """x x/d of each distinct row."""

    symmetric: bool
    """Whether Y is X."""


def inputs(X: FloatArray, Y: FloatArray | None) -> Inputs:
    """Return what the kernel needs to know of X and Y; Y is X if it is None."""
    count = X.shape[1]
    both = X if Y is None else np.vstack([X, Y])
    distinct, labels = np.unique(both, axis=0, return_inverse=True)
    labels = labels.reshape(-1).astype(np.intp)
    other = X if Y is None else Y
    return Inputs(
        (labels[: len(X)], labels if Y is None else labels[len(X) :]),
        X @ other.T / count,
        np.einsum("ij,ij->i", distinct, distinct) / count,
        Y is None,
    )


@dataclass
class _Variances:
    """Variances of the net inputs of the distinct rows, and their derivatives by the parameters."""

    v: FloatArray
    by: FloatArray

    def next(self, found: LayerMoments, weights: Iid) -> _Variances:
        v = generated.activation_kernels.next_covariance(
            found.second_moment, weights.tau, weights.bias_variance
        )
        by = weights.tau * found.by_variance * self.by
        by += np.stack([found.second_moment, np.ones_like(v)])
        return _Variances(v, by)


def kernel(
    given: Inputs, layer: Layer, weights: Iid, depth: int, *, tangent: bool, gradient: bool
) -> tuple[FloatArray, FloatArray | None]:
    """Return the kernel of the network's output, and its derivatives by tau and beta, or None."""
    if tangent or gradient:
        require_continuous(layer.source)
    recursion = _Recursion(given, layer, weights, tangent, gradient)
    for number in range(depth):
        recursion.advance(is_last=number == depth - 1)
    return recursion.finished()


class _Recursion:
    """Matrices of covariances and of tangents, and where they are."""

    def __init__(
        self, given: Inputs, layer: Layer, weights: Iid, tangent: bool, gradient: bool
    ) -> None:
        self.given, self.layer, self.weights = given, layer, weights
        tau, beta = weights.tau, weights.bias_variance
        self.covariance = tau * given.products + beta
        self.tangent = self.covariance.copy() if tangent else None
        self.level = int(tangent) + 2 * int(gradient)
        v = tau * given.squares + beta
        ones = np.ones((PARAMETER_COUNT, *given.products.shape)) if gradient else None
        self.by: FloatArray | None = None
        self.tangent_by: FloatArray | None = None
        if ones is not None:
            ones[0] = given.products
            self.by = ones
            self.tangent_by = ones.copy() if tangent else None
        self.variances = _Variances(v, np.stack([given.squares, np.ones_like(v)]))

    def advance(self, is_last: bool) -> None:
        """Go through one layer; the last one is followed by the readout."""
        layer, given = self.layer, self.given
        weights = Iid() if is_last else self.weights
        found, v, silent = _moments(layer, self.variances.v)
        v1, v2 = (v[labels] for labels in given.labels)
        evaluate = layer.pairs(v1, v2, self.level)
        for rows, columns in self._blocks():
            self._advance_block(rows, columns, (v1, v2), evaluate, weights, silent, found)
        self.variances = self.variances.next(found, weights)

    def _blocks(self) -> list[tuple[slice, slice]]:
        """Return rows and columns of blocks, of those on and above the diagonal if symmetric."""
        count, width = self.covariance.shape
        size = max(1, BLOCK_PAIRS // max(width, 1))
        return [
            (slice(start, start + size), slice(start if self.given.symmetric else 0, None))
            for start in range(0, count, size)
        ]

    def _advance_block(
        self,
        rows: slice,
        columns: slice,
        variances: tuple[FloatArray, FloatArray],
        evaluate: Evaluate,
        weights: Iid,
        silent: FloatArray,
        found: LayerMoments,
    ) -> None:
        kernels = generated.activation_kernels
        place = rows, columns
        first, second = self.given.labels[0][rows], self.given.labels[1][columns]
        v1, v2 = variances[0][rows, None], variances[1][columns]
        scale = np.sqrt(v1) * np.sqrt(v2)
        c = self.covariance[place] / scale
        theta = np.arccos(np.clip(c, -1.0, 1.0))
        same = np.equal.outer(first, second)
        theta[same] = 0.0
        parts = [*evaluate(rows, columns, theta, self.level)]
        parts[0] = self._with_known(parts[0], same, first, second, silent, found)
        covariance = kernels.next_covariance(parts[0], weights.tau, weights.bias_variance)
        if self.by is not None:
            changes = self._changes(place, parts, c, theta, same, scale, (v1, v2))
            self._advance_derivatives(place, parts, changes, weights)
        self._put(self.covariance, place, covariance)
        if self.tangent is not None:
            following = kernels.next_tangent(covariance, parts[1], self.tangent[place], weights.tau)
            self._put(self.tangent, place, following)

    def _with_known(
        self,
        mean: FloatArray,
        same: FloatArray,
        first: npt.NDArray[np.intp],
        second: npt.NDArray[np.intp],
        silent: FloatArray,
        found: LayerMoments,
    ) -> FloatArray:
        """Return K with the second moments of equal inputs, and y(0) for inputs of 0."""
        mean = np.array(mean)
        if silent.any():
            product = found.mean[first][:, None] * found.mean[second]
            either = np.logical_or(silent[first][:, None], silent[second])
            mean[either] = product[either]
        rows, _ = np.nonzero(same)
        mean[same] = found.second_moment[first[rows]]
        return mean

    def _changes(
        self,
        place: tuple[slice, slice],
        parts: list[FloatArray],
        c: FloatArray,
        theta: FloatArray,
        same: FloatArray,
        scale: FloatArray,
        variances: tuple[FloatArray, FloatArray],
    ) -> list[Parts]:
        """Return the derivatives of K, and of K' for a tangent kernel, by each parameter."""
        assert self.by is not None
        first, second = self.given.labels[0][place[0]], self.given.labels[1][place[1]]
        v1, v2 = variances
        sine = np.sin(theta)
        changes: list[Parts] = []
        for number in range(PARAMETER_COUNT):
            of_v1 = self.variances.by[number][first][:, None]
            of_v2 = self.variances.by[number][second]
            of_c = self.by[number][place] / scale - c * (of_v1 / (2 * v1) + of_v2 / (2 * v2))
            of_c[same] = 0.0
            mean = parts[2] * of_v1 + parts[3] * of_v2 + scale * parts[1] * of_c
            if self.tangent is None:
                changes.append((mean,))
                continue
            of_theta = np.divide(-of_c, sine, out=np.zeros_like(sine), where=sine > 0)
            slope = parts[4] * of_theta + parts[5] * of_v1 + parts[6] * of_v2
            changes.append((mean, slope))
        return changes

    def _advance_derivatives(
        self,
        place: tuple[slice, slice],
        parts: list[FloatArray],
        changes: list[Parts],
        weights: Iid,
    ) -> None:
        """Advance the derivatives, before what they are derivatives of."""
        assert self.by is not None
        is_readout = weights is not self.weights
        own = (0.0, 0.0) if is_readout else (1.0, 1.0)
        for number, change in enumerate(changes):
            by = weights.tau * change[0] + own[number] * (parts[0] if number == 0 else 1.0)
            self._put(self.by[number], place, by)
            if self.tangent is not None and self.tangent_by is not None:
                before, of_before = self.tangent[place], self.tangent_by[number][place]
                following = by + weights.tau * (change[1] * before + parts[1] * of_before)
                if number == 0:
                    following += own[0] * parts[1] * before
                self._put(self.tangent_by[number], place, following)

    def _put(self, matrix: FloatArray, place: tuple[slice, slice], block: FloatArray) -> None:
        """Put a block into a matrix, and its mirror image if that is symmetric."""
        if self.given.symmetric:
            size = len(block)
            corner = np.triu(block[:, :size])
            block = np.hstack([corner + np.triu(corner, 1).T, block[:, size:]])
            matrix[place[1], place[0]] = block.T
        matrix[place] = block

    def finished(self) -> tuple[FloatArray, FloatArray | None]:
        """Return the kernel and its derivatives."""
        if self.tangent is not None:
            return self.tangent, self.tangent_by
        return self.covariance, self.by


def _moments(layer: Layer, v: FloatArray) -> tuple[LayerMoments, FloatArray, FloatArray]:
    """Return the moments of single inputs, their variances, and which of them are silent.

    An input of 0 without biases has no net inputs. Then y(0) stands for its activations, and 1 for
    the variance.
    """
    silent = v == 0
    v = np.where(silent, 1.0, v)
    found = layer.moments(v)
    return (_silenced(found, layer, silent) if silent.any() else found), v, silent


def _silenced(found: LayerMoments, layer: Layer, silent: FloatArray) -> LayerMoments:
    """Return the moments with y(0) for inputs of 0."""
    value = layer.scale * float(layer.source(np.zeros(1))[0]) + layer.shift

    def put(moments: FloatArray, known: float) -> FloatArray:
        return np.where(silent, known, moments)

    return LayerMoments(
        put(found.mean, value),
        put(found.second_moment, value**2),
        found.derivative_second_moment,
        put(found.by_variance, 0.0),
    )


def diagonal(
    squares: FloatArray, layer: Layer, weights: Iid, depth: int, tangent: bool
) -> FloatArray:
    """Return the kernel of inputs with themselves, from x x/d."""
    kernels = generated.activation_kernels
    v = kernels.next_covariance(squares, weights.tau, weights.bias_variance)
    total = v
    for number in range(depth):
        model = Iid() if number == depth - 1 else weights
        found, *_ = _moments(layer, v)
        v = kernels.next_covariance(found.second_moment, model.tau, model.bias_variance)
        total = kernels.next_tangent(v, found.derivative_second_moment, total, model.tau)
    return total if tangent else v


@dataclass(frozen=True)
class Limit:
    """What a kernel tends to as the depth grows: two numbers, and their derivatives."""

    equal: float
    """Of an input with itself."""

    different: float
    """Of two inputs."""

    equal_by: tuple[float, float]
    different_by: tuple[float, float]


def limit(squares: FloatArray, layer: Layer, weights: Iid, *, tangent: bool) -> Limit:
    """Return the limit of infinite depth, or raise ValueError where there is none."""
    require_continuous(layer.source)
    tau, beta = weights.tau, weights.bias_variance
    v = _settled(tau * squares + beta, layer, weights)
    at = np.array([v])
    found = layer.moments(at)
    second, slope = found.second_moment.item(), found.derivative_second_moment.item()
    by_variance, chi = found.by_variance.item(), tau * found.derivative_second_moment.item()
    of_v = np.array([second, 1.0]) / (1 - tau * by_variance)
    whole = slice(None)
    if tangent:
        if chi > 1 - numpy_kernels.EQUAL_GAIN:
            raise ValueError(
                f"depth must be finite: the gradient gain is {chi:.6g} at the fixed point, and the "
                "tangent kernel grows without limit where it is not below 1"
            )
        parts = layer.pairs(at, at, 3)(whole, whole, np.zeros((1, 1)), 3)
        of_slope = (parts[5] + parts[6]).item() * of_v
        value = second + slope * v / (1 - chi)
        by = by_variance * of_v + (slope * of_v + v * of_slope) / (1 - chi)
        by += slope * v * (np.array([slope, 0.0]) + tau * of_slope) / (1 - chi) ** 2
        pair = by[0].item(), by[1].item()
        return Limit(value, value, pair, pair)
    of_second = by_variance * of_v
    equal_by = of_second[0].item(), of_second[1].item()
    if chi <= 1 + numpy_kernels.EQUAL_GAIN:
        return Limit(second, second, equal_by, equal_by)
    theta = _settled_angle(v, layer, weights)
    parts = layer.pairs(at, at, 2)(whole, whole, np.array([[theta]]), 2)
    mean, pair_slope, by_first, by_second = (part.item() for part in parts)
    c = math.cos(theta)
    # q = tau K + beta, of which K depends on v and c = q/v
    change = np.array([mean, 1.0]) + tau * (by_first + by_second - pair_slope * c) * of_v
    of_q = change / (1 - tau * pair_slope)
    of_mean = (by_first + by_second - pair_slope * c) * of_v + pair_slope * of_q
    return Limit(second, mean, equal_by, (of_mean[0].item(), of_mean[1].item()))


def _settled(v: FloatArray, layer: Layer, weights: Iid) -> float:
    """Return the variance to which those of all inputs come."""
    for _ in range(MOST_LAYERS):
        if not np.all(is_inside(0.0, v)):
            break
        following = weights.tau * layer.moments(v).second_moment + weights.bias_variance
        if np.all(np.abs(following - v) <= SETTLED_WITHIN * v):
            if np.ptp(following) <= 1e-9 * following.max():
                return float(np.median(following))
            break
        v = np.unique(following)
    raise ValueError(
        "depth must be finite: the variances of these inputs come to no common fixed point; see "
        "selu_sym.stability(p)"
    )


def _settled_angle(v: float, layer: Layer, weights: Iid) -> float:
    """Return the angle to which different inputs come, at a fixed point that parts them."""
    at, whole, theta = np.array([v]), slice(None), np.array([[math.pi / 2]])
    evaluate = layer.pairs(at, at, 0)
    for _ in range(MOST_LAYERS):
        (mean,) = evaluate(whole, whole, theta, 0)
        c = (weights.tau * mean + weights.bias_variance) / v
        following = np.arccos(np.clip(c, -1.0, 1.0))
        if np.abs(following - theta).item() <= SETTLED_WITHIN:
            break
        theta = following
    return float(theta.item())
