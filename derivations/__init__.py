"""The mathematics of self-normalizing activations, derived with SymPy.

This package is the one source of truth of the project. It is needed to read the
derivation and to write ``selu_sym/_generated``, never to use ``selu_sym``, and it
imports nothing from there.

Read in this order: :mod:`~derivations.symbols`, :mod:`~derivations.moments`,
:mod:`~derivations.fixed_point`, :mod:`~derivations.dropout`,
:mod:`~derivations.activation`, :mod:`~derivations.stable`,
:mod:`~derivations.sensitivity`, :mod:`~derivations.stability`,
:mod:`~derivations.codegen`.
"""
