"""Numbers in float64: the generated formulas applied to floats and arrays.

``validation`` checks arguments, and ``weights`` turns mean and variance into those of the net
input. ``kernels`` types the generated code and ``elementwise`` applies it. ``moments`` chooses the
stable form of each half-line moment, and ``fixed_point`` finds alpha and scale. A SELU at given
moments is a ``selu.SeluAtMoments``: ``sensitivity``, ``layer_map`` and ``signals`` compute with it.
Any activation is a ``catalogue.Source``, or made of a function by ``callables``; ``gaussian_means``
and ``pairs`` integrate it, and ``transformed`` finds scale and shift. The public modules of
:mod:`selu_sym` call all of them.

``activation_checks`` refuses what an activation has no means for, ``hermite`` expands it in Hermite
polynomials, and ``fluctuations`` follows a signal through layers of finite width. ``shaping``
solves the conditions of :func:`selu_sym.shape_for_depth`, and ``search`` finds where
:func:`selu_sym.for_depth` has a solution.
"""
