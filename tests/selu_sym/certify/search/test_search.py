"""Where the work is done, and what an interrupt leaves."""

import contextlib
import math
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from selu_sym import certify
from selu_sym.certify import Certificate
from selu_sym.certify._search import search
from tests.selu_sym.certify.theorems import ONE, PAPER, SLOW, same


@pytest.mark.parametrize(
    "make",
    [
        lambda: ThreadPoolExecutor(2),
        lambda: ProcessPoolExecutor(2, mp_context=get_context("spawn")),
    ],
    ids=["threads", "processes"],
)
def test_any_executor_gives_the_same_certificate(make):
    with make() as executor:
        assert same(
            certify.contraction(PAPER, **ONE, executor=executor), certify.contraction(PAPER, **ONE)
        )


def test_own_processes_give_the_same_certificate(monkeypatch):
    expected = certify.repulsion(**SLOW, max_boxes=3000)
    monkeypatch.setattr(search, "WORTH_A_POOL", 0)
    assert same(certify.repulsion(**SLOW, max_boxes=3000), expected)


def test_a_killed_process_of_our_own_is_replaced(monkeypatch):
    expected = certify.repulsion(**SLOW)
    monkeypatch.setattr(search, "WORTH_A_POOL", 0)
    started = search._Workers._started
    killed = []

    def kill_one(self):
        pool = started(self)
        if not killed and pool._processes:
            killed.append(next(iter(pool._processes)))
            os.kill(killed[0], signal.SIGKILL)
        return pool

    monkeypatch.setattr(search._Workers, "_started", kill_one)
    assert same(certify.repulsion(**SLOW), expected)
    assert killed


@pytest.mark.filterwarnings("ignore")
def test_on_a_dask_cluster_also_when_a_worker_is_killed():
    distributed = pytest.importorskip("distributed", reason="dask is not installed")
    expected = certify.repulsion(**SLOW)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert same(
            certify.contraction(PAPER, **ONE, executor=client.get_executor()),
            certify.contraction(PAPER, **ONE),
        )
        pids = list(client.run(os.getpid).values())
        killer = threading.Timer(0.5, os.kill, (pids[0], signal.SIGKILL))
        killer.start()
        found = certify.repulsion(**SLOW, executor=client.get_executor(retries=5))
        killer.join()
    assert same(found, expected)


def test_threads_give_the_serial_certificates():
    """The precision of python-flint is one for the whole process."""
    near = [{**ONE, "tau": ("0.95", str(1.02 + 0.01 * i))} for i in range(8)]
    start = time.process_time()
    expected = [certify.contraction(PAPER, **box) for box in near]
    serial = time.process_time() - start
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as threads:
            start = time.process_time()
            found = list(threads.map(lambda box: certify.contraction(PAPER, **box), near))
            parallel = time.process_time() - start
    finally:
        sys.setswitchinterval(interval)
    assert all(map(same, found, expected))
    assert parallel < 2 * serial + 1


def test_own_processes_can_be_started_from_any_thread(monkeypatch):
    expected = certify.repulsion(**SLOW, max_boxes=500)
    monkeypatch.setattr(search, "WORTH_A_POOL", 0)

    def there() -> tuple[Certificate, set]:
        found = certify.repulsion(**SLOW, max_boxes=500)
        return found, signal.pthread_sigmask(signal.SIG_BLOCK, ())

    with ThreadPoolExecutor(1) as thread:
        found, blocked = thread.submit(there).result()
    assert same(found, expected)
    assert blocked == signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.parametrize("calls", range(4))
def test_ctrl_c_before_every_extremum_has_a_bound(calls, monkeypatch):
    whole = certify.invariance(PAPER, **ONE)
    bound, made = search._bound, []

    def interrupted(*arguments):
        if len(made) == calls:
            raise KeyboardInterrupt
        made.append(None)
        return bound(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(search, "_bound", interrupted)
        found = certify.invariance(PAPER, **ONE)
    assert found.status == "undecided"
    assert found.bounds["largest new variance"] == (-math.inf, math.inf)
    assert str(found).startswith("invariance: undecided for mu in [-0.1, 0.1]")
    again = Certificate.from_json(found.to_json())
    assert same(again, found)
    resumed = certify.resume(again)
    assert resumed.status == "proved"
    assert resumed.bounds == whole.bounds


SEARCH = """
import os
import signal
from pathlib import Path
from selu_sym import certify
from selu_sym.certify import Certificate
from selu_sym.certify._search import search

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
search.WORTH_A_POOL = 0
spread = search._Workers._spread

def announced(*arguments):
    found = spread(*arguments)
    print("bounded", flush=True)
    return found

search._Workers._spread = staticmethod(announced)
if __name__ == "__main__":
    found = certify.repulsion(mu=(-2, 1), nu=("0.5", 10))
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    names = [Path(f"/proc/{child}/cmdline").read_text() for child in children]
    print(found.status, found.boxes > 0, sum("spawn_main" in name for name in names), flush=True)
"""


def wait_for_a_process_of(pid: int) -> None:
    """Return as soon as a process has started another one to bound boxes."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text():
                    return
        time.sleep(0.001)
    raise AssertionError("no process was started")


@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="looks at processes as Linux has them"
)
@pytest.mark.parametrize("delay", [0.0, 0.01, 0.03, 0.1, 0.3, None])
def test_ctrl_c_returns_what_was_reached_and_leaves_no_process(delay):
    """Some time after the first process is there, and once boxes were bounded there."""
    process = subprocess.Popen(
        [sys.executable, "-c", SEARCH],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    if delay is None:
        assert process.stdout.readline() == "bounded\n"
    else:
        wait_for_a_process_of(process.pid)
        time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)
    output, error = process.communicate(timeout=60)
    assert output.splitlines()[-1] == "undecided True 0", error
    assert not error
