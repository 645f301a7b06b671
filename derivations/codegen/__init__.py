"""From formulas to modules of code.

:mod:`~derivations.codegen.functions` lists what is generated, by subject. A *backend* is one
library or language; each module in :mod:`~derivations.codegen.backends` holds its printer, which
turns an expression into code, and its target, which names the module to write and its functions.
:mod:`~derivations.codegen.printing` has the parts of a printer that several backends share,
:mod:`~derivations.codegen.target` and :mod:`~derivations.codegen.python` what a target is, and
:mod:`~derivations.codegen.writer` writes a target's module, by way of
:mod:`~derivations.codegen.steps`.
"""
