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

LARGEST_MEAN_SQUARE = 1e150
"""Of the elements of a row: what is computed from products of two of them stays finite."""


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
        layer_of(p)
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
        by: FloatArray | None
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

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[str, ...]:
        """Return what kernels are compared by; an activation's repr has all of its numbers."""
        return tuple(repr(value) for value in self.get_params().values())

    def __repr__(self) -> str:
        tau, beta = (f"{value:.3g}" for value in (self.tau, self.bias_variance))
        of = (
            f"alpha={self.p.alpha:.4g}"
            if isinstance(self.p, SeluParameters)
            else self.p.source.name
        )
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
        """Return the layer, the weights and the depth, or raise ValueError or TypeError."""
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
    """Return a matrix, or raise ValueError if it is none, not finite, or too large."""
    rows: FloatArray = np.asarray(values, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ValueError(f"{name} must be a matrix with a column at least, got {rows.shape}")
    if columns is not None and rows.shape[1] != columns:
        raise ValueError(f"Y must have {columns} columns as X has, got {rows.shape[1]}")
    if not np.isfinite(rows).all():
        raise ValueError(f"{name} must be finite")
    with np.errstate(over="ignore"):
        squares = np.einsum("ij,ij->i", rows, rows) / rows.shape[1]
    (large,) = np.nonzero(squares > LARGEST_MEAN_SQUARE)
    if large.size:
        raise ValueError(
            f"{name} must have rows of mean squares up to {LARGEST_MEAN_SQUARE:g}, got "
            f"{squares[large[0]]:g} in row {large[0]}: scale {name}, for example with "
            "sklearn.preprocessing.StandardScaler"
        )
    return rows


class NNGP(NetworkKernel):
    r"""Covariance of the outputs of an infinitely wide network, as a kernel of scikit-learn.

    .. math::
        \Sigma_0 = \frac{\tau}{d}\, x \cdot y + \beta, \quad
        \Sigma_{l+1} = \tau E[f(z_1) f(z_2)] + \beta, \quad
        (z_1, z_2) \sim N(0, \Sigma_l), \quad K = E[f(z_1) f(z_2)] \text{ at } \Sigma_{depth-1}

    Before training, the outputs of a wide fully connected network are a Gaussian process with this
    covariance. The network has ``depth`` hidden layers with the activation f, weights of variance
    tau/n and biases of variance beta, and a linear readout with weights of variance 1/n and without
    biases.

    Parameters
    ----------
    p : SeluParameters or TransformedActivation
        Of a single target: from :func:`selu_sym.selu_parameters`, :func:`selu_sym.standardize`,
        :func:`selu_sym.balance` or :func:`selu_sym.shape_for_depth`.
    depth : int or math.inf
        Number of hidden layers. ``math.inf`` is the limit: where the gradient gain at the fixed
        point of the variances is at most 1, all inputs become one, and the kernel is a constant.
        Where it is above 1, it is one constant for an input with itself, and a smaller one for any
        two inputs: nothing is left to tell near inputs from far ones.
    tau, bias_variance : float, optional
        Hyperparameters, those of the weight model of p by default, which must be independent.
    tau_bounds, bias_variance_bounds : (float, float) or "fixed", optional
        (1e-5, 1e5) by default; a bias_variance of 0 is fixed.

    Raises
    ------
    ValueError
        If depth is no positive integer, p holds arrays, no solution or no independent weights, a
        hyperparameter is outside its domain, X is no matrix of finite numbers, or the mean square
        of one of its rows is above 1e150; for infinite depth, if the variances come to no common
        fixed point.
    TypeError
        If p is none of the two.

    See Also
    --------
    NTK : the tangent kernel of the same network.

    Notes
    -----
    A layer is accurate to 1e-10 of the geometric mean of the two second moments, for net inputs of
    variances between 1e-4 and 1e4, at all correlations. Rounding errors of the covariances grow
    like the correlations' distances, by the gradient gain a layer. Of hard tanh at the variance
    1e4 it is 2e-10. Gradients with respect to ``theta`` are exact.

    Pairs are closed forms for ReLU, leaky ReLU, squared ReLU, erf, GELU, sine, cosine and
    exp(-z^2). Others are integrated into tables, which are kept, in a second or two; the wider the
    range of the variances, the longer. With kinks beside 0 (ReLU6,
    hard tanh, a ReLU with input shift) each pair is integrated: with one variance of all inputs,
    for example of normalized rows, fast again; else some microseconds a pair and layer for those
    linear between their kinks, and milliseconds for the others (a SELU with input shift,
    hard SiLU). Gradients of these are differences, to about 1e-8.

    Source: ``derivations.kernels``; R. Neal, *Priors for infinite networks*, 1994; J. Lee et al.,
    arXiv 1711.00165; Y. Cho and L. Saul, *Kernel methods for deep learning*, 2009; C. Williams,
    *Computing with infinite networks*, 1996.

    Examples
    --------
    >>> import selu_sym
    >>> kernel = selu_sym.kernels.NNGP(selu_sym.selu_parameters(0.0, 1.0), depth=4)
    >>> print(kernel([[1.0, 0.0], [1.0, 1.0]]).round(6))
    [[0.767665 0.588415]
     [0.588415 1.      ]]
    """

    _tangent = False


class NTK(NetworkKernel):
    r"""Tangent kernel of an infinitely wide network, as a kernel of scikit-learn.

    .. math::
        \Theta_0 = \Sigma_0, \quad
        \Theta_{l+1} = \Sigma_{l+1} + \tau E[f'(z_1) f'(z_2)]\, \Theta_l, \quad
        \Theta = K + E[f'(z_1) f'(z_2)]\, \Theta_{depth-1}

    with the covariances of :class:`NNGP`. It is the sum over all parameters of the products of an
    output's derivatives at two inputs, where a weight is sqrt(tau/n) and a bias sqrt(beta) times a
    parameter. A wide network that is trained by gradient descent on squared errors does what
    regression with this kernel does.

    Parameters
    ----------
    p : SeluParameters or TransformedActivation
        As of :class:`NNGP`. The activation must not jump.
    depth : int or math.inf
        Number of hidden layers. ``math.inf`` is the limit, a constant, where the gradient gain at
        the fixed point of the variances is below 1; elsewhere the kernel grows without limit.
    tau, bias_variance : float, optional
        Hyperparameters, as of :class:`NNGP`.
    tau_bounds, bias_variance_bounds : (float, float) or "fixed", optional
        As of :class:`NNGP`.

    Raises
    ------
    ValueError, TypeError
        As :class:`NNGP`; also if the activation jumps, or the limit is infinite.

    See Also
    --------
    NNGP : the covariance of the outputs of the same network.

    Notes
    -----
    Accuracy, speed and gradients are those of :class:`NNGP`. A kink makes E[f'(z1) f'(z2)] change
    with the square root of the distance of two inputs: for inputs that agree to ten digits, the
    rounding of their covariance is seen in the eighth digit. Equal inputs are recognized.

    Source: ``derivations.kernels``; A. Jacot, F. Gabriel, C. Hongler, arXiv 1806.07572.

    Examples
    --------
    >>> import selu_sym
    >>> kernel = selu_sym.kernels.NTK(selu_sym.selu_parameters(0.0, 1.0), depth=4)
    >>> print(kernel([[1.0, 0.0], [1.0, 1.0]]).round(6))
    [[4.286052 3.052887]
     [3.052887 5.768839]]
    """

    _tangent = True
