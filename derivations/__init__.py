"""The mathematics of self-normalizing activations, derived with SymPy.

This package is the one source of truth of the project. It is needed to read the derivation and to
write ``selu_sym/_generated``, never to use ``selu_sym``. It imports nothing from ``selu_sym``. Each
chapter is a module that reads top to bottom: it states integrals or equations unevaluated,
evaluates them and simplifies.

The vocabulary. :mod:`~derivations.symbols` has the symbols of the SELU paper, with the assumptions
that SymPy needs. :mod:`~derivations.formula` has named formulas, which print short and unfold, and
results that are computed step by step. :mod:`~derivations.functions` has the functions that SymPy
lacks: erfcx, Mills' ratio, orthant probabilities, and three operations of tensor libraries.

Where the parameters come from. :mod:`~derivations.moments` integrates the four half-line moments
A, B, C and D of a Gaussian net input from their definition. :mod:`~derivations.fixed_point` finds
alpha and lamda where a line meets an ellipse, and decides whether the two meet.
:mod:`~derivations.dropout` finds the affine map of alpha dropout.

How they are computed. :mod:`~derivations.stable` writes the moments in forms that lose no digits in
float64, :mod:`~derivations.quadrature` as integrals for libraries without erfcx, with a closed
system of derivatives. :mod:`~derivations.activation` writes the SELU and alpha dropout of a tensor
without cancellation and overflow.

What they do to a network. :mod:`~derivations.sensitivity` has the derivatives and condition numbers
of alpha and lamda. :mod:`~derivations.stability` has the layer map, its Jacobian, and the
conditions under which a fixed point attracts; :mod:`~derivations.complement` computes I - J where
the Jacobian J is close to the identity. :mod:`~derivations.correlation` has pairs of inputs, by
Price's theorem, and :mod:`~derivations.distance` the distance of pairs that are nearly equal.
:mod:`~derivations.propagation` has gradients, the proof that they grow at every fixed point, and
layers of finite width.

Any activation. :mod:`~derivations.pieces` says what an activation is, a SymPy expression that may
have pieces, and :mod:`~derivations.activations` has the catalogue of them.
:mod:`~derivations.means` integrates their four Gaussian means, with the functions of
:mod:`~derivations.special`; :mod:`~derivations.transformed` has scale, shift and balance,
and :mod:`~derivations.shaping` a scale and a shift of the input, too, for networks of a depth.
:mod:`~derivations.forms` writes activations in forms that lose no digits, and
:mod:`~derivations.gaussian_rule` integrates them numerically. :mod:`~derivations.kernels` has pairs
of inputs with variances of their own, of which the kernels of infinitely wide networks are made.

:mod:`~derivations.codegen` writes all of this as code.
"""
