"""Certificates: the paper's theorems, false claims, soundness, and where the work is done."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

import flint
import numpy as np
import pytest

import selu_sym
from selu_sym import certify, jacobian, moment_map, precise, selu_parameters
from selu_sym._generated import numpy_kernels
from selu_sym.certify import Certificate, check, claims, enclosures, integrals, search

THEOREMS = json.loads((Path(__file__).parents[1] / "data" / "theorems.json").read_text())
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
PAPER = precise.enclose(0, 1, digits=30)
FLOATS = selu_parameters(0.0, 1.0)


def exactly(box: dict) -> dict:
    """Return the box of a theorem with exact decimals."""
    return {name: tuple(str(end) for end in ends) for name, ends in box.items()}


ONE = exactly(THEOREMS["theorem_1"]["box"])
TWO = exactly(THEOREMS["theorem_2"]["box"])
THREE = [exactly(part["box"]) for part in THEOREMS["theorem_3"]]

SLOW = {"mu": ("-1", "0.5"), "nu": ("0.5", "4")}
"""A claim that takes some thousand boxes."""


def same(one: Certificate, other: Certificate) -> bool:
    """Say whether two certificates are equal, but for the time that they took."""
    data = [{**json.loads(c.to_json()), "seconds": None} for c in (one, other)]
    return data[0] == data[1]


def contains(bounds: tuple[float, float], number: float, digits: float = 1e-6) -> bool:
    """Say whether bounds contain a number, and are no wider than 1e-4."""
    low, high = bounds
    return low - digits <= number <= high + digits and high - low <= 1e-4


@pytest.mark.parametrize("p", [PAPER, FLOATS], ids=["exact", "floats"])
class TestTheoremsOfThePaper:
    def test_1_contraction(self, p):
        found = certify.contraction(p, **ONE)
        assert found.status == "proved"
        published = THEOREMS["theorem_1"]
        assert contains(found.bounds["largest singular value"], published["max_singular_value"])
        assert {k: abs(x) for k, x in found.witness.items()} == pytest.approx(
            {k: abs(x) for k, x in published["at"].items()}
        )
        assert found.boxes < 1000
        assert check(found)

    def test_1_invariance(self, p):
        found = certify.invariance(p, **ONE)
        assert found.status == "proved"
        for kind in ("mean", "variance"):
            for size, number in zip(
                ("smallest", "largest"), THEOREMS["theorem_1"][f"{kind}_range"], strict=True
            ):
                assert contains(found.bounds[f"{size} new {kind}"], number, 6e-6)
        assert check(found)

    def test_2(self, p):
        found = certify.variance_decreases(p, **TWO)
        assert found.status == "proved"
        published = THEOREMS["theorem_2"]
        assert contains(
            found.bounds["largest change of the variance"],
            published["max_of_new_minus_old_variance"],
        )
        assert found.witness == pytest.approx(published["at"])
        assert check(found)

    @pytest.mark.parametrize("part", [0, 1])
    def test_3(self, p, part):
        found = certify.variance_increases(p, **THREE[part])
        assert found.status == "proved"
        number = THEOREMS["theorem_3"][part]["recomputed"]
        assert contains(found.bounds["smallest change of the variance"], number, 1e-8)
        assert check(found)


def singular_value(layer: dict, p=FLOATS) -> float:
    """Return the largest singular value in float64, by other code."""
    weights = (layer["omega"], layer["tau"])
    return np.linalg.norm(jacobian(layer["mu"], layer["nu"], p, weights=weights), 2)


def test_theorem_1_fails_in_a_wider_box():
    found = certify.contraction(PAPER, **{**ONE, "nu": ("0.5", "1.5"), "tau": ("0.95", "1.25")})
    assert found.status == "refuted"
    assert singular_value(found.witness) > 1
    assert found.bounds["largest singular value"][0] > 1
    assert check(found)


def test_a_fixed_point_that_repels_is_no_contraction():
    p = selu_parameters(-0.1, 2.0, weights="unit-sum")
    near = {"mu": (-0.11, -0.09), "omega": (1, 1), "nu": (1.9, 2.1), "tau": (1, 1)}
    found = certify.contraction(p, **near)
    assert found.status == "refuted"
    assert singular_value(found.witness, p) > 1
    assert check(found)


def test_other_refutations():
    found = certify.invariance(PAPER, **{**ONE, "nu": ("0.9", "1.1")})
    assert found.status == "refuted"
    layer = found.witness
    mean, variance = moment_map(
        layer["mu"], layer["nu"], FLOATS, weights=(layer["omega"], layer["tau"])
    )
    assert not (-0.1 <= mean <= 0.1 and 0.9 <= variance <= 1.1)
    assert check(found)
    grows = certify.variance_decreases(PAPER, **THREE[0])
    assert grows.status == "refuted"
    assert check(grows)
    assert certify.variance_increases(PAPER, **TWO).status == "refuted"


def test_another_fixed_point_contracts():
    p = precise.enclose("-0.1", 2, weights="normalized")
    near = ("-0.05", "0.05")
    found = certify.contraction(
        p, mu=("-0.3", "0.1"), omega=near, nu=("1.6", "2.6"), tau=("0.95", "1.05")
    )
    assert found.status == "proved"
    assert check(found)


def test_no_unit_sum_fixed_point_attracts():
    found = certify.repulsion(mu=("-0.2", 0), nu=(1, "2.5"))
    assert found.status == "proved"
    assert check(found)
    for mean, variance in ((-0.2, 1.0), (0.0, 1.0), (-0.1, 2.0), (0.0, 2.5)):
        p = selu_parameters(mean, variance, weights="unit-sum")
        J = jacobian(mean, variance, p, weights="unit-sum")
        assert np.linalg.det(np.eye(2) - J) <= found.bounds["largest 1 - trace + det"][1]
        assert not selu_sym.stability(p).attracting


def test_no_unit_sum_fixed_point_of_the_readme_attracts():
    found = certify.repulsion(mu=(-2, 1), nu=("0.5", 10))
    assert found.status == "proved"
    assert "means in [−2, 1] and variances in\n[0.5, 10]" in README


# soundness


def layers_of(box: dict, count: int, seed: int = 0) -> list[dict]:
    """Return the corners of a box, where extrema like to be, and random layers in it."""
    random = np.random.default_rng(seed)
    ends = [[float(end) for end in side] for side in box.values()]
    points = [
        *itertools.product(*ends),
        *(random.uniform(*zip(*ends, strict=True)) for _ in range(count)),
    ]
    return [dict(zip(box, point, strict=True)) for point in points]


BOXES = [
    {"mu": ("0.1", "0.3"), "omega": ("0.2", "0.9"), "nu": (1, "1.2"), "tau": ("0.2", "0.3")},
    ONE,
    TWO,
    *THREE,
    {"mu": ("-0.3", "-0.1"), "omega": ("0.2", "0.6"), "nu": (1, 2), "tau": (1, 3)},
    {"mu": (0, "0.5"), "omega": ("-1", "0.4"), "nu": ("0.1", 4), "tau": ("0.5", 2)},
]


@pytest.mark.parametrize("box", BOXES, ids=str)
def test_no_layer_of_the_box_escapes_the_bounds(box):
    """Each random layer's values, in float64, lie within the enclosures of the extrema."""
    singular = certify.contraction(FLOATS, **box, max_boxes=2000).bounds["largest singular value"]
    ranges = certify.invariance(FLOATS, **box, max_boxes=2000).bounds
    falls = certify.variance_decreases(FLOATS, **box, max_boxes=2000).bounds
    rises = certify.variance_increases(FLOATS, **box, max_boxes=2000).bounds
    largest = []
    for layer in layers_of(box, 200):
        weights = (layer["omega"], layer["tau"])
        mean, variance = moment_map(layer["mu"], layer["nu"], FLOATS, weights=weights)
        largest.append(singular_value(layer))
        assert largest[-1] <= singular[1] + 1e-12
        # a refuted claim has no bounds but the one that refutes it: those are still bounds
        assert (
            ranges["smallest new mean"][0] - 1e-12 <= mean <= ranges["largest new mean"][1] + 1e-12
        )
        assert ranges["smallest new variance"][0] - 1e-12 <= variance
        assert variance <= ranges["largest new variance"][1] + 1e-12
        change = variance - layer["nu"]
        assert change <= falls["largest change of the variance"][1] + 1e-12
        assert change >= rises["smallest change of the variance"][0] - 1e-12
    assert max(largest) <= singular[1]


@pytest.mark.parametrize("kind", ["contraction", "mean", "variance", "change", "repulsion"])
def test_bounds_of_small_boxes_contain_the_values(kind):
    """The bound of each random box against the value at random points in it, by other code."""
    random = np.random.default_rng(1)
    p = precise.enclose(0, 1, digits=30)
    alpha, scale = claims._enclosed(p)
    omega = Fraction(1, 2), Fraction(1, 2)
    for _ in range(150):
        m, v = random.uniform(-1, 1), random.uniform(0.2, 4)
        width = 10 ** random.uniform(-3, 0, 2)
        ends = [Fraction(x) for x in (m, m + width[0], v, v + width[1])]
        box = integrals.Box(*ends)
        piece = enclosures.Piece(box, Fraction(3, 2), Fraction(1, 4))
        mu = ends[0] / omega[0], ends[1] / omega[0]
        objective = enclosures.Objective(kind, 1, alpha, scale, mu, omega, (piece,))
        (bound,) = enclosures.bounds(objective, [(0, box)])
        for u, w in random.uniform(size=(10, 2)):
            m_in, v_in = m + u * width[0], v + w * width[1]
            linear = 1.5 + v_in / 4
            if kind == "contraction":
                J = jacobian(m_in, v_in, FLOATS, weights="unit-sum")
                value = np.linalg.norm(J * [0.5, linear], 2)
            elif kind == "repulsion":
                here = selu_parameters(m_in, v_in, weights="unit-sum")
                value = np.linalg.det(np.eye(2) - jacobian(m_in, v_in, here, weights="unit-sum"))
            else:
                mean, variance = moment_map(m_in, v_in, FLOATS, weights="unit-sum")
                value = {"mean": mean, "variance": variance, "change": variance - linear}[kind]
            assert value <= bound.upper + 1e-11
        assert bound.lower <= bound.upper


def random_boxes(count: int) -> list[integrals.Box]:
    random = np.random.default_rng(2)
    boxes = []
    for _ in range(count):
        v = 10 ** random.uniform(-1.5, 1)
        m = random.uniform(-3, 3) * np.sqrt(v)
        width = 10 ** random.uniform(-3, 0, 2)
        boxes.append(integrals.Box(*map(Fraction, (m, m + width[0], v, v + width[1]))))
    return boxes


def points_in(box: integrals.Box) -> list[tuple[float, float]]:
    """Return the corners and the middle of each side and of the box."""
    m_low, m_high, v_low, v_high = map(float, box)
    return list(
        itertools.product(
            (m_low, (m_low + m_high) / 2, m_high), (v_low, (v_low + v_high) / 2, v_high)
        )
    )


def test_tails_contain_the_values_and_are_no_wider_than_they_must_be():
    for box in random_boxes(300):
        balls = integrals.tails(box)
        values = np.array([numpy_kernels.tails(*point) for point in points_in(box)])
        for ball, column in zip(balls, values.T, strict=True):
            low, high = float(ball.lower()), float(ball.upper())
            assert low - 1e-13 <= column.min()
            assert column.max() <= high + 1e-13


@pytest.mark.parametrize("kind", ["contraction", "mean", "variance", "change", "repulsion"])
def test_gradients_contain_differences(kind):
    """The ball of the gradient of each box, against differences of values inside it."""
    omega, step = Fraction(1, 2), Fraction(1, 2**20)
    alpha, scale = claims._enclosed(PAPER)
    for box in random_boxes(60):
        piece = enclosures.Piece(box, Fraction(3, 2), Fraction(1, 4))
        mu = (2 * box.m_low - 1, 2 * box.m_high + 1)
        objective = enclosures.Objective(kind, 1, alpha, scale, mu, (omega, omega), (piece,))

        def value(m, v, objective=objective, piece=piece):
            here = integrals.Box(m, m, v, v)
            return enclosures._over(objective, piece, here, omega)[0]

        with flint.ctx.workprec(120):
            by_m, by_v = enclosures._over(objective, piece, box, omega)[1]
            for m, v in ((box.m_low, box.v_low), (box.m_high, box.v_high)):
                here = integrals.Box(m, m, v, v)
                exact = enclosures._over(objective, piece, here, omega)[1]
                along = (
                    value(m + step, v) - value(m - step, v),
                    value(m, v + step) - value(m, v - step),
                )
                for ball, there, difference in zip((by_m, by_v), exact, along, strict=True):
                    slope = float((difference / flint.fmpq(1, 2**19)).mid())
                    assert float(there.mid()) == pytest.approx(slope, rel=1e-7, abs=1e-9)
                    assert ball.overlaps(there) or not ball.is_finite()


def test_the_bound_near_a_maximum_inside_a_box():
    """Where the gradient has both signs, and the mean value theorem is all there is."""
    near = ("-0.2", "0.2")
    found = certify.contraction(
        FLOATS, mu=near, omega=near, nu=(1, 1), tau=("0.8", "1.4"), tolerance=10.0
    )
    (extremum,) = found.extrema
    for leaf in (*extremum.closed, *extremum.open):
        m_low, m_high, v_low, v_high = map(float, extremum.box(leaf.piece, leaf.path))
        for m, v in itertools.product(np.linspace(m_low, m_high, 9), np.linspace(v_low, v_high, 9)):
            layer = {"mu": m / 0.2, "omega": 0.2, "nu": 1.0, "tau": v}
            assert singular_value(layer) <= leaf.upper + 1e-12


@pytest.mark.parametrize(
    ("mu", "omega", "m", "expected"),
    [
        ((-1, 1), (-2, 3), (1, 1), 3),
        ((0, 1), (-2, 1), (1, 1), 1),  # omega must have the sign of m
        ((1, 2), (-5, 5), (2, 2), 2),  # omega = m/mu
        ((-1, 0), (-2, 3), (1, 1), -2),
        ((-1, 1), (-2, 3), (0, 0), 3),
        ((2, 4), (1, 9), (8, 8), 4),
    ],
)
def test_largest_omega(mu, omega, m, expected):
    sides = [tuple(map(Fraction, side)) for side in (mu, omega, m)]
    zero = Fraction(0), Fraction(0)
    objective = enclosures.Objective("contraction", 1, zero, zero, *sides[:2], ())
    assert enclosures.largest_omega(objective, *sides[2]) == expected


# what is wrong with a certificate is found


def tampered(change) -> Certificate:
    data = json.loads(certify.contraction(PAPER, **ONE).to_json())
    change(data)
    return Certificate.from_json(json.dumps(data))


def shrink_bounds(data):
    for leaf in (*data["extrema"][0]["closed"], *data["extrema"][0]["open"]):
        leaf["upper"] = min(leaf["upper"], 0.89)


def drop_a_box(data):
    data["extrema"][0]["closed" if data["extrema"][0]["closed"] else "open"].pop()


def widen_the_box(data):
    data["ranges"]["nu"] = ["1/2", "3/2"]


def other_parameters(data):
    data["extrema"][0]["objective"]["alpha"] = ["2", "2"]


def raise_the_limit(data):
    data["extrema"][0]["limit"] = "2"


def raise_the_value(data):
    data["extrema"][0]["lower"] += 0.01


@pytest.mark.parametrize(
    "change",
    [shrink_bounds, drop_a_box, widen_the_box, other_parameters, raise_the_limit, raise_the_value],
)
def test_a_wrong_certificate_is_found_out(change):
    assert check(tampered(lambda data: None))
    assert not check(tampered(change))


# files, resuming, and where the work is done


def test_a_file_is_all_that_a_check_needs(tmp_path):
    path = tmp_path / "theorem_2.json"
    found = certify.variance_decreases(PAPER, **TWO)
    found.save(path)
    assert same(Certificate.load(path), found)
    code = f"from selu_sym import certify; print(certify.check({str(path)!r}))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "True"


def test_a_file_is_json_also_without_a_bound():
    """Of the first box of so large a domain nothing is known."""
    found = certify.repulsion(mu=(-5, 5), nu=("0.001", 100), max_boxes=1)
    assert found.bounds["largest 1 - trace + det"][1] == float("inf")

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    json.loads(found.to_json(), parse_constant=refuse)
    assert same(Certificate.from_json(found.to_json()), found)
    assert found.status == "undecided"
    assert check(found)


def test_a_search_resumes_where_it_stopped():
    whole = certify.repulsion(**SLOW)
    part = certify.repulsion(**SLOW, max_boxes=300)
    assert part.status == "undecided"
    assert part.boxes <= 302
    stopped = part.to_json()
    resumed = certify.resume(Certificate.from_json(stopped))
    assert resumed.status == whole.status == "proved"
    assert part.to_json() == stopped
    low, high = resumed.bounds["largest 1 - trace + det"]
    assert low <= high < 0


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


def test_progress(capsys):
    certify.contraction(PAPER, **ONE, progress=True)
    assert "largest singular value in [" in capsys.readouterr().err


def test_display():
    text = str(certify.contraction(PAPER, **ONE))
    assert text.startswith("contraction: proved for mu in [-0.1, 0.1], omega in [-0.1, 0.1], nu in")
    assert "largest singular value in [0.897608, 0.897608], claimed to be below 1" in text
    smallest = str(certify.variance_increases(PAPER, **THREE[0]))
    assert (
        "smallest change of the variance in [0.00773608, 0.00773608], claimed to be above 0"
        in smallest
    )


def test_parameters_of_every_kind():
    many = precise.selu_parameters(0, 1, digits=30)
    for p in (PAPER, many, FLOATS, selu_sym.match_moments(0.0, 1.0, 0.0, 1.0)):
        assert certify.contraction(p, **ONE).status == "proved"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"mu": (0.1, -0.1)}, ValueError, "mu must be a pair of a lower and an upper end"),
        ({"nu": (0, 1)}, ValueError, "nu must be positive, got 0"),
        ({"tau": ("-1", 1)}, ValueError, "tau must be positive, got '-1'"),
        ({"omega": 1}, TypeError, "omega must be a pair of numbers, got 1"),
        ({"omega": ("a", 1)}, ValueError, "omega must be a finite decimal number, got 'a'"),
        ({"p": (1.6, 1.05)}, TypeError, "p must be SeluParameters or an Enclosure"),
        ({"p": selu_parameters([0.0, 0.1], 1.0)}, TypeError, "one fixed point, got arrays"),
    ],
    ids=str,
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        certify.contraction(**{"p": PAPER, **ONE, **arguments})


def test_it_needs_the_extra():
    code = "import sys; sys.modules['flint'] = None; import selu_sym; selu_sym.certify"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (
        "ImportError: selu_sym.certify needs python-flint: pip install selu-sym[certify]"
        in result.stderr
    )
