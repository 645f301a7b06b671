"""How certificates are checked, independently of the search; ``certify.check`` calls it.

``check`` goes through the statements of a file, ``quantities`` turns each into a number that must
be negative on a box, and ``halving`` proves that it is. ``means`` bounds Gaussian means on boxes,
``net_inputs`` their covariances and derivatives, and ``jets`` carries gradients along. ``basin``
checks that all second moments come to a fixed point.
"""
