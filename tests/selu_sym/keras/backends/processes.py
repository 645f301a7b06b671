"""How the tests of one of Keras's backends run: in processes that have this backend."""

from tests.processes import ALONE, ROOT, run

HERE = "tests/selu_sym/keras/backends"
CASES = sorted(
    f"{HERE}/cases/{path.name}"
    for path in (ROOT / HERE / "cases").glob("*.py")
    if path.stem not in ("__init__", "common")
)


def run_cases(backend: str, *options: str, **environment: str) -> str:
    """Run the cases of all subjects on a backend; return what is printed."""
    return run("-m", "pytest", *CASES, *ALONE, *options, KERAS_BACKEND=backend, **environment)
