"""Exact numbers and balls: what python-flint's Arb computes.

``numbers`` reads fractions and decimals without rounding. ``arb`` guards python-flint's working
precision and makes balls, ``decimals`` writes them as text. ``solve`` finds alpha and scale as
balls, also for float64 where its closed form does not reach. ``quantities`` computes what
:mod:`selu_sym.precise` returns of a SELU; ``activation_means`` encloses the means of any
activation, and ``gains`` has its gains. ``projections`` encloses its means times Hermite
polynomials, from which ``shaping`` proves shaped activations, and ``shaped`` is what users call.
"""
