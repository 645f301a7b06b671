"""Imports TensorFlow and Keras without the messages that TensorFlow prints from C++.

In a notebook they would be an output, which differs between machines. The environment variable
silences most of them. Those that come while TensorFlow is loaded ignore it, so until then the
standard error is closed.
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

_standard_error = os.dup(2)
_nowhere = os.open(os.devnull, os.O_WRONLY)
os.dup2(_nowhere, 2)
try:
    import keras
    import tensorflow as tf
finally:
    os.dup2(_standard_error, 2)
    os.close(_nowhere)
    os.close(_standard_error)

__all__ = ["keras", "tf"]
