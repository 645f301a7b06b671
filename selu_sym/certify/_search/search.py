"""Branch and bound: halves boxes until their bounds decide a claim, here or on an executor."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from multiprocessing import get_context, resource_tracker

from selu_sym.certify._search.enclosures import Bound, Objective, bounds
from selu_sym.certify._search.extrema import Extremum, Leaf, near
from selu_sym.certify._search.integrals import Box
from selu_sym.certify.certificate import Certificate

BOXES_IN_A_TASK = 64
"""Boxes in one task for an executor."""

WORTH_A_POOL = 4096
"""Boxes that this process bounds alone before it starts others."""

RESTARTS = 3
"""How often a pool is started again after a process of it died."""


def search(
    certificate: Certificate, executor: Executor | None, progress: bool, max_boxes: int
) -> Certificate:
    """Halve the boxes of all extrema until they are decided and enclosed, or the budget ends.

    All rounds are the same whoever bounds the boxes, and so is the certificate.
    """
    start = time.monotonic() - certificate.seconds
    for extremum in certificate.extrema:
        extremum.read_trees()
    unknown = sum(not leaf.axis for extremum in certificate.extrema for leaf in extremum.open)
    budget = certificate.boxes - unknown + max_boxes
    with _Workers(executor) as workers, _bar(progress) as show:
        with contextlib.suppress(KeyboardInterrupt):
            for extremum in certificate.extrema:
                _enclose(certificate, extremum, workers, budget, show)
        certificate.seconds = time.monotonic() - start
    return certificate


def _enclose(
    certificate: Certificate,
    extremum: Extremum,
    workers: _Workers,
    budget: int,
    show: Callable[[Certificate, Extremum], None],
) -> None:
    """Halve the boxes of an extremum, the worst ones first, until it is decided and enclosed."""
    reached = -math.inf
    unknown = [leaf for leaf in extremum.open if not leaf.axis]
    if unknown:
        extremum.lower = -math.inf  # what a file says of it is not believed
        places = [(leaf.piece, leaf.path) for leaf in unknown]
        reached = _bound(certificate, extremum, places, workers, set(unknown))
    while certificate.boxes < budget:
        leaves = extremum.unfinished(certificate.tolerance, reached)
        leaves = leaves[: max(1, (budget - certificate.boxes) // 2)]
        if not leaves:
            break
        halves = [
            (leaf.piece, leaf.path + half)
            for leaf in leaves
            for half in (leaf.axis, leaf.axis.upper())
        ]
        found = _bound(certificate, extremum, halves, workers, set(leaves))
        reached = max(reached, found)
        show(certificate, extremum)


def _bound(
    certificate: Certificate,
    extremum: Extremum,
    places: list[tuple[int, str]],
    workers: _Workers,
    replaced: set[Leaf],
) -> float:
    """Bound boxes, let them replace those that they are halves of, and return what is reached."""
    boxes = [(piece, extremum.box(piece, path)) for piece, path in places]
    found = workers.bounds(extremum.objective, boxes)
    settled: list[Leaf] = []
    leaves: list[Leaf] = []
    for (piece, path), bound in zip(places, found, strict=True):
        done = _is_settled(extremum, bound, certificate.tolerance)
        leaf = Leaf(piece, path, bound.upper, bound.axis or "v")
        (settled if done else leaves).append(leaf)
    leaves = [leaf for leaf in extremum.open if leaf not in replaced] + leaves
    extremum.closed, extremum.open = extremum.closed + settled, leaves
    best = max(found, key=lambda bound: bound.lower)
    if best.lower > extremum.lower:
        extremum.lower, extremum.point = best.lower, best.point
    return max(bound.reached for bound in found)


def _is_settled(extremum: Extremum, bound: Bound, tolerance: float) -> bool:
    """Return whether halving a box would not help.

    So it is for a point, and where the value at the point of the box can be, for some alpha and
    scale of their intervals, what the bound says, unless it is still open whether this point is
    on the right side of the limit.
    """
    if bound.axis is None:
        return True
    undecided = extremum.exceeds(bound.upper) and not extremum.exceeds(bound.reached)
    return not undecided and bound.upper <= near(bound.reached, tolerance)


class _Workers:
    """Bounds boxes here, or with an executor; starts processes of its own once it is worth it."""

    def __init__(self, executor: Executor | None) -> None:
        self._given = executor
        self._pool: ProcessPoolExecutor | None = None
        self._done = 0

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def bounds(self, objective: Objective, boxes: list[tuple[int, Box]]) -> list[Bound]:
        """Return the bounds, in the order of the boxes."""
        self._done += len(boxes)
        chunks = [boxes[i : i + BOXES_IN_A_TASK] for i in range(0, len(boxes), BOXES_IN_A_TASK)]
        if self._given is not None:
            return self._spread(self._given, objective, chunks)
        if len(chunks) == 1 or self._done < WORTH_A_POOL or (os.cpu_count() or 1) == 1:
            return bounds(objective, boxes)
        for attempt in range(RESTARTS + 1):
            try:
                return self._spread(self._started(), objective, chunks)
            except BrokenExecutor:  # a process was killed: what it had to do is done again
                self._stop()
                if attempt == RESTARTS:
                    raise
        raise AssertionError

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                mp_context=get_context("spawn"), initializer=_leave_interrupts_to_the_parent
            )
        return self._pool

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    @staticmethod
    def _spread(
        executor: Executor, objective: Objective, chunks: list[list[tuple[int, Box]]]
    ) -> list[Bound]:
        with _interrupts_delayed():
            futures = [executor.submit(bounds, objective, chunk) for chunk in chunks]
        try:
            return [bound for future in futures for bound in future.result()]
        except BaseException:
            for future in futures:
                future.cancel()
            raise


@contextlib.contextmanager
def _interrupts_delayed() -> Iterator[None]:
    """Start processes here that Ctrl-C does not reach; for this one, it is delayed.

    They inherit what this thread blocks. That is not enough: another thread of this process, of
    a numerical library for instance, may receive the signal, and then Python runs its handler in
    the main thread, in the middle of starting a process.
    """
    delayed: list[int] = []
    handler = signal.getsignal(signal.SIGINT)
    ours = threading.current_thread() is threading.main_thread() and handler is not None
    can_block = hasattr(signal, "pthread_sigmask")  # Windows cannot
    if can_block:
        resource_tracker.ensure_running()  # started later, it would end the blocking
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    if ours:
        signal.signal(signal.SIGINT, lambda number, _: delayed.append(number))
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGINT, handler)
        if delayed:
            signal.raise_signal(signal.SIGINT)
        if can_block:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def _bar(progress: bool) -> Iterator[Callable[[Certificate, Extremum], None]]:
    """Give a function that shows how far a search is."""
    if not progress:
        yield lambda certificate, extremum: None
        return
    from tqdm import tqdm  # noqa: PLC0415 - only for a bar

    with tqdm(unit=" boxes") as bar:

        def show(certificate: Certificate, extremum: Extremum) -> None:
            bar.update(certificate.boxes - bar.n)
            low, high = extremum.enclosure
            bar.set_description(f"{extremum.name} in [{low:.6g}, {high:.6g}]")
            bar.set_postfix(open=len(extremum.open))

        yield show
