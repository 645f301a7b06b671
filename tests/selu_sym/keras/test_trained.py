"""Fixed points that are trained, and shared."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import selu_sym.keras as sk


def with_a_trained_point(**kwargs):
    activation = sk.SELU(train_fixed_point=True, **kwargs)
    layers = [
        keras.Input((8,)),
        keras.layers.Dense(32, kernel_initializer=keras.initializers.LecunNormal(seed=1)),
        activation,
        sk.AlphaDropout(0.1, fixed_point=activation, seed=2),
        keras.layers.Dense(1, kernel_initializer=keras.initializers.LecunNormal(seed=3)),
    ]
    return keras.Sequential(layers)


@pytest.mark.parametrize("how", [{}, {"run_eagerly": True}], ids=str)
def test_a_fixed_point_is_trained_and_shared(how, tmp_path):
    model = with_a_trained_point()
    model.compile(keras.optimizers.Adam(0.01), "mse", **how)
    x = np.random.default_rng(0).normal(size=(128, 8)).astype(np.float32)
    losses = model.fit(x, np.sin(x[:, :1]), epochs=3, shuffle=False, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    _, activation, dropout, _ = model.layers
    p = activation.fixed_point
    assert p.mean != 0.0
    assert p.variance != 1.0
    assert dropout.fixed_point == p
    assert len(model.trainable_weights) == 6
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert np.array_equal(loaded(x), model(x))
    assert loaded.layers[2].shares_with is loaded.layers[1]
    assert loaded.layers[1].fixed_point == p
    model.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(tmp_path / "exported")
    assert np.allclose(exported.serve(x), model(x), rtol=1e-5, atol=1e-6)


def test_a_trained_fixed_point_is_one_of_the_numbers_it_has():
    layer = sk.SELU(-0.1, 2.0, train_fixed_point=True)
    x = keras.ops.convert_to_tensor([[-1.0, 0.5]])
    assert np.allclose(layer(x), sk.SELU(-0.1, 2.0)(x), rtol=1e-6)
    assert layer.get_config()["train_fixed_point"] is True


@pytest.mark.parametrize("weights", ["iid", "unit-sum", "he_normal", (0.5, 1.0)], ids=str)
@pytest.mark.parametrize("point", [(9.0, 1.0), (-9.0, 1.0), (0.1, 1e9), (0.5, -3.0)], ids=str)
def test_a_step_to_where_no_selu_exists_is_taken_back(point, weights):
    layer = sk.SELU(weights=weights, train_fixed_point=True)
    layer.build((None, 2))
    layer.mean.assign(point[0])
    layer.variance.assign(point[1])
    for variable in layer.trainable_variables:  # in the order in which an optimizer does
        variable.assign(variable.constraint(variable))
    p = layer.fixed_point
    assert np.float32(1e-4) <= p.variance <= 1e4
    assert abs(p.mean) <= abs(np.float32(point[0]))
    assert p.alpha > 0 < p.scale


def test_a_mean_that_has_a_selu_stays():
    layer = sk.SELU(-0.1, 2.0, train_fixed_point=True)
    layer.build((None, 2))
    assert float(layer.mean.constraint(layer.mean)) == pytest.approx(-0.1)


def test_a_shared_fixed_point_is_given_once_and_called_first():
    activation = sk.SELU(train_fixed_point=True)
    with pytest.raises(ValueError, match="give a fixed_point, or mean, variance and weights"):
        sk.AlphaDropout(0.1, mean=-0.1, fixed_point=activation)
    with pytest.raises(TypeError, match=r"must be a layer SELU or .* got 'selu'"):
        sk.AlphaDropout(0.1, fixed_point="selu")
    with pytest.raises(ValueError, match="must be called before what shares its fixed point"):
        sk.AlphaDropout(0.1, fixed_point=activation)(keras.ops.ones((2, 3)), training=True)
