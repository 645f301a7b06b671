"""Shows a figure in a notebook with a text for those who cannot see it.

Jupyter has no other place for such a text than the output's metadata. It also becomes the output's
plain text, which is what a terminal shows, and what the tests compare.
"""

from IPython import get_ipython
from IPython.display import display
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

__all__ = ["show"]


def show(figure: Figure, alt: str) -> None:
    """Show a figure and close it.

    Parameters
    ----------
    figure
        The figure. Each of its axes must have a label, also a colour bar. Axes without ticks need
        none, nor do those that share the scale of a labelled one.
    alt
        What the picture shows, in a sentence or two.

    Raises
    ------
    ValueError
        If an axis has no label.
    """
    if missing := unlabelled(figure):
        raise ValueError(f"every axis must have a label, but these have none: {missing}")
    data, metadata = get_ipython().display_formatter.format(figure)
    data["text/plain"] = alt
    metadata["image/png"] = {**metadata.get("image/png", {}), "alt": alt}
    display(data, metadata=metadata, raw=True)
    plt.close(figure)


def unlabelled(figure: Figure) -> list[str]:
    """Return the axes that have ticks, but no label, and share no labelled axis's scale.

    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> left, right = figure.subplots(1, 2, sharey=True)
    >>> _ = left.set(xlabel="time", ylabel="distance")
    >>> unlabelled(figure)
    ['x of axes 1']
    """
    found = []
    for number, axes in enumerate(figure.axes):
        for name, grouper in (("x", axes.get_shared_x_axes()), ("y", axes.get_shared_y_axes())):
            sharing = [getattr(other, f"{name}axis") for other in grouper.get_siblings(axes)]
            if len(sharing[0].get_ticklocs()) and not any(a.label.get_text() for a in sharing):
                found.append(f"{name} of axes {number}")
    return found
