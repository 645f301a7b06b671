"""Pickles and saved models name public modules, and those of version 0.2.0 load.

The files in ``tests/data/version_0_2_0`` were written by that version: ``objects.pickle`` with the
objects of this test by their names, and ``model.keras``, a network with the seed 0.
"""

import doctest
import importlib
import inspect
import pickle
import pickletools
import sys
from pathlib import Path

import numpy as np
import pytest

import selu_sym
from selu_sym import certify
from selu_sym._names import MOVED

DATA = Path(__file__).parents[1] / "data" / "version_0_2_0"

P = selu_sym.selu_parameters(-0.1, 2.0, weights="iid")


@pytest.fixture(scope="module")
def old():
    return pickle.loads((DATA / "objects.pickle").read_bytes())


def modules_named_in(pickled: bytes) -> set[str]:
    strings = [value for _, value, _ in pickletools.genops(pickled) if isinstance(value, str)]
    return {value for value in strings if value.split(".")[0] == "selu_sym"}


def test_values_of_old_pickles(old):
    assert old["parameters"] == P
    weights = selu_sym.Iid(2.0, 0.1)
    assert old["iid"] == weights
    assert old["arrays"] == selu_sym.selu_parameters([0.0, 0.1], 1.0, weights=weights)
    assert old["stability"].attracting is True
    assert old["stability"].spectral_radius == selu_sym.stability(P).spectral_radius
    now = selu_sym.propagate(P, 4, width=64, correlation=0.5)
    for name, values in vars(old["propagation"]).items():
        np.testing.assert_allclose(values, getattr(now, name), rtol=1e-12)
    assert old["propagation"].decorrelation is None  # it was not there
    assert str(old["propagation"])
    assert old["certificate"].status == "proved"
    assert certify.check(old["certificate"])
    assert len(old["extremum"]) > 0
    assert [row.layer for row in old["report"].layers] == ["selu", "head"]
    assert str(old["report"]).count("\n") > 1
    assert isinstance(old["error"], selu_sym.NoFixedPointError)


def test_pickles_name_public_modules(old):
    """What users keep does not depend on where a file is."""
    for kind in ("parameters", "arrays", "iid", "stability", "propagation", "report", "error"):
        assert modules_named_in(pickle.dumps(old[kind], 4)) == {"selu_sym"}, kind
        assert type(old[kind]).__module__ == "selu_sym"
    assert type(old["certificate"]).__module__ == "selu_sym.certify"


@pytest.mark.parametrize("name", MOVED)
def test_old_paths_are_the_new_modules(name):
    module = __import__(f"selu_sym.{name}", fromlist=["_"])
    assert module is sys.modules[f"selu_sym.{MOVED[name]}"]
    assert module.__name__ == module.__spec__.name == f"selu_sym.{MOVED[name]}"


def test_other_paths_are_not_found():
    with pytest.raises(ModuleNotFoundError, match=r"selu_sym\._nothing"):
        __import__("selu_sym._nothing")


def test_models_of_version_0_2_0_load():
    import keras  # noqa: PLC0415 - after the tests that need no framework

    import selu_sym.keras as sk  # noqa: PLC0415

    model = keras.saving.load_model(DATA / "model.keras")
    selu, dropout = (model.get_layer(name) for name in ("selu", "drop"))
    assert isinstance(selu, sk.SELU)
    assert isinstance(dropout, sk.AlphaDropout)
    assert (selu.fixed_point, dropout.rate) == (P, 0.1)
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")[:2]
    y = [[0.09446090459823608, 0.9235662221908569], [-0.36559998989105225, 4.272547245025635]]
    np.testing.assert_allclose(model(x), y, rtol=1e-5)
    assert keras.saving.serialize_keras_object(selu)["module"] == "selu_sym.keras"


@pytest.mark.parametrize(
    ("module", "library"),
    [
        ("selu_sym", "numpy"),
        ("selu_sym.keras", "keras"),
        pytest.param("selu_sym.torch", "torch", marks=pytest.mark.torch),
    ],
)
def test_doctests_of_public_classes(module, library):
    """pytest does not find those of methods, for the class names another module than theirs."""
    public = importlib.import_module(module)
    names = {**vars(public), library: importlib.import_module(library), "np": np}
    runner = doctest.DocTestRunner()
    for cls in filter(inspect.isclass, map(vars(public).__getitem__, public.__all__)):
        for test in doctest.DocTestFinder().find(cls, module=False, globs=names):
            runner.run(test)
    assert runner.summarize().failed == 0
    assert runner.summarize().attempted > 0
