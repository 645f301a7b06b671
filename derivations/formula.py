"""Named quantities, which print as their names and can be unfolded, and sequences of steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sympy import Dummy, Eq, Expr, Function, Symbol


class Formula(Function):
    """A quantity with a name, an unevaluated definition and a closed form.

    A formula behaves as a SymPy function of its arguments. It prints as
    :attr:`name`, so that what is built from it stays short; :meth:`definition` is
    what it stands for, unevaluated; :meth:`doit` is its closed form, in which the
    formulas that it is built from are unfolded, too.
    """

    name: ClassVar[str]
    """LaTeX of the name."""

    @classmethod
    def eval(cls, *args: Expr) -> None:
        """Stay folded."""

    def definition(self) -> Expr:
        """Return what the name stands for, unevaluated."""
        raise NotImplementedError

    def closed_form(self) -> Expr:
        """Return the definition, evaluated."""
        return self.definition().doit()

    def doit(self, **hints: Any) -> Expr:
        """Unfold to the closed form."""
        arguments = [argument.doit(**hints) for argument in self.args]
        return self.func(*arguments).closed_form()

    def fdiff(self, argindex: int = 1) -> Expr:
        """Differentiate the closed form with respect to an argument."""
        free = [Dummy() for _ in self.args]
        derivative = self.func(*free).closed_form().diff(free[argindex - 1])
        return derivative.subs(dict(zip(free, self.args, strict=True)), simultaneous=True)

    def _eval_evalf(self, prec: int) -> Expr:
        return self.closed_form()._eval_evalf(prec)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return self.name if exp is None else f"{self.name}^{{{exp}}}"


class Named(Symbol):
    """A symbol that prints as LaTeX that does not follow from its name, which is an identifier."""

    latex: str

    def __new__(cls, name: str, latex: str, **assumptions: bool) -> Named:
        """Return the symbol of this name, which generated code takes as an argument's."""
        symbol = super().__new__(cls, name, **assumptions)
        symbol.latex = latex
        return symbol

    def _latex(self, printer: Any, **_: Any) -> str:
        return self.latex


def stated(formula: Expr) -> Eq:
    """Return the equation ``name = definition``, unevaluated."""
    return Eq(formula, formula.definition(), evaluate=False)


def unfolded(formula: Expr) -> Eq:
    """Return the equation ``name = closed form``."""
    return Eq(formula, formula.closed_form(), evaluate=False)


@dataclass(frozen=True)
class Steps:
    """Results that are computed in a given order, as a recurrence is.

    Written as one expression, a recurrence of n steps can have exponentially many nodes.
    """

    assignments: tuple[tuple[Symbol, Expr], ...]
    results: tuple[Expr, ...]

    def unfolded(self) -> tuple[Expr, ...]:
        """Return the results with every step substituted."""
        values: dict[Symbol, Expr] = {}
        for symbol, expression in self.assignments:
            values[symbol] = expression.xreplace(values)
        return tuple(result.xreplace(values) for result in self.results)
