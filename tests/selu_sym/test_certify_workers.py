"""Where the work is done, and what an interrupt leaves."""

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
from selu_sym.certify import search
from tests.selu_sym.theorems import ONE, PAPER, SLOW, same


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


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="looks at processes as Linux has them"
)
def test_ctrl_c_returns_what_was_reached_and_leaves_no_process():
    code = """
import os, sys
from pathlib import Path
from selu_sym import certify
from selu_sym.certify import search
search.WORTH_A_POOL = 0
if __name__ == "__main__":
    print("started", flush=True)
    found = certify.repulsion(mu=(-2, 1), nu=("0.5", 10))
    pid = os.getpid()
    left = [
        name for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if "spawn_main" in (name := Path(f"/proc/{child}/cmdline").read_text())
    ]
    print(found.status, found.boxes > 0, len(left), flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout.readline() == "started\n"
    deadline = time.monotonic() + 20
    while not children(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGINT)
    output, error = process.communicate(timeout=60)
    assert output.split() == ["undecided", "True", "0"], error
    assert "Traceback" not in error
