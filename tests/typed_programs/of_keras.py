"""What a user writes who trains a network with Keras."""

import selu_sym.keras as sk
from selu_sym import SeluParameters, TransformedActivation, shape_for_depth

layer = sk.SELU(mean=-0.1, variance=2.0, weights="he_normal", name="selu")
p: SeluParameters[float] = layer.fixed_point
rate: float = sk.AlphaDropout(0.1, noise_shape=(None, 1), seed=1, dtype="float32").rate
print(p.alpha + p.scale, rate, layer.get_config()["mean"])
trained = sk.SELU(train_fixed_point=True, dtype="mixed_float16")
shared: sk.SELU | None = sk.AlphaDropout(0.1, fixed_point=trained).shares_with
q: TransformedActivation[float] = sk.Transformed(shape_for_depth("relu", 48)).fixed_point
named = sk.Transformed("celu", 0.1, param=2.0, name="celu")
print(sk.AlphaDropout(0.1, fixed_point=named).fixed_point, sk.AlphaDropout(0.1, fixed_point=q))
print(type(sk.DeltaOrthogonal(gain=1.5, seed=1)).__name__)
print(shared is trained, sk.AlphaDropout(0.2, 0.0, 1.0).fixed_point == sk.SELU().fixed_point)
