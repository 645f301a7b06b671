"""From formulas to modules: what is generated (:mod:`~derivations.codegen.targets`), in
which words (:mod:`~derivations.codegen.printers`), and how it is written
(:mod:`~derivations.codegen.writer`).
"""
