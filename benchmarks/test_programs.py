"""Whether the benchmarks that are programs still run: all of their measurements, of few numbers."""

import shutil
import subprocess

import pytest

from benchmarks import frameworks, keras_backends, keras_networks, tensorflow_ops

COMPILES = pytest.mark.skipif(
    shutil.which("g++") is None and shutil.which("clang++") is None,
    reason="torch.compile needs a C++ compiler",
)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(tensorflow_ops, "SHAPES", [(2, 3)])
    monkeypatch.setattr(tensorflow_ops, "SMALL", (2, 3))
    monkeypatch.setattr(tensorflow_ops, "LENGTHS", range(1, 4))
    monkeypatch.setattr(tensorflow_ops, "CALLS", 1)
    monkeypatch.setattr(frameworks, "SHAPES", [(2, 3)])
    monkeypatch.setattr(frameworks, "CALLS", 1)
    monkeypatch.setattr(keras_backends, "SHAPES", [(2, 3)])
    monkeypatch.setattr(keras_networks, "BATCHES", 1)
    monkeypatch.setattr(keras_networks, "LENGTHS", range(3, 5))


def test_times(capsys):
    tensorflow_ops.print_times(on_gpu=True, rounds=1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 26
    assert all(" ms = " in line and " times " in line for line in lines)
    assert sum("of the speed of a copy" in line for line in lines) == 2


def test_times_of_new_shapes(capsys):
    tensorflow_ops.print_times_of_new_shapes(rounds=1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 30
    assert all("new shapes" in line and " times " in line for line in lines)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of PyTorch's compiler
@pytest.mark.parametrize(
    "of", [frameworks.OfJax, pytest.param(frameworks.OfTorch, marks=[pytest.mark.torch, COMPILES])]
)
def test_times_of_other_frameworks(capsys, of):
    frameworks.print_times(of(), rounds=1)
    title, *lines = capsys.readouterr().out.splitlines()
    assert title.startswith(f"{of.name} on ")
    assert len(lines) == 14
    assert all(" ms = " in line and " times " in line for line in lines)


@pytest.mark.parametrize("name", keras_networks.NETWORKS)
def test_networks(name):
    ratios = keras_networks.compare(name, with_dropout=True, jit_compile=False, rounds=1)
    assert list(ratios) == ["first epoch", "fit", "predict"]
    assert all(ratio > 0 for ratio in ratios.values())


def test_backends(capsys):
    keras_backends.print_ratios(rounds=1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all("tensorflow eager " in line and " times " in line for line in lines)


def test_memory(capsys, monkeypatch):
    def here(command, **_):
        *_, option, op, way = command
        assert option == "--peak"
        peak = tensorflow_ops.peak_megabytes(op, way)
        return subprocess.CompletedProcess(command, 0, stdout=f"{peak}\n")

    monkeypatch.setattr(subprocess, "run", here)
    tensorflow_ops.print_memory()
    assert capsys.readouterr().out.count(" MB, ") == 6
