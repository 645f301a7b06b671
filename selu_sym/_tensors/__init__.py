"""What the ops of every framework share: parameters as tensors, alpha dropout, random bits, checks.

``selu_tensors`` holds alpha and scale as tensors, and ``by_rule`` computes them in a way that can
be differentiated. ``random_bits`` makes the random numbers of masks, by a hash. ``dropout`` has the
constants of alpha dropout, ``transformed`` what is computed of an activation with scale and shift,
and ``arguments`` the checks. The packages ``tensorflow``, ``jax``, ``torch`` and ``keras`` call
them; they call NumPy alone.
"""

from selu_sym._tensors.selu_tensors import SeluTensors

__all__ = ["SeluTensors"]

SeluTensors.__module__ = __name__  # what pickles name, those of version 0.2.0 too
