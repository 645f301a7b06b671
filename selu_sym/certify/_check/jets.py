"""Balls that carry their gradients: automatic differentiation for the check of certificates."""

from __future__ import annotations

from collections.abc import Sequence

from flint import arb

from selu_sym.certify._check.means import meet, product, square

Scalar = arb | int
"""A factor or term without a gradient."""


class Jet:
    """A ball of a quantity over a box, with balls of its derivatives along the sides."""

    __slots__ = ("slopes", "value")

    def __init__(self, value: arb, slopes: tuple[arb, ...]) -> None:
        self.value, self.slopes = value, slopes

    def __add__(self, other: Jet | Scalar) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.value + other, self.slopes)
        slopes = tuple(a + b for a, b in zip(self.slopes, other.slopes, strict=True))
        return Jet(self.value + other.value, slopes)

    def __neg__(self) -> Jet:
        return Jet(-self.value, tuple(-a for a in self.slopes))

    def __sub__(self, other: Jet | Scalar) -> Jet:
        return self + -other

    def __rsub__(self, other: Scalar) -> Jet:
        return -self + other

    def __mul__(self, other: Jet | Scalar) -> Jet:
        if not isinstance(other, Jet):
            other = arb(other)
            value = product(self.value, other)
            return Jet(value, tuple(product(a, other) for a in self.slopes))
        pairs = zip(self.slopes, other.slopes, strict=True)
        slopes = tuple(product(a, other.value) + product(self.value, b) for a, b in pairs)
        value = square(self.value) if self is other else product(self.value, other.value)
        return Jet(value, slopes)

    __rmul__ = __mul__
    __radd__ = __add__

    def __truediv__(self, other: Jet | Scalar) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.value / other, tuple(a / other for a in self.slopes))
        value = self.value / other.value
        pairs = zip(self.slopes, other.slopes, strict=True)
        return Jet(value, tuple((a - value * b) / other.value for a, b in pairs))

    def sqrt(self) -> Jet:
        """Return the square root."""
        root = self.value.sqrt()
        return Jet(root, tuple(a / (2 * root) for a in self.slopes))

    def nonnegative_part(self) -> Jet:
        """Return it for a quantity that is not negative."""
        return Jet(self.value.nonnegative_part(), self.slopes)

    def sharpened(self, centre: arb, distances: Sequence[arb]) -> Jet:
        """Return it with what its ball and that of the mean value theorem have in common.

        That one is the value at the centre of the box, and the gradient times the distances to it.
        """
        pairs = zip(self.slopes, distances, strict=True)
        other = sum((slope * distance for slope, distance in pairs), centre)
        return Jet(meet(self.value, other), self.slopes)
