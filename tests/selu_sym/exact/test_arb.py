import os
import sys
import threading
from fractions import Fraction

import flint
import pytest

from selu_sym._exact import arb


def test_the_context_is_left_as_it_was():
    before = flint.ctx.prec, flint.ctx.cap
    with arb.working_precision(500, terms=3):
        with arb.working_precision(5000):
            assert (flint.ctx.prec, flint.ctx.cap) == (5000, 3)
        assert (flint.ctx.prec, flint.ctx.cap) == (500, 3)
    assert (flint.ctx.prec, flint.ctx.cap) == before


def test_an_error_leaves_the_context_as_it_was_too():
    before = flint.ctx.prec
    with pytest.raises(RuntimeError), arb.working_precision(500):
        raise RuntimeError
    assert flint.ctx.prec == before


def test_threads_wait_for_each_other():
    """Without the lock, one thread would compute with another one's precision."""
    seen = []

    def look(bits: int) -> None:
        for _ in range(200):
            with arb.working_precision(bits):
                seen.append((bits, (flint.arb(1) / 3).rel_accuracy_bits()))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=look, args=(100 + 50 * i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len(seen) == 1600
    assert all(abs(bits - accuracy) <= 2 for bits, accuracy in seen)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_a_forked_process_can_compute():
    """The lock is free in it, also if another thread was computing when it was forked."""
    computing, forked = threading.Event(), threading.Event()

    def compute() -> None:
        with arb.working_precision(500):
            computing.set()
            forked.wait(0.2)

    thread = threading.Thread(target=compute)
    thread.start()
    computing.wait()
    child = os.fork()
    if child == 0:
        ok = arb._lock.acquire(timeout=10) and flint.ctx.prec == 53
        os._exit(0 if ok else 1)
    forked.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize(
    "number", [0, -3, Fraction(1, 3), Fraction(-(10**50), 7), Fraction(1, 10**400)], ids=str
)
@pytest.mark.parametrize("bits", [2, 53, 200])
def test_balls_of_exact_numbers(number, bits):
    with arb.working_precision(bits):
        low, high = arb.ends(arb.ball(number))
    assert low <= number <= high
    assert high - low <= abs(number) * Fraction(8, 2**bits)
    if number.denominator == 1 and abs(number) < 2**bits:
        assert low == high == number


def test_hull_and_its_ends():
    with arb.working_precision(64):
        low, high = arb.ends(arb.hull(Fraction(1, 3), Fraction(2, 3)))
        assert low <= Fraction(1, 3)
        assert high >= Fraction(2, 3)
        assert high - low < Fraction(334, 1000)
        assert arb.ends(arb.hull(Fraction(1, 2), Fraction(1, 2))) == (Fraction(1, 2),) * 2


def test_the_ends_do_not_depend_on_the_working_precision():
    with arb.working_precision(300):
        value = flint.arb(1).exp()
        inside = arb.ends(value)
    with arb.working_precision(10):
        assert arb.ends(value) == inside


def test_what_has_no_ends():
    with pytest.raises(OverflowError, match="would take"):
        arb.ends((-(flint.arb(10) ** 30)).exp())
    with pytest.raises(ValueError, match="finite"):
        arb.ends(flint.arb.pos_inf())
