"""One module for each backend: a library or language that functions are generated for.

To add one, write a module with a printer, which is mostly a table, and a subclass of
:class:`~derivations.codegen.python.PythonTarget`; then list the subclass in :data:`TARGETS`.
"""

from derivations.codegen.backends.activation_balls import ActivationBalls
from derivations.codegen.backends.activation_kernels import ActivationKernels
from derivations.codegen.backends.arb import Arb
from derivations.codegen.backends.javascript import JavaScript, JavaScriptActivations
from derivations.codegen.backends.jax import Jax
from derivations.codegen.backends.math import Math
from derivations.codegen.backends.numpy import NumPy
from derivations.codegen.backends.tensorflow import TensorFlow
from derivations.codegen.backends.torch import Torch
from derivations.codegen.target import Target

TARGETS: tuple[type[Target], ...] = (
    *(NumPy, Math, Arb, TensorFlow, Jax, Torch, JavaScript),
    *(ActivationKernels, ActivationBalls, JavaScriptActivations),
)
"""All modules that are generated."""
