"""Fresh certificates are checked, in about the time of their search, over 60 orders of magnitude.

``make mutants`` looks at a thousand random boxes, ``make test`` at a hundred.
"""

import math
import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from time import process_time

import numpy as np
import pytest

from selu_sym import certify
from selu_sym.certify import Certificate, check
from tests.selu_sym.certify.layers import (
    CLAIMS,
    ORDER,
    enclosure,
    interval,
    random_box,
    random_parameters,
)

BLOCKS = 40 if "ALL_RANGES" in os.environ else 4
"""How many blocks of 25 random boxes, each with five claims."""


def proofs(seed: int) -> Iterator[Callable[[], Certificate]]:
    """Yield searches for every claim of a random box, some of which end undecided."""
    random = np.random.default_rng([seed, 2])
    box, sides = random_box(random), random_parameters(random)
    budget = int(random.choice([1, 10, 40, 200]))
    for claim in CLAIMS:
        yield lambda claim=claim: claim(
            enclosure(sides), *(box[name] for name in ORDER), max_boxes=budget
        )
    nu = interval(random, -30, 30, signed=False)
    center, width = random.uniform(-6, 6), 10 ** random.uniform(-6, 1) * random.integers(2)
    deviation = math.sqrt(nu[0])
    mu = tuple(Fraction(deviation * (center + sign * width)) for sign in (-1, 1))
    tolerance = float(random.choice([0.0, math.inf]))
    yield lambda: certify.repulsion(mu, nu, tolerance=tolerance, max_boxes=budget)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_fresh_certificates_are_checked_in_the_time_of_their_search(block):
    """Half of them were not: it took minutes, or ended in an error of python-flint.

    A search of one box takes a millisecond, which is no measure; a tenth of a second is allowed.
    """
    false, slow = [], []
    searching = checking = 0.0
    for seed in range(25 * block, 25 * block + 25):
        for number, prove in enumerate(proofs(seed)):
            start = process_time()
            found = prove()
            middle = process_time()
            if not check(found):
                false.append((seed, number))
            end = process_time()
            searching, checking = searching + middle - start, checking + end - middle
            if end - middle > 10 * (middle - start) + 0.5:
                slow.append((seed, number, middle - start, end - middle))
    print(f"{searching:.2f} s of searching, {checking:.2f} s of checking")
    assert not false
    assert not slow
    assert checking < 10 * searching
