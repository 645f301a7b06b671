"""Observing PyTorch models: what their modules do with examples, and what they should do."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import torch

from selu_sym._numeric import validation
from selu_sym._observe.examples import next_size, probes, with_bar
from selu_sym._observe.report import Report, report
from selu_sym._observe.steps import Recorder
from selu_sym._observe.threads import ONE_AT_A_TIME
from selu_sym.torch import _observe_data as choice
from selu_sym.torch._observe_calls import Calls, measure, watched
from selu_sym.torch._observe_data import Batch
from selu_sym.torch._observe_layers import WORDS, to_numpy, weights_of
from selu_sym.torch._observe_state import frozen, mode, settled, unchanged

__all__ = ["Data", "Observer", "observe", "weights_of"]

Data: TypeAlias = "Batch | torch.utils.data.Dataset[object] | Iterable[Batch]"
"""Examples, or batches of them."""


def observe(
    model: torch.nn.Module,
    data: Data,
    *,
    examples: int = 1024,
    training: bool = False,
    progress: bool = False,
) -> Report:
    """Return what a PyTorch model does with examples, and what keeps it from training well.

    Parameters
    ----------
    model : torch.nn.Module
        A model before, during or after its training. It is called in evaluation mode, and not
        changed.
    data : tensor, array, dict, tuple (x, y), Dataset, or iterable of batches
        Examples for the model. A dict is given to parameters of the names of its keys, if
        ``forward`` has them. Of a tuple, and of batches that are tuples or lists, the first entry
        is used; it may be a list of several inputs, or a dict. All is moved to the model's device.
    examples : int
        The largest number of examples. From tensors they are evenly spaced; from batches they are
        the first ones.
    training : bool
        Whether to call the model in training mode, with its dropout.
    progress : bool
        Whether to show a progress bar (needs tqdm).

    Returns
    -------
    Report
        ``print`` shows a table and the findings.

    Raises
    ------
    ValueError
        If there are no examples, data is of a type that is not named above, or ``examples`` is not
        a positive integer.

    Notes
    -----
    Modules are seen, and functions of ``torch.nn.functional`` and operators in ``forward``. An
    activation is known by the values that it has (:func:`selu_sym.list_activations`), whatever it
    is called. A layer has a row for calls side by side, and one for each call on what it has made
    itself, as in a loop over time. The weight model is that of the weights as they are now
    (:func:`weights_of`). Batch normalizations use the statistics of the batch, spectral norms the
    vectors that training will find in its first steps. Blocks that are compiled run uncompiled.
    What is not seen is named in the report: what is within recurrent modules, MultiheadAttention,
    quantized modules, TorchScript and ``torch.func.vmap``, and weights that code multiplies by an
    operator. No gradient goes back through ``no_grad`` and reentrant checkpoints.

    The model is called batch by batch, and only numbers are kept. Afterwards its buffers, its modes
    and the global generators are as they were, to the bit, also after a failure. Other threads may
    call other models meanwhile; if they observe, they wait. The rest is as for
    :func:`selu_sym.keras.observe`.

    Source: ``derivations.propagation``.

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.SELU())
    >>> (finding,) = observe(model, torch.randn(256, 64)).findings
    >>> finding.layer, finding.kind
    ('0', 'weights')
    """
    model = getattr(model, "_orig_mod", model)
    recorder: Recorder[torch.Tensor] = Recorder(
        WORDS, to_numpy, measure, lambda tensor: 0 if tensor.is_inference() else tensor._version
    )
    calls = Calls(recorder)
    random, total = probes(), 0
    batches = choice.batches(data, validation.count("examples", examples))
    if progress:
        batches = with_bar(batches)
    with (
        ONE_AT_A_TIME,
        torch.inference_mode(False),
        torch.enable_grad(),
        unchanged(model),
        settled(model),
        frozen(model),
        watched(model, calls),
    ):
        batch = next(batches, None)
        while batch is not None:
            inputs, count = batch
            mode(model, training, several=count > 1)
            _observe_batch(model, inputs, calls, random)
            total += count
            try:
                batch = batches.send(next_size(calls.bytes, count))
            except StopIteration:
                batch = None
    for step, norms in calls.gradients.items():
        recorder.add_gradient(step, math.fsum(float(norm) for norm in norms))
    return report(recorder, total)


def _observe_batch(
    model: torch.nn.Module, inputs: choice.Inputs, calls: Calls, random: np.random.Generator
) -> None:
    """Call a model with a batch, and differentiate a random linear function of what it returns."""
    calls.begin_batch()
    parameters = [*model.parameters(), *model.buffers()]
    leaves: list[torch.Tensor] = []

    def prepared(x: torch.Tensor) -> torch.Tensor:
        x = x.to(parameters[0].device) if parameters else x
        if not x.is_floating_point():
            calls.recorder.know_input(x)
            return x
        floating = next((p.dtype for p in parameters if p.is_floating_point()), x.dtype)
        x = x.to(floating, copy=True).detach().requires_grad_()
        leaves.append(x)
        x = x.clone()  # code could not change a leaf in place
        calls.recorder.know_input(x)
        return x

    calls.inside += 1
    try:
        given = choice.mapped(inputs, prepared)
    finally:
        calls.inside -= 1
    output = choice.called(model, given)
    calls.inside += 1
    try:
        losses = _random_functions(output, random)
        calls.recorder.forget()  # gradients need no more of them than autograd keeps
        del output
        if losses:
            calls.differentiate(losses, leaves)
    finally:
        calls.inside -= 1
    calls.recorder.end_batch()


def _random_functions(outputs: object, random: np.random.Generator) -> list[torch.Tensor]:
    """Return a random linear function of each tensor in a model's output."""
    leaves, _ = torch.utils._pytree.tree_flatten(outputs)
    return [
        (y.float() * torch.tensor(random.standard_normal(y.shape), dtype=torch.float32).to(y)).sum()
        for y in leaves
        if isinstance(y, torch.Tensor) and y.is_floating_point() and y.requires_grad
    ]


class Observer:
    """Observes a model now and then in a training loop of your own.

    Parameters
    ----------
    model, data, examples, training
        As for :func:`observe`. The same examples are shown each time.
    every : int
        The number of calls of :meth:`step` between two reports.

    Attributes
    ----------
    reports : dict
        The reports, each under the number of steps before it. The first one is made at once.

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU())
    >>> observer = Observer(model, torch.randn(8, 4), every=2)
    >>> for _ in range(4):
    ...     observer.step()  # after each epoch, or each step of the optimizer
    >>> list(observer.reports)
    [0, 2, 4]
    """

    def __init__(
        self,
        model: torch.nn.Module,
        data: Data,
        *,
        every: int = 1,
        examples: int = 1024,
        training: bool = False,
    ) -> None:
        self.model = model
        self.every = validation.count("every", every)
        self.examples = validation.count("examples", examples)
        self.training = training
        self.reports: dict[int, Report] = {}
        self._batches = [inputs for inputs, _ in choice.batches(data, self.examples)]
        self._steps = 0
        self._observe()

    def step(self) -> None:
        """Count a step, and observe the model if it is time."""
        self._steps += 1
        if self._steps % self.every == 0:
            self._observe()

    def _observe(self) -> None:
        self.reports[self._steps] = observe(
            self.model,
            [(batch,) for batch in self._batches],
            examples=self.examples,
            training=self.training,
        )
