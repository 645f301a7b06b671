from sympy import Symbol, sqrt

from derivations.codegen.backends.math import MathPrinter
from derivations.codegen.printing import SETTINGS
from derivations.functions import erfcx

x = Symbol("x", real=True)


def test_erfcx_is_a_float_again():
    code = "float(scipy.special.erfcx(math.sqrt(x)))"
    assert MathPrinter(SETTINGS).doprint(erfcx(sqrt(x))) == code
