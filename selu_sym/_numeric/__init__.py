"""Numbers in float64: what the formulas of :mod:`selu_sym._generated` are for floats and arrays.

``validation`` checks arguments. ``weights`` turns mean and variance into those of the net input.
From these follow the half-line ``moments``, and from the moments the parameters of a
``fixed_point``. From the parameters follow their ``sensitivity``, the ``layer_map`` with its
stability, and the gradients and pairs of inputs of ``signals``.
"""
