"""PyTorch modules, observed: what their layers do with examples, and what they should do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch

from selu_sym._numeric import validation
from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Iid
from selu_sym._observe.report import Report, report
from selu_sym._observe.steps import Kind, Recorder, Step, Words, evenly_spaced, probes, share_inside
from selu_sym._parameters import SeluParameters, paper

NN = torch.nn

CONVOLUTIONS = (NN.Conv1d, NN.Conv2d, NN.Conv3d)
TRANSPOSED = (NN.ConvTranspose1d, NN.ConvTranspose2d, NN.ConvTranspose3d)
WEIGHTS = (NN.Linear, *CONVOLUTIONS, *TRANSPOSED)

KINDS: dict[Kind, tuple[type, ...]] = {
    "selu": (NN.SELU,),
    "alpha dropout": (NN.AlphaDropout, NN.FeatureAlphaDropout),
    "dropout": (NN.Dropout, NN.Dropout1d, NN.Dropout2d, NN.Dropout3d),
    "pass": (NN.Flatten, NN.Identity, NN.Unflatten),
    "normalization": (
        NN.modules.batchnorm._NormBase,
        NN.GroupNorm,
        NN.LayerNorm,
        NN.RMSNorm,
    ),
    "pooling": (
        NN.modules.pooling._AdaptiveAvgPoolNd,
        NN.modules.pooling._AdaptiveMaxPoolNd,
        NN.modules.pooling._AvgPoolNd,
        NN.modules.pooling._LPPoolNd,
        NN.modules.pooling._MaxPoolNd,
    ),
}
"""Classes of modules by what they are to the moments."""

WORDS = Words(
    "standardize it", "padding=0", ", or draw others with selu_sym.torch.init_(module, p)"
)


def weights_of(module: Any) -> Iid:
    r"""Return the weight model of what a PyTorch module holds.

    .. math:: \tau = n \overline{w^2}, \quad \beta = \overline{b^2}

    with n the number of products that a unit sums, and means over all weights and biases: modules
    do not remember what drew them. It is what a SELU after the module is to be given as
    ``weights``.

    Parameters
    ----------
    module : torch.nn.Module
        Linear, Conv1d to Conv3d, or ConvTranspose1d to ConvTranspose3d.

    Returns
    -------
    Iid

    Raises
    ------
    ValueError
        If the module is another one, or all of its weights are 0.

    Source: ``derivations.moments.net_input_iid``.

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> print(f"{weights_of(torch.nn.Linear(1000, 1000)).tau:.2f}")
    0.33
    """
    if not isinstance(module, WEIGHTS):
        known = ", ".join(kind.__name__ for kind in WEIGHTS)
        raise ValueError(f"module must be one of {known}; got {type(module).__name__}")
    weight = _numbers(module.weight)
    inputs: float = math.prod(weight.shape[1:])
    if isinstance(module, TRANSPOSED):  # its weights hold inputs before outputs
        inputs = weight.size / module.out_channels / math.prod(module.stride)
    bias = 0.0 if module.bias is None else float(np.mean(_numbers(module.bias) ** 2))
    return Iid(inputs * float(np.mean(weight**2)), bias)


def observe(model: Any, data: Any, *, examples: int = 1024) -> Report:
    """Return what a PyTorch model does with examples, and what keeps it from its fixed point.

    Parameters
    ----------
    model : torch.nn.Module
        Before, during or after its training. It is called in evaluation mode, and not changed.
    data : tensor, array, tuple (x, y), or iterable of batches
        Examples as the model takes them, which is to take one tensor; of a tuple, and of batches
        that are tuples or lists, the first entry.
        They are moved to the device of the model.
    examples : int
        How many examples are looked at, at most: of a tensor evenly spaced ones, of batches the
        first.

    Returns
    -------
    Report
        ``print`` shows a table and the findings.

    Raises
    ------
    ValueError
        If there are no examples, or the number of examples is no positive integer.

    Notes
    -----
    Only modules are seen: functions like ``torch.nn.functional.selu`` and sums in ``forward`` are
    not, and what comes after them is judged by its second moment. Weights are read as they are
    (:func:`weights_of`), which before training is what was drawn. Of a compiled model, the
    original one is observed. Else as :func:`selu_sym.keras.observe`.

    No other thread may call the model meanwhile.

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
    tensors = [*model.parameters(), *model.buffers()]
    x = _examples(data, validation.count("examples", examples))
    if tensors:
        x = x.to(tensors[0].device)
        x = x.to(tensors[0].dtype) if x.is_floating_point() else x
    recorder = Recorder(WORDS, _numbers)
    with torch.inference_mode(False), torch.enable_grad():
        x = x.clone() if x.is_inference() else x
        recorder.know(x, recorder.network_input)
        with _evaluated(model), _watched(model, recorder):
            losses = _random_functions(model(x))
        recorder.differentiate(
            lambda ys: torch.autograd.grad(losses, ys, allow_unused=True), losses
        )
    recorder.finish()
    return report(recorder, len(x))


@contextmanager
def _evaluated(model: Any) -> Iterator[None]:
    """Put the modules into evaluation mode, and back into their own ones."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


@contextmanager
def _watched(model: Any, recorder: Recorder) -> Iterator[None]:
    """Let each module without parts, and each that is known, leave a step."""
    with ExitStack() as stack:
        for name, module in model.named_modules():
            if _kind(module) != "other" or not any(module.children()):
                hook = module.register_forward_hook(_hook(name, recorder), with_kwargs=True)
                stack.callback(hook.remove)
        yield


def _hook(name: str, recorder: Recorder) -> Callable[[Any, Any, Any, Any], Any]:
    """Return what is called after a module, and may give another output in its place."""

    def hook(module: Any, inputs: Any, named: Any, output: Any) -> Any:
        taken = [x for x in (*inputs, *named.values()) if isinstance(x, torch.Tensor)]
        if isinstance(output, torch.Tensor) and output.dim() and taken:
            step = _step(name, module, taken[0], output)
            if step.kind in ("selu", "activation") and not output.requires_grad:
                # of a model whose weights are frozen; no leaf, for it may be changed in place
                output = output.requires_grad_().clone()
            recorder.add(step, taken, output)
        return output

    return hook


def _step(name: str, module: Any, x: Any, y: Any) -> Step:
    kind = _kind(module)
    step = Step(kind, name, f"{type(module).__name__} {name!r}", WORDS)
    if kind == "weights":
        _read_weights(step, module, x, y)
    elif kind in ("selu", "alpha dropout"):
        step.p = _fixed_point(module) or paper()
    if "dropout" in kind:
        step.rate = module.rate if hasattr(module, "rate") else module.p
    if kind in ("selu", "activation"):
        step.function = "SELU" if kind == "selu" else type(module).__name__
    return step


def _read_weights(step: Step, module: Any, x: Any, y: Any) -> None:
    weight = _numbers(module.weight)
    rows = weight.reshape(len(weight), -1)
    step.units = module.out_features if isinstance(module, NN.Linear) else module.out_channels
    if rows.std() == 0:
        step.flaw = f"all of its weights are {rows.flat[0]:g}"
        return
    if len(rows) > 1 and rows.sum(1).std() <= 1e-3 * np.abs(rows).sum() / len(rows):
        return  # the units' weights have one sum: they are not drawn independently
    step.model = step.held = weights_of(module)
    of_bias = 0.0 if module.bias is None else math.sqrt(2 / module.bias.numel())
    step.uncertainty = math.sqrt(2 / weight.size), of_bias * step.model.bias_variance
    if isinstance(module, CONVOLUTIONS) and module.padding_mode == "zeros":
        step.inside = share_inside(_taps(module, x.shape[2:], y.shape[2:]))


def _taps(module: Any, sizes: Any, outputs: Any) -> Iterator[Any]:
    """Yield what :func:`share_inside` takes."""
    for index, (size, output) in enumerate(zip(sizes, outputs, strict=True)):
        kernel, stride, dilation = (
            numbers[index] for numbers in (module.kernel_size, module.stride, module.dilation)
        )
        reach = dilation * (kernel - 1)
        before = {"same": reach // 2, "valid": 0}.get(module.padding)
        before = module.padding[index] if before is None else before
        yield size, kernel, stride, dilation, before, output


def _kind(module: Any) -> Kind:
    if isinstance(module, WEIGHTS):
        return "weights"
    if _fixed_point(module) is not None:
        return "alpha dropout" if hasattr(module, "rate") else "selu"
    for kind, classes in KINDS.items():
        if isinstance(module, classes):
            return kind
    is_activation = type(module).__module__ == NN.ReLU.__module__ and not any(module.children())
    return "activation" if is_activation else "other"


def _fixed_point(module: Any) -> SeluParameters[float] | None:
    """Return the SELU of a module of this package."""
    p = getattr(module, "fixed_point", None)
    return p if isinstance(p, SeluParameters) else None


def _random_functions(outputs: Any) -> list[Any]:
    """Return a random linear function of each output."""
    leaves, _ = torch.utils._pytree.tree_flatten(outputs)
    random = probes()
    return [
        (y.float() * torch.tensor(random.standard_normal(y.shape), dtype=torch.float32).to(y)).sum()
        for y in leaves
        if isinstance(y, torch.Tensor) and y.is_floating_point() and y.requires_grad
    ]


def _examples(data: Any, count: int) -> Any:
    """Return a tensor of at most so many examples."""
    data = data[0] if isinstance(data, tuple) else data
    if isinstance(data, torch.Tensor | np.ndarray):
        x = torch.as_tensor(data)
        x = x[torch.as_tensor(evenly_spaced(len(x), count))]
    else:
        batches: list[Any] = []
        for batch in data:
            x = torch.as_tensor(batch[0] if isinstance(batch, tuple | list) else batch)
            if sum(map(len, batches)) >= count or (batches and x.shape[1:] != batches[0].shape[1:]):
                break
            batches.append(x)
        x = torch.cat(batches)[:count] if batches else torch.empty(0)
    if not len(x):
        raise ValueError("data must hold examples, got none")
    return x


def _numbers(tensor: Any) -> FloatArray:
    numbers: FloatArray = tensor.detach().cpu().double().numpy()
    return numbers
