"""A mistake in a user's program for numbers, which a checker sees."""

import selu_sym

selu_sym.selu_paramters(0.0, 1.0)  # mistake
