"""Exact numbers and balls: what is computed by Arb.

``numbers`` reads fractions and decimals without rounding, ``arb`` guards the working precision of
python-flint and converts balls, and ``solve`` finds alpha and scale as balls.
"""
