"""What ``observe`` does in the same way for every framework, without importing any.

``examples`` chooses the data that a network is shown. ``steps`` records what each layer made of
it: ``moments`` of tensors, ``functions`` that are known activations, ``held`` weights and
``padding``. ``predictions`` says what activations should have made of it. ``rules`` lists the rules
that say what is wrong: ``findings`` for activations with a fixed point, ``stacks`` for stacks of
any activation. ``report`` is what users get, with ``table`` and ``figure``. The observers of
:mod:`selu_sym.keras` and :mod:`selu_sym.torch` call all of these.
"""
