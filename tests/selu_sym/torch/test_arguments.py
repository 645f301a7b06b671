"""Checks of the arguments of PyTorch's functions and modules."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import selu_sym.torch as st  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("function", [st.alpha_dropout, st.feature_alpha_dropout])
@pytest.mark.parametrize("training", ["no", "yes", None, 1, 0, 1.0, torch.tensor(True)], ids=repr)
def test_training_is_a_bool(function, training):
    with pytest.raises(TypeError, match="training must be a bool, got"):
        function(torch.ones(2, 3), 0.5, training=training)
    x = torch.ones(2, 3)
    assert function(x, 0.5, training=np.False_) is x


@pytest.mark.parametrize(
    "make",
    [
        lambda: st.SELU(True),
        lambda: st.AlphaDropout(0.2, True),
        lambda: st.FeatureAlphaDropout(0.2, True),
        lambda: st.SELU(0.0, True),
        lambda: st.SELU(np.True_),
        lambda: st.SELU(torch.tensor(True)),
        lambda: st.SELU("0"),
    ],
)
def test_the_peers_inplace_is_no_mean(make):
    torch.nn.SELU(True), torch.nn.AlphaDropout(0.2, True)
    with pytest.raises(TypeError, match="must be a real number, got"):
        make()


def test_numbers_of_other_libraries_are_means():
    for mean in (np.float32(0.5), torch.tensor(0.5), np.int64(0)):
        assert st.SELU(mean, 1).fixed_point.mean == float(mean)
