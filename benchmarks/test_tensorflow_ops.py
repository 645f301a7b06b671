"""Whether the benchmark that is a program still runs: all of its measurements, of few numbers."""

import subprocess

import pytest

from benchmarks import tensorflow_ops


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(tensorflow_ops, "SHAPES", [(2, 3)])
    monkeypatch.setattr(tensorflow_ops, "CALLS", 1)


def test_times(capsys):
    tensorflow_ops.print_times(on_gpu=True, rounds=1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert all(" ms = " in line and " times " in line for line in lines)
    assert sum("of the speed of a copy" in line for line in lines) == 2


def test_memory(capsys, monkeypatch):
    def here(command, **_):
        *_, option, op, way = command
        assert option == "--peak"
        peak = tensorflow_ops.peak_megabytes(op, way)
        return subprocess.CompletedProcess(command, 0, stdout=f"{peak}\n")

    monkeypatch.setattr(subprocess, "run", here)
    tensorflow_ops.print_memory()
    assert capsys.readouterr().out.count(" MB, ") == 4
