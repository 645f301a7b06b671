"""Mistakes in a user's program for Keras, each of which a checker sees."""

import selu_sym.keras as sk

sk.SELU(maen=0.0)  # mistake
sk.SELU(mean="0.1")  # mistake
sk.AlphaDropout(0.1, weights="idd")  # mistake
sk.AlphaDropout(0.1, fixed_point=0.0)  # mistake
sk.Transformed("gelu", parm=2.0)  # mistake
sk.Transformed(0.5)  # mistake
print(sk.SELU().fixed_point.alhpa)  # mistake
