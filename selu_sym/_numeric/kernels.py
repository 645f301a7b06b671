"""The generated kernels for Python floats and for arrays, as one type."""

from __future__ import annotations

from typing import Protocol, cast

from selu_sym._generated import math_kernels, numpy_kernels
from selu_sym._numeric.validation import Bools, Values


class Kernels(Protocol):
    """What both modules of kernels have; arguments are all floats, or all arrays.

    Arguments have the names of ``derivations.symbols``. The docstrings of the generated functions
    describe the values that they return.
    """

    def existence_gap(
        self,
        A: Values,
        B: Values,
        C: Values,
        D: Values,
        A_minor: Values,
        C_minor: Values,
        V: Values,
        m: Values,
        v: Values,
        mu: Values,
        nu: Values,
        /,
    ) -> Values: ...
    def gap_magnitude(
        self,
        A: Values,
        B: Values,
        C: Values,
        V: Values,
        m: Values,
        v: Values,
        mu: Values,
        nu: Values,
        /,
    ) -> Values: ...
    def fixed_point(
        self, A: Values, B: Values, C: Values, D: Values, G: Values, mu: Values, nu: Values, /
    ) -> tuple[Values, Values]: ...
    def dropout_affine(
        self, mu: Values, nu: Values, s: Values, q: Values, /
    ) -> tuple[Values, Values]: ...

    # the half-line moments
    def moment_forms(self, m: Values, v: Values, /) -> tuple[Bools, Bools, Bools]: ...
    def decay(self, m: Values, v: Values, /) -> Values: ...
    def moments_by_differences(
        self, m: Values, v: Values, g: Values, /
    ) -> tuple[Values, Values, Values, Values, Values]: ...
    def minor_moments_by_fraction(
        self, m: Values, v: Values, g: Values, /
    ) -> tuple[Values, Values]: ...
    def moments_below_by_series(
        self, m: Values, v: Values, g: Values, /
    ) -> tuple[Values, Values]: ...
    def moments_below_by_fraction(
        self, m: Values, v: Values, g: Values, /
    ) -> tuple[Values, Values]: ...
    def needs_variance_far_below(self, m: Values, v: Values, /) -> Bools: ...
    def variance_far_below(self, m: Values, v: Values, g: Values, /) -> Values: ...
    def remaining_moments(
        self,
        m: Values,
        v: Values,
        A_minor: Values,
        B: Values,
        C_minor: Values,
        D: Values,
        V: Values,
        /,
    ) -> tuple[Values, Values, Values]: ...
    def tails(self, m: Values, v: Values, /) -> tuple[Values, Values, Values, Values]: ...

    # derivatives of the parameters
    def derivatives(
        self,
        A: Values,
        B: Values,
        C: Values,
        D: Values,
        P: Values,
        T1: Values,
        T2: Values,
        p0: Values,
        alpha: Values,
        lamda: Values,
        m: Values,
        v: Values,
        mu: Values,
        nu: Values,
        /,
    ) -> tuple[Values, Values, Values, Values, Values, Values, Values, Values]: ...
    def condition_numbers(
        self,
        alpha_m: Values,
        alpha_v: Values,
        alpha_mu: Values,
        alpha_nu: Values,
        lamda_m: Values,
        lamda_v: Values,
        lamda_mu: Values,
        lamda_nu: Values,
        alpha: Values,
        lamda: Values,
        m: Values,
        v: Values,
        mu: Values,
        nu: Values,
        /,
    ) -> tuple[Values, Values]: ...

    # the layer map
    def positive_part_variance(
        self, A: Values, C: Values, A_minor: Values, C_minor: Values, m: Values, v: Values, /
    ) -> Values: ...
    def negative_part_variance(self, V: Values, m: Values, v: Values, /) -> Values: ...
    def layer_map(
        self, A: Values, B: Values, U: Values, V: Values, alpha: Values, lamda: Values, /
    ) -> tuple[Values, Values]: ...
    def layer_derivatives(
        self,
        A: Values,
        B: Values,
        D: Values,
        P: Values,
        T1: Values,
        T2: Values,
        p0: Values,
        alpha: Values,
        lamda: Values,
        /,
    ) -> tuple[Values, Values, Values, Values]: ...
    def layer_derivative_magnitudes(
        self,
        A: Values,
        B: Values,
        D: Values,
        P: Values,
        T1: Values,
        T2: Values,
        p0: Values,
        alpha: Values,
        lamda: Values,
        /,
    ) -> tuple[Values, Values, Values, Values]: ...
    def linear_complement(
        self,
        A: Values,
        A_minor: Values,
        B: Values,
        D: Values,
        P: Values,
        T0: Values,
        T1: Values,
        T2: Values,
        p0: Values,
        x: Values,
        y: Values,
        m: Values,
        v: Values,
        mu: Values,
        nu: Values,
        omega: float,
        tau: float,
        /,
    ) -> tuple[Values, Values, Values, Values]: ...
    def iid_complement(
        self,
        A: Values,
        P: Values,
        T1: Values,
        T2: Values,
        p0: Values,
        x: Values,
        y: Values,
        mu: Values,
        tau: float,
        /,
    ) -> tuple[Values, Values, Values, Values]: ...
    def parameter_gradient(
        self,
        A: Values,
        B: Values,
        C: Values,
        D: Values,
        alpha: Values,
        lamda: Values,
        mu: Values,
        d11: Values,
        d12: Values,
        d21: Values,
        d22: Values,
        /,
    ) -> tuple[Values, Values, Values, Values]: ...
    def linear_jacobian(
        self, g1_m: Values, g1_v: Values, g2_m: Values, g2_v: Values, omega: float, tau: float, /
    ) -> tuple[Values, Values, Values, Values]: ...
    def iid_jacobian(
        self, g1_m: Values, g1_v: Values, g2_m: Values, g2_v: Values, mu: Values, tau: float, /
    ) -> tuple[Values, Values, Values, Values]: ...

    # signals
    def gradient_gain(
        self, P: Values, T2: Values, alpha: Values, lamda: Values, tau: Values, /
    ) -> Values: ...
    def high_moments(
        self, H3: Values, H4: Values, alpha: Values, lamda: Values, v: Values, /
    ) -> tuple[Values, Values]: ...
    def high_moments_below_by_differences(self, v: Values, /) -> tuple[Values, Values]: ...
    def high_moments_below_by_series(self, v: Values, /) -> tuple[Values, Values]: ...
    def needs_series(self, v: Values, /) -> Bools: ...
    def second_moment_slopes(
        self, T1: Values, T2: Values, p0: Values, alpha: Values, lamda: Values, tau: Values, /
    ) -> tuple[Values, Values, Values]: ...
    def next_fluctuations(
        self,
        F1: Values,
        F2: Values,
        F3: Values,
        F4: Values,
        rho: Values,
        f1: Values,
        sigma2: Values,
        n: int,
        /,
    ) -> tuple[Values, Values, Values]: ...
    def slope_moments(
        self, alpha: Values, lamda: Values, v: Values, tau: float, /
    ) -> tuple[Values, Values, Values, Values]: ...
    def shared_by_squares(self, F2: Values, X2: Values, /) -> Values: ...
    def shared_by_variances(self, F1: Values, F2: Values, X1: Values, X2: Values, /) -> Values: ...
    def next_growth_fluctuations(
        self,
        kappa: Values,
        eta: Values,
        rho: Values,
        xi: Values,
        gamma: Values,
        zeta: Values,
        sigma2: Values,
        n: int,
        /,
    ) -> tuple[Values, Values]: ...


def kernels_for(value: Values) -> Kernels:
    """Return the kernels for Python floats or for arrays.

    Each of the two modules takes its own kind of numbers alone, and a caller passes one kind.
    """
    return cast("Kernels", math_kernels if isinstance(value, float) else numpy_kernels)
