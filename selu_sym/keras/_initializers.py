"""Initializers of kernels that shaped activations assume and that Keras has not."""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras


@keras.saving.register_keras_serializable(package="selu_sym")
class DeltaOrthogonal(keras.initializers.Orthogonal):  # type: ignore[misc]
    r"""Orthogonal weights whose squares sum to a unit's tau, also in convolutions.

    A kernel of a dense layer is an orthogonal matrix times gain * max(1, sqrt(outputs/inputs)). A
    kernel of a convolution is such a matrix at its center, and 0 elsewhere: at first it mixes
    channels and no places, and needs no zeros beyond the border.

    Parameters
    ----------
    gain : float
        The square root of tau, the mean over the units of their sums of squared weights: of
        sqrt(2) for the weight model ``"he_normal"``.
    seed : int or keras.random.SeedGenerator, optional
        As of ``keras.initializers.Orthogonal``: with an integer, each call draws the same weights.

    Raises
    ------
    ValueError
        When it is called, if the shape has fewer than two dimensions.

    Notes
    -----
    The matrix is drawn in float32 at least, uniformly among all orthogonal ones. Sums of squares
    are gain^2 in each unit if there are no more outputs than inputs; else the outputs share them.
    The last two dimensions of a shape are inputs and outputs, as in Dense, Conv1D to Conv3D, and
    the pointwise kernel of separable convolutions. Depthwise and transposed convolutions have
    others. ``keras.initializers.Orthogonal`` spreads one matrix over all places of a convolution,
    and its sums of squares are inputs/outputs where there are more outputs.

    Source: L. Xiao et al. 2018 (arXiv 1806.05393), "Dynamical isometry and a mean field theory of
    CNNs"; J. Martens et al. 2021 (arXiv 2110.01765) for the factor.

    Examples
    --------
    >>> import keras
    >>> kernel = DeltaOrthogonal(seed=1)((3, 3, 8, 32))
    >>> print(f"{float(keras.ops.sum(kernel**2)) / 32:.4f}")
    1.0000
    """

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> keras.KerasTensor:
        """Return a kernel of a shape."""
        if len(shape) < 2:
            raise ValueError(
                f"shape must have two dimensions at least, inputs and outputs, got {tuple(shape)}"
            )
        *places, inputs, outputs = shape
        dtype = keras.backend.standardize_dtype(dtype)
        wide = dtype if dtype == "float64" else "float32"  # there is no half-precision QR
        matrix = super().__call__((inputs, outputs), dtype=wide)
        matrix = keras.ops.cast(matrix * math.sqrt(max(1.0, outputs / inputs)), dtype)
        around = [((size - 1) // 2, size // 2) for size in places]
        kernel = keras.ops.reshape(matrix, (*(1 for _ in places), inputs, outputs))
        return keras.ops.pad(kernel, [*around, (0, 0), (0, 0)])
