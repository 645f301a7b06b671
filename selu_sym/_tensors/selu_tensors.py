"""The parameters of a SELU as tensors, for every framework that can train them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, overload

if TYPE_CHECKING:
    from typing_extensions import Self  # checkers bring it along


class Arithmetic(Protocol):
    """A tensor of any library, by the operations that are used here."""

    @property
    def dtype(self) -> object: ...
    def __add__(self, other: Self | float, /) -> Self: ...
    def __radd__(self, other: float, /) -> Self: ...
    def __mul__(self, other: Self | float, /) -> Self: ...
    def __rmul__(self, other: float, /) -> Self: ...
    def __pow__(self, other: Self | float, /) -> Self: ...
    def __neg__(self) -> Self: ...
    def __abs__(self) -> Self: ...
    def __and__(self, other: Self, /) -> Self: ...
    def __le__(self, other: Self | float, /) -> Self: ...
    def __ge__(self, other: Self | float, /) -> Self: ...
    def __gt__(self, other: Self | float, /) -> Self: ...


Tensor = TypeVar("Tensor", bound=Arithmetic)
"""The tensors of one library, ``tf.Tensor`` or ``jax.Array``."""


@dataclass(frozen=True)
class SeluTensors(Generic[Tensor]):
    """The SELU of a fixed point, as tensors with derivatives with respect to the fixed point.

    It can be used like the tuple ``(alpha, scale)``: it unpacks, has the length 2, and can be
    indexed. Functions that TensorFlow traces or JAX transforms can take and return it.

    Attributes
    ----------
    alpha, scale : tensor
        The SELU's parameters, as in :class:`~selu_sym.SeluParameters`.
    mean, variance : tensor
        Mean and variance of the activations.
    """

    alpha: Tensor
    scale: Tensor
    mean: Tensor
    variance: Tensor

    def __iter__(self) -> Iterator[Tensor]:
        return iter((self.alpha, self.scale))

    def __len__(self) -> int:
        return 2

    @overload
    def __getitem__(self, index: int) -> Tensor: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Tensor, ...]: ...
    def __getitem__(self, index: int | slice) -> Tensor | tuple[Tensor, ...]:
        return (self.alpha, self.scale)[index]

    @property
    def saturation(self) -> Tensor:
        """-alpha * scale, the limit of selu(z) for z to minus infinity."""
        return -self.alpha * self.scale

    def __tf_flatten__(self) -> tuple[tuple[()], tuple[Tensor, ...]]:
        return (), (self.alpha, self.scale, self.mean, self.variance)

    @classmethod
    def __tf_unflatten__(cls, _: tuple[()], components: tuple[Tensor, ...]) -> SeluTensors[Tensor]:
        return cls(*components)
