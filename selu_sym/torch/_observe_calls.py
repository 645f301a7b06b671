"""The steps of a PyTorch model: while it is called, modules and functions are recorded.

Modules of a known kind are recorded by hooks, each as one step. Outside of them, functions are
recorded, as ``torch.nn.functional`` has them and as operators of tensors.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from selu_sym._observe import functions
from selu_sym._observe.moments import Moments
from selu_sym._observe.steps import (
    ACTIVATIONS,
    SATURATED_SHARE,
    FixedPoint,
    Kind,
    Recorder,
    Seen,
    Step,
    fixed_point,
)
from selu_sym._parameters import paper
from selu_sym._selu import SeluParameters
from selu_sym._transformed import TransformedActivation
from selu_sym.torch import _observe_layers as layers
from selu_sym.torch._observe_layers import WORDS, to_numpy
from selu_sym.torch._watched import watching

TRANSFORMED = "what torch.func transforms"
"""What is not seen within vmap and the like."""

SMALL = 2**20
"""Size up to which a tensor is measured in float64."""


def measure(tensor: torch.Tensor) -> Moments:
    """Return the moments of a tensor whose first axis is that of examples."""
    rows = tensor.detach().reshape(len(tensor), -1)
    if rows.is_complex():
        rows = torch.view_as_real(rows).reshape(len(rows), -1)
    dtype = torch.float64 if rows.numel() <= SMALL else torch.float32
    if not rows.is_floating_point() or rows.numel() <= SMALL:
        rows = rows.to(dtype)
    if not rows.shape[1]:
        return Moments.by_examples(np.zeros(len(rows)), np.zeros(len(rows)))
    means = rows.mean(1, dtype=dtype)
    norms = torch.linalg.vector_norm(rows, dim=1, dtype=dtype)
    return Moments.by_examples(to_numpy(means), to_numpy(norms) ** 2 / rows.shape[1])


def _squared_norm(tensor: torch.Tensor) -> torch.Tensor:
    """Return the squared norm of a tensor, without a large copy of it."""
    dtype = torch.float64 if tensor.numel() <= SMALL else torch.float32
    return torch.linalg.vector_norm(tensor, dtype=dtype).double() ** 2


def sample_of(tensor: torch.Tensor) -> torch.Tensor:
    """Return some of a tensor's numbers, evenly spaced, in a tensor of its own."""
    flat = tensor.detach().reshape(-1)
    return flat[:: functions.sample_step(len(flat))].clone()


@dataclass
class _Begun:
    """A call of a module or a function that has begun."""

    seen: list[Seen]
    sample: torch.Tensor | None


class Calls(TorchFunctionMode):
    """Records the calls of a model's modules and functions as steps."""

    def __init__(self, recorder: Recorder[torch.Tensor]) -> None:
        super().__init__()
        self.recorder = recorder
        self.gradients: dict[Step, list[torch.Tensor]] = {}
        self.leaves: list[torch.Tensor] = []
        self.begun: list[_Begun | None] = []
        self.within: list[str] = []
        self.inside = 0
        self.names: dict[str, int] = {}
        self.bytes = 0
        """How much memory the outputs of the steps took in this batch."""

    def begin_batch(self) -> None:
        """Forget what belongs to the last batch."""
        self.leaves.clear()
        self.begun.clear()
        self.within.clear()
        self.inside = self.bytes = 0

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: object,
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        """Call a function, and record it if it is no part of a module that is one step."""
        named = kwargs or {}
        if self.inside:
            return func(*args, **named)
        name = str(getattr(func, "__name__", "")).rsplit(".", 1)[-1]
        taken = _tensors(args, named)
        if any(map(_is_transformed, taken)):
            self._not_seen(TRANSFORMED)
            return func(*args, **named)
        kind = self._kind(name, taken)
        if kind is None or not taken:
            return func(*args, **named)
        if kind == "weights":  # also where keywords have another order
            x, *rest = _tensors(tuple(layers.bound(args, named).values()), {})
            taken = [x, *(one for one in rest if self.recorder.seen(one).maker is not None)]
        return self._recorded(func, name, kind, taken, args, named)

    def of_ours(
        self,
        function: Callable[..., torch.Tensor],
        args: tuple[object, ...],
        named: dict[str, object],
    ) -> torch.Tensor:
        """Call one of :mod:`selu_sym.torch`, and record it as the module that does the same."""
        given = inspect.signature(function).bind(*args, **named).arguments
        taken = _tensors((), given)
        if self.inside or not taken or any(map(_is_transformed, taken)):
            return function(*args, **named)
        name = function.__name__
        kind: Kind = "alpha dropout" if "dropout" in name else "selu"
        output = self._recorded(function, name, kind, taken, (), given)
        return cast("torch.Tensor", output)

    def _recorded(
        self,
        func: Callable[..., object],
        name: str,
        kind: Kind,
        taken: list[torch.Tensor],
        args: tuple[object, ...],
        named: dict[str, object],
    ) -> object:
        """Call a function, and record it as a step."""
        begun = self._begin(taken, kind == "activation")
        if not any(seen.maker for seen in begun.seen):
            return func(*args, **named)  # it is made of no example, but of weights or places
        self.inside += 1
        try:
            output = func(*args, **named)
            return self._end_function(name, kind, begun, taken, args, named, output)
        finally:
            self.inside -= 1

    def _kind(self, name: str, taken: list[torch.Tensor]) -> Kind | None:
        """Return what a function does to the moments, None if it makes no numbers of them."""
        if name in layers.OF_NAME:
            return layers.OF_NAME[name]
        if name in layers.SCALES:
            known = [tensor for tensor in taken if self.recorder.seen(tensor).maker is not None]
            return "passthrough" if len(known) == 1 else "other"
        plain = name.removesuffix("_") if not name.startswith("__") else ""
        if plain in ("selu", "elu", "celu") or self._is_activation(plain):
            return "activation"
        return None if not plain or plain in UNSEEN else "other"

    @staticmethod
    def _is_activation(name: str) -> bool:
        return name not in layers.NO_ACTIVATIONS and functions.named(name) is not None

    def _begin(self, taken: list[torch.Tensor], sampled: bool) -> _Begun:
        seen = [self.recorder.seen(tensor) for tensor in taken]
        return _Begun(seen, sample_of(taken[0]) if sampled else None)

    def _end_function(
        self,
        name: str,
        kind: Kind,
        begun: _Begun,
        taken: list[torch.Tensor],
        args: tuple[object, ...],
        named: dict[str, object],
        output: object,
    ) -> object:
        """Record a call of a function, and return its output."""
        parts = output if isinstance(output, tuple | list) else [output]
        tensors = [y for y in parts if isinstance(y, torch.Tensor) and y.is_floating_point()]
        if not tensors or not tensors[0].dim():
            return output
        makers = [seen.maker for seen in begun.seen if seen.maker is not None]
        if kind == "passthrough" or (kind == "sum" and len(makers) == 1):
            for y in tensors:  # nothing to measure: what comes next is
                self.recorder.know(y, self._light("passthrough", name, begun.seen))
            return output
        if kind == "other":
            self._name_products(name, taken)
            for y in tensors:
                self.recorder.know(y, self._light("other", name, begun.seen))
            return output
        y = tensors[0]
        if self.recorder.skips(taken, y, begun.seen):
            return output
        weights = (one for one in _tensors(args, named) if isinstance(one, nn.Parameter))
        step = self.recorder.step(
            (self._place(), name, *map(id, makers), *map(id, weights)),
            lambda: self._function_step(kind, name, args, named, y),
        )
        if step.kind in ACTIVATIONS:
            output = y = self._differentiable(y)
        self._add(step, taken, y, begun)
        return output

    def differentiate(self, losses: list[torch.Tensor], leaves: list[torch.Tensor]) -> None:
        """Have gradients go back as far as they do."""
        try:
            torch.autograd.grad(losses, [*leaves, *self.leaves], allow_unused=True)
        except RuntimeError as error:
            if "use_reentrant=True" not in str(error):
                raise
            self._not_seen("gradients before a checkpoint with use_reentrant=True")

    def _differentiable(self, y: torch.Tensor) -> torch.Tensor:
        """Return an activation with a gradient, also where only weights are before it."""
        if y.requires_grad or not y.is_floating_point() or not torch.is_grad_enabled():
            return y
        y = y.requires_grad_().clone()  # code could not change a leaf in place
        self.leaves.append(y)
        return y

    def _name_products(self, name: str, taken: list[torch.Tensor]) -> None:
        """Remember matrices of weights that a function multiplies, and that are not read."""
        if name.strip("_") in PRODUCTS and any(
            isinstance(tensor, nn.Parameter) and tensor.dim() > 1 for tensor in taken
        ):
            self._not_seen(f"weights that {name.strip('_')} multiplies in {self._where()}")

    def _not_seen(self, what: str) -> None:
        if what not in self.recorder.not_seen:
            self.recorder.not_seen.append(what)

    def _light(self, kind: Kind, name: str, seen: list[Seen]) -> Step:
        """Return a step that is not measured and has no row."""
        makers = [one.maker for one in seen if one.maker is not None]

        def make() -> Step:
            sources = list(dict.fromkeys(makers))
            step = Step(kind, self._place() or name, f"{name} in {self._where()}", WORDS, sources)
            self.recorder.steps.append(step)
            return step

        return self.recorder.step((self._place(), name, "light", *map(id, makers)), make)

    def _function_step(
        self,
        kind: Kind,
        name: str,
        args: tuple[object, ...],
        named: dict[str, object],
        y: torch.Tensor,
    ) -> Step:
        """Return the step of a function."""
        plain = name.removesuffix("_")
        own = ".".join(part for part in (self._place(), plain) if part)
        self.names[own] = self.names.get(own, 0) + 1
        own = own if self.names[own] == 1 else f"{own}_{self.names[own]}"
        step = Step(kind, own, f"{plain} {own!r}", WORDS)
        if kind == "weights":
            layers.read_call(step, layers.bound(args, named), y)
        elif "x" in named:
            _read_ours(step, named)
        elif "dropout" in kind:
            rate = named.get("p", args[1] if len(args) > 1 else 0.5)
            training = named.get("training", args[2] if len(args) > 2 else None)
            step.rate = float(rate) if isinstance(rate, int | float) else 0.0
            step.rate = step.rate if training is not False or self.within else 0.0
            step.p = paper() if kind == "alpha dropout" else None
        elif kind == "pooling":
            step.function = "global" if plain == "mean" or plain.startswith("adaptive") else ""
        elif kind == "activation" and plain == "selu":
            step.kind, step.p, step.function = "selu", paper(), "SELU"
        elif kind == "activation":
            step.function = plain
        return step

    def enter(
        self, name: str, module: nn.Module, kind: Kind | None, taken: list[torch.Tensor]
    ) -> None:
        """Begin the call of a module."""
        self.within.append(name)
        if kind is not None:
            transformed = any(map(_is_transformed, taken))
            if transformed:
                self._not_seen(TRANSFORMED)
            fresh = not self.inside and bool(taken) and not transformed
            self.begun.append(self._begin(taken, kind == "activation") if fresh else None)
            self.inside += 1

    def leave(
        self,
        name: str,
        module: nn.Module,
        kind: Kind | None,
        taken: list[torch.Tensor],
        output: object,
    ) -> object:
        """End the call of a module, and return its output."""
        self.within.pop()
        if kind is None:
            return output
        try:
            begun = self.begun.pop()
            y: object = output[0] if isinstance(output, tuple) and output else output
            if begun is None or not isinstance(y, torch.Tensor) or not y.dim():
                return output
            if self.recorder.skips(taken, y, begun.seen):
                return output
            owner: tuple[object, ...] = (name,)
            if kind != "weights":
                owner = (name, *(id(one.maker) for one in begun.seen))
            made = y
            step = self.recorder.step(
                owner, lambda: _module_step(name, module, kind, taken[0], made), begun.seen
            )
            if kind in ACTIVATIONS:
                output = y = self._differentiable(y)
            self._add(step, taken, y, begun)
            return output
        finally:
            self.inside -= 1

    def _add(self, step: Step, taken: list[torch.Tensor], y: torch.Tensor, begun: _Begun) -> None:
        """Record a call, and have its gradient measured when it is known."""
        given = self.recorder.add(step, taken, y, begun.seen)
        self.bytes += y.nbytes
        if step.kind not in ACTIVATIONS:
            return
        if step.p is not None and isinstance(step.p, SeluParameters):
            limit = SATURATED_SHARE * step.p.saturation
            self.recorder.saturation(step, int((y.detach() < limit).sum()), y.numel())
        elif begun.sample is not None and given.finite:
            self._recognize(step, to_numpy(begun.sample), to_numpy(sample_of(y)))
        if y.requires_grad:
            norms = self.gradients.setdefault(step, [])
            y.register_hook(lambda g: norms.append(_squared_norm(g.detach())))

    def _recognize(self, step: Step, x: np.ndarray, y: np.ndarray) -> None:
        """Set which activation it is, and its share of flat units."""
        if step.known is None and len(x) == len(y):
            step.known = functions.recognized(step.function, x, y, step.param)
        if step.known is not None:
            self.recorder.saturation(step, step.known.flat_count(x), len(x))

    def _place(self) -> str:
        return self.within[-1] if self.within else ""

    def _where(self) -> str:
        return repr(self._place()) if self._place() else "the model"


PRODUCTS = ("matmul", "rmatmul", "mm", "bmm", "baddbmm", "addmm", "einsum", "tensordot", "bilinear")
"""Functions that multiply examples by weights, in ways of which no model is known."""

UNSEEN = {
    *("size", "dim", "numel", "stride", "is_floating_point", "requires_grad_", "detach", "item"),
    *("zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "argmax"),
    *("tolist", "numpy", "backward", "register_hook", "is_complex", "data_ptr", "arange"),
    *("requires_grad", "is_contiguous", "has_torch_function", "type_as", "new_zeros", "new_ones"),
}
"""Functions whose outputs say nothing of the examples."""


def _module_step(
    name: str, module: nn.Module, kind: Kind, x: torch.Tensor, y: torch.Tensor
) -> Step:
    """Return the step of a module that makes y from x."""
    step = Step(kind, name, f"{type(module).__name__} {name!r}", WORDS)
    if isinstance(module, layers.WEIGHTS):
        layers.read_module(step, module, x, y)
    elif isinstance(module, nn.SELU):
        step.kind, step.p, step.function = "selu", paper(), "SELU"
    elif kind in ("selu", "alpha dropout"):
        _hold(step, fixed_point(module))
    elif kind == "activation":
        step.function = type(module).__name__
        step.param = layers.parameter_of(module)
    elif kind == "pooling":
        step.function = "global" if "Adaptive" in type(module).__name__ else ""
    elif not _are_finite(module):
        step.broken = "its weights hold NaN or infinity"
    if "dropout" in kind:
        step.rate = float(getattr(module, "rate" if hasattr(module, "rate") else "p"))
    return step


def _hold(step: Step, p: FixedPoint | None) -> None:
    """Have a step keep a fixed point, by default the paper's."""
    step.p = p or paper()
    is_selu = isinstance(step.p, SeluParameters)
    step.function = "SELU" if is_selu else str(getattr(step.p, "activation", ""))


def _read_ours(step: Step, given: dict[str, object]) -> None:
    """Take what a step of one of :mod:`selu_sym.torch`'s functions is given."""
    p = given.get("p", given.get("q"))
    _hold(step, p if isinstance(p, SeluParameters | TransformedActivation) else None)
    if step.kind != "selu":
        rate = given.get("rate", 0.5) if given.get("training") else 0.0
        step.rate = float(cast("float", rate))


def _are_finite(module: nn.Module) -> bool:
    return all(bool(torch.isfinite(value).all()) for value in module.parameters())


@contextmanager
def watched(model: nn.Module, calls: Calls) -> Iterator[None]:
    """Record the calls of a model's modules and functions."""
    with ExitStack() as stack:
        scripted: list[str] = []
        for name, module in model.named_modules():
            if isinstance(module, torch.jit.ScriptModule):
                if not any(not outer or name.startswith(f"{outer}.") for outer in scripted):
                    scripted.append(name)
                    calls.recorder.not_seen.append(
                        f"{name or 'the model'!r}, which TorchScript runs"
                    )
                continue
            kind = layers.kind_of(module)
            unseen = layers.unseen_in(module)
            if unseen:
                calls.recorder.not_seen.append(unseen.format(name=name))
            before, after = _hooks(name, kind, calls)
            stack.callback(module.register_forward_pre_hook(before, with_kwargs=True).remove)
            stack.callback(
                module.register_forward_hook(after, with_kwargs=True, always_call=False).remove
            )
        if hasattr(torch.compiler, "set_stance"):  # from PyTorch 2.6
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        stack.enter_context(watching(calls.of_ours))
        stack.enter_context(calls)
        yield


def _hooks(
    name: str, kind: Kind | None, calls: Calls
) -> tuple[Callable[..., None], Callable[..., object]]:
    """Return the hooks before and after the calls of a module."""

    def before(module: nn.Module, args: tuple[object, ...], named: dict[str, object]) -> None:
        calls.enter(name, module, kind, _tensors(args, named))

    def after(
        module: nn.Module, args: tuple[object, ...], named: dict[str, object], output: object
    ) -> object:
        return calls.leave(name, module, kind, _tensors(args, named), output)

    return before, after


def _is_transformed(tensor: torch.Tensor) -> bool:
    """Return whether a tensor stands for others, within vmap and the like."""
    return torch._C._functorch.is_functorch_wrapped_tensor(tensor)


def _tensors(args: object, named: object) -> list[torch.Tensor]:
    """Return the tensors among arguments."""
    leaves, _ = torch.utils._pytree.tree_flatten((args, named))
    return [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
