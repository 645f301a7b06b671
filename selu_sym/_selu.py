"""The parameters of a SELU, with the moments that they are for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast, overload

import numpy as np
import numpy.typing as npt

from selu_sym import _words
from selu_sym._numeric import layer_map, sensitivity, signals, validation
from selu_sym._numeric import weights as weight_models
from selu_sym._numeric.kernels import kernels_for
from selu_sym._numeric.selu import SeluAtMoments
from selu_sym._numeric.validation import FloatArray, Real, Values, Values_co

CHECKS = {
    "alpha": validation.real,
    "scale": validation.real,
    "mean": validation.finite,
    "variance": validation.positive,
    "input_mean": validation.real,
    "input_variance": validation.real,
}
"""The fields that hold numbers, and the check of each.

With ``missing="nan"`` alpha, scale and the net input's moments may be infinite or NaN."""


@dataclass(frozen=True, eq=False, repr=False)
class SeluParameters(SeluAtMoments[Values_co]):
    """The SELU that maps its net input to a given mean and variance.

    It unpacks: ``alpha, scale = parameters``. Fields are read-only, arrays included. Equal
    parameters have equal hashes, so that a ``tf.function`` is traced once for them. ``print``
    shows the target as well, and its stability and gradients if there is a single target. ``repr``
    is code that makes an equal object; for arrays, that code needs NumPy's ``array`` and ``nan``,
    and arrays of more than 1000 elements are shortened.

    Attributes
    ----------
    alpha : float or float64 array
        The SELU's alpha, selu(z) = scale * alpha * (exp(z) - 1) for z <= 0.
    scale : float or float64 array
        The SELU's lambda, selu(z) = scale * z for z > 0.
    mean, variance : float or float64 array
        Mean and variance of the activations.
    input_mean, input_variance : float or float64 array
        Mean and variance of the net input.
    weights : str, (omega, tau), Iid or None
        The weight model, None where the net input was given (:func:`match_moments`).

    Raises
    ------
    ValueError, TypeError
        If it is made with a moment that is not finite, a variance that is not positive, shapes
        that do not broadcast, or an unknown weight model. It is not checked that alpha and scale
        fit the moments.

    Examples
    --------
    >>> import selu_sym
    >>> p = selu_sym.selu_parameters(0.0, 1.0)
    >>> print(p)  # doctest: +ELLIPSIS
    alpha           1.6732632423543...
    scale (lambda)  1.0507009873554...
    saturation      -1.758099340847...
    mean            0.0
    variance        1.0
    weights assumed iid (independent weights of mean 0 and variance 1/n)
    stability       attracting (spectral radius 0.783)
    gradients       1.07157 a layer (second moment), tenfold over 33.3 layers
    >>> eval(repr(p)) == p
    True
    """

    def __post_init__(self) -> None:
        """Check the fields, and keep read-only copies of arrays."""
        if self.weights is not None:
            vars(self)["weights"] = weight_models.checked(self.weights)  # the class is frozen
        moments = (self.mean, self.variance, self.input_mean, self.input_variance)
        types = set(map(type, (self.alpha, self.scale, *moments)))
        floats = types == {float} and math.isfinite(sum(moments))
        if floats and self.variance > 0 and self.input_variance > 0:
            return  # as nearly always; this check takes a microsecond
        numbers = {name: check(name, getattr(self, name)) for name, check in CHECKS.items()}
        if not all(isinstance(value, float) for value in numbers.values()):
            arrays = map(validation.read_only, validation.broadcast(**numbers))
            numbers = dict(zip(numbers, arrays, strict=True))
        vars(self).update(numbers)

    def __iter__(self) -> Iterator[Values_co]:
        return iter((self.alpha, self.scale))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SeluParameters):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def __reduce__(self) -> tuple[type[SeluParameters], tuple[object, ...]]:
        """Pickle and copy by the constructor, which makes arrays read-only."""
        return type(self), tuple(vars(self).values())

    def __tf_flatten__(self) -> tuple[tuple[SeluParameters], tuple[()]]:
        """Tell TensorFlow that it holds no tensors, so that ``tf.function`` compares values.

        By default it compares weak references, and traces again for each new object.
        """
        return (self,), ()

    @classmethod
    def __tf_unflatten__(
        cls, metadata: tuple[SeluParameters], components: tuple[()]
    ) -> SeluParameters:
        return metadata[0]

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={_words.code(value)}" for name, value in vars(self).items())
        return f"SeluParameters({fields})"

    def __str__(self) -> str:
        rows: dict[str, object] = {
            "alpha": self.alpha,
            "scale (lambda)": self.scale,
            "saturation": self.saturation,
            "mean": self.mean,
            "variance": self.variance,
        }
        if self.weights is None:
            rows |= {"input mean": self.input_mean, "input variance": self.input_variance}
        else:
            rows["weights assumed"] = weight_models.in_words(self.weights)
            if isinstance(self.alpha, float):  # of arrays it takes longer than to solve them
                rows["stability"] = layer_map.stability(self)
                gain = signals.gradient_gain(self)
                if isinstance(gain, float) and not math.isnan(gain):
                    rows["gradients"] = signals.in_words(gain)
        return _words.table(rows)

    def to_dict(self) -> dict[str, object]:
        """Return the fields as plain floats, or lists of them, for JSON or a table.

        Returns
        -------
        dict
            Its keys are the names of the fields. The weights are a string, a tuple of floats, a
            dict of the fields of :class:`Iid`, or None. For a pandas.DataFrame of arrays, replace a
            tuple or a dict by its text, ``str(p.weights)``.

        Examples
        --------
        >>> import json, selu_sym
        >>> p = selu_sym.selu_parameters([0.0, 0.1], 1.0, weights="iid")
        >>> SeluParameters.from_dict(json.loads(json.dumps(p.to_dict()))) == p
        True
        """
        fields = {**vars(self), "weights": weight_models.plain(self.weights)}
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in fields.items()
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, object]) -> SeluParameters:
        """Return the parameters of a dict that :meth:`to_dict` made.

        Parameters
        ----------
        fields : mapping
            The dict, which may have been written to JSON and read again.

        Raises
        ------
        ValueError, TypeError
            If a field is missing, unknown, or not what the class takes.
        """
        return cls(**cast("dict[str, Any]", fields))

    def _identity(self) -> tuple[object, ...]:
        """Return a hashable tuple by which parameters are compared."""
        return tuple(map(_comparable, vars(self).values()))

    @property
    def saturation(self) -> Values_co:
        """-alpha * scale, the limit of selu(z) for z to minus infinity."""
        return cast("Values_co", -self.alpha * self.scale)

    @overload
    def dropout_affine(self, rate: Real) -> tuple[Values_co, Values_co]: ...
    @overload
    def dropout_affine(self, rate: npt.ArrayLike) -> tuple[FloatArray, FloatArray]: ...
    def dropout_affine(self, rate: npt.ArrayLike) -> tuple[Values, Values]:
        r"""Return the (a, b) with which alpha dropout keeps mean and variance.

        A unit is kept with probability q = 1 - rate; otherwise it is set to the saturation value s.
        Then a x + b has the mean mu and the variance nu again:

        .. math::
            a = \sqrt{\frac{\nu}{q((1-q)(s-\mu)^2 + \nu)}}, \quad
            b = \mu - a (q \mu + (1-q) s)

        Parameters
        ----------
        rate : array_like
            Probability in [0, 1) that a unit is dropped. Broadcasts with the parameters.

        Returns
        -------
        a, b : float, or float64 arrays of the broadcast shape

        Raises
        ------
        ValueError
            If a rate is outside [0, 1).

        Notes
        -----
        Source: ``derivations.dropout``; Klambauer et al. 2017, "New Dropout Technique".

        Examples
        --------
        >>> import selu_sym
        >>> a, b = selu_sym.selu_parameters(0.0, 1.0).dropout_affine(0.1)
        >>> print(f"{a:.6f} {b:.6f}")
        0.921285 0.161971
        """
        rates, mean, variance, saturation = validation.broadcast(
            rate=validation.rate(rate),
            mean=self.mean,
            variance=self.variance,
            saturation=self.saturation,
        )
        a, b = kernels_for(rates).dropout_affine(mean, variance, saturation, 1 - rates)
        return a, b

    def gradient(self) -> FloatArray:
        r"""Return the derivatives of alpha and scale with respect to mean and variance.

        The weight model gives the net input's moments as functions of mean and variance, and the
        derivatives take that into account. So mean and variance can be trained:

        .. math::
            \begin{pmatrix}
            \partial\alpha/\partial\mu & \partial\alpha/\partial\nu \\
            \partial\lambda/\partial\mu & \partial\lambda/\partial\nu
            \end{pmatrix}

        Returns
        -------
        float64 array of shape (..., 2, 2), where ... is the shape of the parameters

        Raises
        ------
        ValueError
            If the parameters have no weight model (:func:`match_moments`).

        Notes
        -----
        The derivatives solve the linear system that differentiating the two fixed-point
        equations gives. Accuracy: 1e-12 relative to the larger entry of a row, or
        1e-13/sqrt(input_variance) where that is more, times alpha's condition number
        (:meth:`condition_numbers`) where that exceeds 1; tested for all weight models and net
        inputs within 24 deviations of zero against differences of many digits. The derivatives are
        NaN where alpha is, where the condition number exceeds 1e8 (as for a net input five
        deviations above zero), and where float64 does not suffice, as in :func:`stability`.

        Source: ``derivations.sensitivity``.

        Examples
        --------
        >>> import selu_sym
        >>> print(selu_sym.selu_parameters(-0.1, 2.0, weights="unit-sum").gradient().round(6))
        [[-0.037247  0.259321]
         [-0.144085  0.004958]]
        """
        return sensitivity.gradient(self)

    def condition_numbers(self) -> tuple[Values_co, Values_co]:
        r"""Return the relative condition numbers of alpha and scale.

        They say by how much a relative change of the four inputs m, v, mu and nu is amplified in
        alpha and scale, in the worst case and to first order:

        .. math::
            \kappa_\alpha = \frac1\alpha \sum_{p \in \{m, v, \mu, \nu\}}
            \left|p \frac{\partial\alpha}{\partial p}\right|

        The moments m and v of the net input and the moments of the output count as
        independent, as in :func:`match_moments`. The relative errors of the computed alpha
        and scale are a few units in the last place times these numbers.

        Returns
        -------
        condition number of alpha, of scale : float, or float64 arrays

        Notes
        -----
        Source: ``derivations.sensitivity``; N. Higham, *Accuracy and Stability of Numerical
        Algorithms*, section 1.6.

        Examples
        --------
        >>> import selu_sym
        >>> of_alpha, of_scale = selu_sym.selu_parameters(0.0, 1.0).condition_numbers()
        >>> print(f"{of_alpha:.3f} {of_scale:.3f}")
        0.212 0.986
        """
        return cast("tuple[Values_co, Values_co]", sensitivity.condition_numbers(self))


def _comparable(value: object) -> object:
    """Return a hashable stand-in for a field, for which NaN equals NaN, and -0.0 equals 0.0."""
    if isinstance(value, np.ndarray):
        return value.shape, np.where(np.isnan(value), np.nan, value + 0.0).tobytes()
    return "nan" if isinstance(value, float) and math.isnan(value) else value
