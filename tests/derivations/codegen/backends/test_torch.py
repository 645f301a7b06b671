import pytest
from sympy import Or, Piecewise, Symbol
from sympy.codegen.cfunctions import fma

from derivations.codegen.backends.torch import TorchPrinter
from derivations.codegen.printing import SETTINGS
from derivations.functions import elu

x, y = Symbol("x", real=True), Symbol("y", real=True)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        (elu(x, y, 2), "torch.ops.aten.elu(x, y, 2, 1)"),
        (fma(y, x, 2), "torch.rsub(x, 2, alpha=-y)"),
        (
            Piecewise((0, x > 1), (1, y > 1), (x + y, True)),
            "torch.where((x > 1), 0.0, torch.where((y > 1), 1.0, x + y))",
        ),
        (
            Piecewise((0, Or(x > 1, y > 1)), (y**2, True)),
            "torch.where(torch.logical_or((x > 1), (y > 1)), 0.0, y**2)",
        ),
    ],
    ids=str,
)
def test_torch_printer(expression, code):
    assert TorchPrinter(SETTINGS).doprint(expression) == code
