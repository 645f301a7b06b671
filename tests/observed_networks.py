"""Networks of NumPy functions whose steps are recorded, for tests of what needs no framework."""

import numpy as np

import selu_sym
from selu_sym import Iid
from selu_sym._observe import functions, rules
from selu_sym._observe.predictions import predict
from selu_sym._observe.steps import Recorder, Step, Words

WORDS = Words("standardize it", "no padding")
ROWS = np.random.default_rng(13).normal(size=(256, 64))
PAPER = selu_sym.selu_parameters(0.0, 1.0)


def selu(x, p=PAPER):
    """Return the SELU by its definition."""
    return p.scale * np.where(x > 0, x, p.alpha * np.expm1(np.minimum(x, 0)))


class Network:
    """Calls layers one after the other, and records them as steps."""

    def __init__(self, x, seed=0, **options):
        self.random = np.random.default_rng(seed)
        self.recorder = Recorder(WORDS, lambda values: values, **options)
        self.y = np.asarray(x, np.float64)
        self.recorder.know_input(self.y)

    def call(self, kind, name, forward, /, **attributes):
        """Record a layer, and return its step."""
        step = Step(kind, name, f"{kind} {name!r}", WORDS, **attributes)
        output = forward(self.y)
        self.recorder.add(step, [self.y], output)
        self.y = output
        return step

    def dense(self, name, units=256, tau=1.0, bias_variance=0.0, **attributes):
        """Record a layer with independent weights."""
        inputs = self.y.shape[-1]
        weights = self.random.normal(0, (tau / inputs) ** 0.5, (inputs, units))
        biases = self.random.normal(0, bias_variance**0.5, units) if bias_variance else 0.0
        model = Iid(tau, bias_variance)
        attributes = {"model": model, "held": model, "units": units, **attributes}
        return self.call("weights", name, lambda x: x @ weights + biases, **attributes)

    def activation(self, name, function, forward):
        """Record an activation of the catalogue."""
        known = functions.named(function)
        return self.call("activation", name, forward, function=function, known=known)

    def selu(self, name, p=PAPER):
        """Record a SELU."""
        return self.call("selu", name, lambda x: selu(x, p), function="SELU", p=p)

    def finish(self):
        """Set moments and predictions of the steps."""
        self.recorder.finish()
        predict(self.recorder.steps)


def found(network):
    """Return what is found in a network."""
    network.finish()
    return rules.findings(rules.Network(network.recorder.steps, network.recorder.diverged))


def stack(name, tau, depth, units=256, between=None, x=ROWS):
    """Return layers of an activation, with weights of a given tau before each."""
    network = Network(x)
    for number in range(depth):
        network.dense(f"h{number}", units=units, tau=tau)
        network.activation(f"a{number}", name, functions.named(name).source)
        if between is not None:
            between(network, number)
    return network
