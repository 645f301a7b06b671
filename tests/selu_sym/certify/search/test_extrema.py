"""What is known of an extremum, and the trees that its boxes are written as."""

import pytest

from selu_sym.certify._search import extrema
from tests.selu_sym.certify.files import FOUND


@pytest.mark.parametrize("name", FOUND)
def test_boxes_that_are_read_are_those_of_the_search(name):
    for one in FOUND[name].extrema:
        (other,) = (
            x
            for x in extrema.extrema(
                FOUND[name].claim,
                FOUND[name].ranges,
                one.objective.alpha,
                one.objective.scale,
            )
            if x.name == one.name
        )
        other.keep_trees(one.trees(), one.upper)
        assert (other.trees(), other.boxes, other.upper) == (one.trees(), one.boxes, one.upper)
        assert not other.open
        other.read_trees()
        assert (other.trees(), other.boxes, other.upper) == (one.trees(), one.boxes, one.upper)
        places = [{(x.piece, x.path) for x in (*e.closed, *e.open)} for e in (one, other)]
        assert places[0] == places[1]
