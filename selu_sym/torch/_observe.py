"""Observing PyTorch models: what their modules do with examples, and what they should do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TypeAlias, cast

import numpy as np
import torch
from torch import nn

from selu_sym._numeric import validation
from selu_sym._numeric.validation import FloatArray
from selu_sym._numeric.weights import Iid
from selu_sym._observe import examples as choice
from selu_sym._observe.report import Report, report
from selu_sym._observe.steps import Kind, Recorder, Step, Taps, Words, probes, share_inside
from selu_sym._parameters import SeluParameters, paper

Batch: TypeAlias = "torch.Tensor | np.ndarray | tuple[object, ...] | list[object]"
"""Examples, or a sequence of these and of their labels."""

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
WEIGHTS = (nn.Linear, *CONVOLUTIONS, *TRANSPOSED)

Convolution: TypeAlias = "nn.Conv1d | nn.Conv2d | nn.Conv3d"
WithWeights: TypeAlias = (
    "nn.Linear | Convolution | nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d"
)

KINDS: dict[Kind, tuple[type, ...]] = {
    "selu": (nn.SELU,),
    "alpha dropout": (nn.AlphaDropout, nn.FeatureAlphaDropout),
    "dropout": (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d),
    "passthrough": (nn.Flatten, nn.Identity, nn.Unflatten),
    "normalization": (
        nn.modules.batchnorm._NormBase,
        nn.GroupNorm,
        nn.LayerNorm,
        nn.RMSNorm,
    ),
    "pooling": (
        nn.modules.pooling._AdaptiveAvgPoolNd,
        nn.modules.pooling._AdaptiveMaxPoolNd,
        nn.modules.pooling._AvgPoolNd,
        nn.modules.pooling._LPPoolNd,
        nn.modules.pooling._MaxPoolNd,
    ),
}
"""What modules do to the moments, and the classes of modules that do it."""

WORDS = Words(
    "standardize it", "padding=0", ", or draw others with selu_sym.torch.init_(module, p)"
)


def weights_of(module: torch.nn.Module) -> Iid:
    r"""Return the weight model of the weights and biases that a PyTorch module has.

    .. math:: \tau = n \overline{w^2}, \quad \beta = \overline{b^2}

    with n the number of products that a unit sums. The means are over all weights and over all
    biases, because modules do not remember how these were drawn. A SELU after the module takes the
    model as ``weights``.

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

    Notes
    -----
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
    weight = _to_numpy(module.weight)
    inputs: float = math.prod(weight.shape[1:])
    if isinstance(module, TRANSPOSED):  # the axis of inputs comes before that of outputs
        inputs = weight.size / module.out_channels / math.prod(module.stride)
    bias = 0.0 if module.bias is None else float(np.mean(_to_numpy(module.bias) ** 2))
    return Iid(inputs * float(np.mean(weight**2)), bias)


def observe(
    model: torch.nn.Module, data: Batch | Iterable[Batch], *, examples: int = 1024
) -> Report:
    """Return what a PyTorch model does with examples, and what keeps it from its fixed point.

    Parameters
    ----------
    model : torch.nn.Module
        A model before, during or after its training. It is called in evaluation mode, and not
        changed.
    data : tensor, array, tuple (x, y), or iterable of batches
        Examples for a model that takes one tensor. Of a tuple, and of batches that are tuples or
        lists, the first entry is used. It is moved to the device of the model.
    examples : int
        The largest number of examples. From a tensor they are evenly spaced; from batches they are
        the first ones.

    Returns
    -------
    Report
        ``print`` shows a table and the findings.

    Raises
    ------
    ValueError
        If there are no examples, or ``examples`` is not a positive integer.

    Notes
    -----
    Only modules are seen. Functions like ``torch.nn.functional.selu`` and sums in ``forward`` are
    not: modules after them are judged by the second moment of their input. The weight model is that
    of the weights as they are now (:func:`weights_of`); before training, these are the weights that
    were drawn. Of a compiled model, the original one is observed. The rest is as for
    :func:`selu_sym.keras.observe`.

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
    recorder: Recorder[torch.Tensor] = Recorder(WORDS, _to_numpy)
    with torch.inference_mode(False), torch.enable_grad():
        x = x.clone() if x.is_inference() else x
        recorder.know(x, recorder.network_input)
        with _evaluated(model), _watched(model, recorder):
            losses = _random_functions(model(x))
        if losses:
            recorder.differentiate(
                lambda outputs: torch.autograd.grad(losses, outputs, allow_unused=True)
            )
    recorder.finish()
    return report(recorder, len(x))


@contextmanager
def _evaluated(model: torch.nn.Module) -> Iterator[None]:
    """Put the modules into evaluation mode, and afterwards back into the modes that they had."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


@contextmanager
def _watched(model: torch.nn.Module, recorder: Recorder[torch.Tensor]) -> Iterator[None]:
    """Record the calls of modules that have no modules in them, or whose kind is known."""
    with ExitStack() as stack:
        for name, module in model.named_modules():
            if _kind(module) != "other" or not any(module.children()):
                hook = module.register_forward_hook(_hook(name, recorder), with_kwargs=True)
                stack.callback(hook.remove)
        yield


def _hook(name: str, recorder: Recorder[torch.Tensor]) -> Callable[..., object]:
    """Return a forward hook that records the calls of a module, and returns their outputs."""

    def hook(
        module: torch.nn.Module,
        inputs: tuple[object, ...],
        named: dict[str, object],
        output: object,
    ) -> object:
        taken = [x for x in (*inputs, *named.values()) if isinstance(x, torch.Tensor)]
        if isinstance(output, torch.Tensor) and output.dim() and taken:
            step = _step(name, module, taken[0], output)
            if step.kind in ("selu", "activation") and not output.requires_grad:
                # the model's weights are frozen. Code could not change a leaf in place.
                output = output.requires_grad_().clone()
            recorder.add(step, taken, output)
        return output

    return hook


def _step(name: str, module: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> Step:
    """Return the step of a module that makes y from x."""
    kind = _kind(module)
    step = Step(kind, name, f"{type(module).__name__} {name!r}", WORDS)
    if isinstance(module, WEIGHTS):
        _read_weights(step, module, x, y)
    elif kind in ("selu", "alpha dropout"):
        step.p = _fixed_point(module) or paper()
    if "dropout" in kind:
        step.rate = float(getattr(module, "rate" if hasattr(module, "rate") else "p"))
    if kind in ("selu", "activation"):
        step.function = "SELU" if kind == "selu" else type(module).__name__
    return step


def _read_weights(step: Step, module: WithWeights, x: torch.Tensor, y: torch.Tensor) -> None:
    """Set what the step of a module with weights says of them."""
    weight = _to_numpy(module.weight)
    rows = weight.reshape(len(weight), -1)
    step.units = module.out_features if isinstance(module, nn.Linear) else module.out_channels
    if rows.std() == 0:
        step.flaw = f"all of its weights are {rows.flat[0]:g}"
        return
    if len(rows) > 1 and rows.sum(1).std() <= 1e-3 * np.abs(rows).sum() / len(rows):
        return  # the weights of each unit have the same sum: they are not independent
    step.model = step.held = weights_of(module)
    bias: torch.Tensor | None = module.bias
    of_bias = 0.0 if bias is None else math.sqrt(2 / bias.numel())
    step.uncertainty = math.sqrt(2 / weight.size), of_bias * step.model.bias_variance
    if isinstance(module, CONVOLUTIONS) and module.padding_mode == "zeros":
        step.inside = share_inside(_taps(module, x.shape[2:], y.shape[2:]))


def _taps(module: Convolution, sizes: Sequence[int], outputs: Sequence[int]) -> Iterator[Taps]:
    """Yield each dimension of a convolution, given the sizes of its input and its output."""
    for index, (size, output) in enumerate(zip(sizes, outputs, strict=True)):
        kernel, stride, dilation = (
            numbers[index] for numbers in (module.kernel_size, module.stride, module.dilation)
        )
        reach = dilation * (kernel - 1)
        if isinstance(module.padding, str):
            before = reach // 2 if module.padding == "same" else 0
        else:
            before = module.padding[index]
        yield Taps(size, kernel, stride, dilation, before, output)


def _kind(module: torch.nn.Module) -> Kind:
    """Return what a module does to the moments."""
    if isinstance(module, WEIGHTS):
        return "weights"
    if _fixed_point(module) is not None:
        return "alpha dropout" if hasattr(module, "rate") else "selu"
    for kind, classes in KINDS.items():
        if isinstance(module, classes):
            return kind
    is_activation = type(module).__module__ == nn.ReLU.__module__ and not any(module.children())
    return "activation" if is_activation else "other"


def _fixed_point(module: torch.nn.Module) -> SeluParameters[float] | None:
    """Return the parameters of a module of this package, None of others."""
    p = getattr(module, "fixed_point", None)
    return p if isinstance(p, SeluParameters) else None


def _random_functions(outputs: object) -> list[torch.Tensor]:
    """Return a random linear function of each tensor in a model's output."""
    leaves, _ = torch.utils._pytree.tree_flatten(outputs)
    random = probes()
    return [
        (y.float() * torch.tensor(random.standard_normal(y.shape), dtype=torch.float32).to(y)).sum()
        for y in leaves
        if isinstance(y, torch.Tensor) and y.is_floating_point() and y.requires_grad
    ]


def _examples(data: Batch | Iterable[Batch], count: int) -> torch.Tensor:
    """Return at most `count` examples as a tensor."""
    given = data[0] if isinstance(data, tuple) else data
    if isinstance(given, torch.Tensor | np.ndarray):
        (x,) = choice.evenly_spaced([torch.as_tensor(given)], count)
        return x
    batches = (
        batch[0] if isinstance(batch, tuple | list) else batch
        for batch in cast("Iterable[Batch]", given)
    )
    (x,) = choice.first(([torch.as_tensor(batch)] for batch in batches), count, torch.cat)
    return x


def _to_numpy(tensor: torch.Tensor) -> FloatArray:
    """Return the numbers of a tensor in float64."""
    numbers: FloatArray = tensor.detach().cpu().double().numpy()
    return numbers
