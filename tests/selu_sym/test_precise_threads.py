"""Calls from several threads give what one thread gives, and take no longer."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import flint
import mpmath
import pytest

from selu_sym import precise

TARGETS = [(i - 20, 1 + i, 20 + 10 * i) for i in range(40)]


def digits_of(target) -> str:
    mean, variance, digits = target
    return str(precise.selu_parameters(f"{mean}e-1", variance, weights="unit-sum", digits=digits))


def ball_of(target) -> list[str]:
    mean, variance, digits = target
    return [
        ball.str(digits)
        for ball in precise.enclose(f"{mean}e-1", variance, weights="unit-sum", digits=digits)
    ]


def stability_of(target) -> tuple[str, bool]:
    mean, variance, digits = target
    p = precise.selu_parameters(f"{mean}e-1", variance, weights="unit-sum", digits=digits)
    found = precise.stability(p)
    return mpmath.libmp.to_str(found.margin._mpf_, digits), found.attracting


@pytest.fixture
def short_switches():
    """Have threads take turns every ten microseconds."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("short_switches")
@pytest.mark.parametrize("function", [digits_of, ball_of, stability_of])
def test_threads_give_what_one_thread_gives(function):
    before = flint.ctx.prec, mpmath.mp.prec
    start = time.perf_counter()
    serial = [function(target) for target in TARGETS]
    alone = time.perf_counter() - start
    with ThreadPoolExecutor(8) as pool:
        start = time.perf_counter()
        threaded = list(pool.map(function, TARGETS))
        together = time.perf_counter() - start
    assert threaded == serial
    assert together < 10 * alone + 1  # 0.9 on a quiet machine
    assert (flint.ctx.prec, mpmath.mp.prec) == before


def test_a_precision_of_the_user_changes_nothing():
    expected = digits_of(TARGETS[30])
    with mpmath.workdps(3), flint.ctx.workdps(3):
        assert digits_of(TARGETS[30]) == expected
        assert (flint.ctx.dps, mpmath.mp.dps) == (3, 3)
