"""Kernels of infinitely wide networks as kernels of scikit-learn."""

from __future__ import annotations

import math
import numbers
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.gaussian_process.kernels import Hyperparameter, Kernel

from selu_sym._numeric import catalogue
from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Iid, independent, required
from selu_sym._selu import SeluParameters
from selu_sym._transformed import TransformedActivation
from selu_sym.kernels import _recursion
from selu_sym.kernels._pairs import Layer

Parameters: TypeAlias = SeluParameters[float] | TransformedActivation[float]

Bounds: TypeAlias = tuple[float, float] | Literal["fixed"]

FREE = (1e-5, 1e5)
"""Bounds of a hyperparameter by default, as scikit-learn has them."""


class NetworkKernel(Kernel):
    """What both kernels share: the recursion, and scikit-learn's contract."""

    _tangent: bool

    def __init__(
        self,
        p: Parameters,
        depth: float,
        tau: float | None = None,
        bias_variance: float | None = None,
        tau_bounds: Bounds | None = None,
        bias_variance_bounds: Bounds | None = None,
    ) -> None:
        self.p, self.depth = p, depth
        # scikit-learn clones with the objects that it finds here, so what is given is kept
        self.tau, self.bias_variance = tau, bias_variance
        if tau is None or bias_variance is None:
            model = independent(required(p.weights, "a kernel"))
            self.tau = model.tau if tau is None else tau
            self.bias_variance = model.bias_variance if bias_variance is None else bias_variance
        self.tau_bounds = FREE if tau_bounds is None else tau_bounds
        if bias_variance_bounds is None:
            bias_variance_bounds = FREE if self.bias_variance else "fixed"
        self.bias_variance_bounds = bias_variance_bounds
        self._checked()

    @property
    def hyperparameter_tau(self) -> Hyperparameter:
        """The hyperparameter tau."""
        return Hyperparameter("tau", "numeric", self.tau_bounds)

    @property
    def hyperparameter_bias_variance(self) -> Hyperparameter:
        """The hyperparameter bias_variance."""
        return Hyperparameter("bias_variance", "numeric", self.bias_variance_bounds)

    def __call__(
        self, X: npt.ArrayLike, Y: npt.ArrayLike | None = None, eval_gradient: bool = False
    ) -> FloatArray | tuple[FloatArray, FloatArray]:
        """Return the kernel of the rows of X and Y, and its gradient with respect to theta.

        Parameters
        ----------
        X : array_like of shape (n, d)
        Y : array_like of shape (m, d), optional
            X by default.
        eval_gradient : bool
            Whether the derivatives by the logarithms of the free hyperparameters are returned,
            too; Y must be None then.

        Returns
        -------
        K : float64 array of shape (n, m)
        gradient : float64 array of shape (n, n, free hyperparameters)
        """
        if eval_gradient and Y is not None:
            raise ValueError("eval_gradient must be False where Y is given")
        rows = _rows("X", X)
        given = _recursion.inputs(rows, None if Y is None else _rows("Y", Y, rows.shape[1]))
        layer, weights, depth = self._checked()
        if math.isinf(depth):
            found, by = self._limit(given, layer, weights)
        else:
            found, by = _recursion.kernel(
                given, layer, weights, int(depth), tangent=self._tangent, gradient=eval_gradient
            )
        if not eval_gradient:
            return found
        assert by is not None
        of_tau, of_biases = by
        derivatives = {
            "tau": weights.tau * of_tau,
            "bias_variance": weights.bias_variance * of_biases,
        }
        free = [derivatives[known.name] for known in self.hyperparameters if not known.fixed]
        return found, np.stack(free, axis=-1) if free else np.empty((*found.shape, 0))

    def diag(self, X: npt.ArrayLike) -> FloatArray:
        """Return the kernel of each row of X with itself.

        Parameters
        ----------
        X : array_like of shape (n, d)

        Returns
        -------
        float64 array of shape (n,)
        """
        rows = _rows("X", X)
        squares = np.einsum("ij,ij->i", rows, rows) / rows.shape[1]
        layer, weights, depth = self._checked()
        if math.isinf(depth):
            found = _recursion.limit(squares, layer, weights, tangent=self._tangent)
            return np.full(len(rows), found.equal)
        return _recursion.diagonal(squares, layer, weights, int(depth), self._tangent)

    def is_stationary(self) -> bool:
        """Return False: the kernel depends on more than the difference of two inputs."""
        return False

    def __repr__(self) -> str:
        tau, beta = (f"{value:.3g}" for value in (self.tau, self.bias_variance))
        of = f"alpha={self.p.alpha:.4g}" if isinstance(self.p, SeluParameters) else self.p.source.name
        return f"{type(self).__name__}({of}, depth={self.depth}, tau={tau}, bias_variance={beta})"

    def _limit(
        self, given: _recursion.Inputs, layer: Layer, weights: Iid
    ) -> tuple[FloatArray, FloatArray]:
        """Return the kernel of infinite depth, and its derivatives by tau and bias_variance."""
        found = _recursion.limit(given.squares, layer, weights, tangent=self._tangent)
        same = np.equal.outer(*given.labels)
        by = [
            np.where(same, *pair) for pair in zip(found.equal_by, found.different_by, strict=True)
        ]
        return np.where(same, found.equal, found.different), np.stack(by)

    def _checked(self) -> tuple[Layer, Iid, float]:
        """Return the layer, the weights and the depth, or raise an error that says what is wrong."""
        depth = self.depth
        whole = isinstance(depth, numbers.Integral) and not isinstance(depth, bool)
        if not ((whole and depth >= 1) or depth == math.inf):
            raise ValueError(f"depth must be a positive integer or math.inf, got {depth!r}")
        assert self.tau is not None
        assert self.bias_variance is not None
        return layer_of(self.p), Iid(self.tau, self.bias_variance), depth


def layer_of(p: object) -> Layer:
    """Return what the recursion needs of an activation with parameters."""
    if isinstance(p, SeluParameters):
        if np.ndim(p.alpha):
            raise ValueError(f"p must be of a single target, got arrays of shape {p.alpha.shape}")
        if not (p.alpha > 0 and p.scale > 0):
            raise ValueError(f"p must have a solution, got {p!r}")
        return Layer(catalogue.source("selu", (p.alpha, p.scale)), 1.0, 0.0, 1.0, 0.0)
    if isinstance(p, TransformedActivation):
        if np.ndim(p.scale):
            raise ValueError(f"p must be of a single target, got arrays of shape {p.scale.shape}")
        return Layer(p.source, p.input_scale, p.input_shift, float(p.scale), float(p.shift))
    raise TypeError(
        "p must be what selu_parameters, standardize, balance or shape_for_depth returns, "
        f"got {type(p).__name__}"
    )


def _rows(name: str, values: npt.ArrayLike, columns: int | None = None) -> FloatArray:
    """Return a matrix, or raise ValueError if it is none, or not finite."""
    rows: FloatArray = np.asarray(values, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ValueError(f"{name} must be a matrix with a column at least, got {rows.shape}")
    if columns is not None and rows.shape[1] != columns:
        raise ValueError(f"Y must have {columns} columns as X has, got {rows.shape[1]}")
    if not np.isfinite(rows).all():
        raise ValueError(f"{name} must be finite")
    return rows


class NNGP(NetworkKernel):
    _tangent = False


class NTK(NetworkKernel):
    _tangent = True
