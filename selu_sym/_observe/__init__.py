"""What ``observe`` does in the same way for every framework, without importing any.

``examples`` chooses the data that a network is shown. ``steps`` records what each layer made of
it, ``findings`` are the rules that say what is wrong, and ``report`` is what users get. The
observers of :mod:`selu_sym.keras` and :mod:`selu_sym.torch` call all four.
"""
