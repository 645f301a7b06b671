"""The wheel and the sdist, tried as a user who has nothing else."""

import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.processes import ALONE, ROOT, run

pytestmark = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").exists(), reason="an installed copy has nothing to build from"
)


def metadata(installed: Path, name: str) -> str:
    (file,) = installed.glob(f"*.dist-info/{name}")
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """Return a folder with both."""
    folder = tmp_path_factory.mktemp("dist")
    run("-m", "hatchling", "build", "-d", str(folder), cwd=ROOT)
    return folder


def test_the_wheel_has_one_package_and_runs_alone(built, tmp_path):
    (wheel,) = built.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(installed)
    packages = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert packages == {"selu_sym"}
    assert "selu_sym/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "selu-sym = selu_sym.__main__:main" in metadata(installed, "entry_points.txt")
    description = metadata(installed, "METADATA").partition("\n\n")[2]
    assert "![" not in description
    links = re.findall(r"\]\(([^)]+)", description)
    assert links
    assert all(link.startswith("https://") for link in links)
    code = "import selu_sym; print(selu_sym.__file__, selu_sym.selu_parameters(0.0, 1.0).alpha)"
    place, alpha = run("-c", code, cwd=tmp_path, PYTHONPATH=str(installed)).split()
    assert Path(place).is_relative_to(installed)
    assert float(alpha) == pytest.approx(1.6732632423543772, rel=1e-15)


def test_the_sdist_passes_its_tests_from_itself(built, tmp_path):
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    for name in ("notebooks", "benchmarks", "derivations", "Makefile", "requirements.lock"):
        assert (unpacked / name).exists()
    quick = ["tests/selu_sym/test_parameters.py", "tests/derivations/test_moments.py"]
    found = run("-m", "pytest", *quick, *ALONE, cwd=unpacked, PYTHONPATH=str(unpacked))
    assert " passed" in found
    where = run("-c", "import selu_sym; print(selu_sym.__file__)", cwd=unpacked)
    assert Path(where.strip()).is_relative_to(unpacked)
