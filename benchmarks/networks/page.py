"""The page of the book that shows the table of networks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from benchmarks.networks.case import Row

NAMES = {"tensorflow": "Keras on TensorFlow", "jax": "Keras on JAX", "torch": "PyTorch"}

HEAD = """\
# Networks

What does [`observe`](how-to/train.md) say of networks that nobody here wrote? To find out,
`python -m benchmarks.networks` shows it {count} networks before their training: {sound} that are
sound, and {planted} in which something is wrong, planted or as they were published. They are those
of torchvision, timm and keras.applications, of the examples of PyTorch and Keras, of tutorials, of
the paper, and of our tests. Of {right} it says what it should: the kinds of findings that were
expected, and no others. The table was used to mend `observe`, so this is no blind test. What was
expected of a few networks also changed after a first look. A head of tiny weights, an autoencoder
and MobileNet are listed as broken, as `observe` found; vovnet39a, squeezenet1_1 and resnet26d with
SELU, whose branches begin at 0, as sound.

A network counts as sound if its layers are normalized, or its weights have the gain of its
activations. Weights and examples are drawn from fixed seeds. Images have 32 to 75 pixels a side;
the large dense layers of VGG are left out. Gradients are not measured on JAX.
"""

WRONG = """
## Where it is wrong

{rows}
"""


def page(rows: list[Row]) -> str:
    """Return the page."""
    planted = sum(bool(row.planted) for row in rows)
    parts = [
        HEAD.format(
            count=len(rows),
            sound=len(rows) - planted,
            planted=planted,
            right=sum(row.is_right for row in rows),
        )
    ]
    wrong = [row for row in rows if not row.is_right]
    if wrong:
        lines = "\n".join(
            f"* {NAMES[row.framework]}, {row.name} of {row.source}, {row.planted or 'sound'}: it "
            f"finds {_kinds(row.seen)}, not {_kinds(row.expected)}. {row.first}".rstrip()
            for row in wrong
        )
        parts.append(WRONG.format(rows=lines))
    for framework, title in NAMES.items():
        own = [row for row in rows if row.framework == framework]
        if own:
            parts.append(f"\n## {title}\n\n{_table(own)}")
    return "".join(parts)


def _table(rows: Iterable[Row]) -> str:
    """Return the table of a framework."""
    lines = [
        "| network | of | what is wrong | expected | found | activations |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row.name} | {row.source} | {row.planted} | {_kinds(row.expected)} | "
        f"{_kinds(row.seen)}{'' if row.is_right else ' (wrong)'} | {row.activations} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def _kinds(kinds: list[str]) -> str:
    """Return the words for kinds of findings."""
    counts = Counter(kinds)
    return (
        ", ".join(kind if count == 1 else f"{kind} ({count})" for kind, count in counts.items())
        or "nothing"
    )
