"""Mistakes in a user's program for a single target, each of which a checker sees."""

import selu_sym
from selu_sym import precise

p = selu_sym.selu_parameters(-0.1, 2, weights="iid")
p.alpha.no_such_method()  # mistake
p.alpha = 1.0  # mistake
print(p.aplha)  # mistake
selu_sym.selu_parameters(0.0, 1.0, weights="idd")  # mistake
selu_sym.selu_parameters(0.0, 1.0, weights=(0.0, 1.0, 2.0))  # mistake
selu_sym.selu_parameters(mean=None)  # mistake
selu_sym.half_line_moments(0.0)  # mistake
count: int = p.dropout_affine(0.1)[0]  # mistake
a, b, c = p.dropout_affine(0.1)  # mistake
alpha, scale, saturation = selu_sym.half_line_moments(0.0, 1.0)  # mistake
verdict: bool = selu_sym.stability(p).attracting  # mistake
precise.selu_parameters(0, 1, digits="30")  # mistake
precise.stability("-0.1", 2, weights="iid")  # mistake
print(precise.enclose(0, 1).alhpa)  # mistake
