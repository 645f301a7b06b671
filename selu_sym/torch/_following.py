"""Which activation follows each layer of a PyTorch model, and which weights it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from torch import fx, nn

from selu_sym._activations import gain
from selu_sym._numeric import catalogue
from selu_sym._numeric.catalogue import Param
from selu_sym._numeric.weights import Iid, Weights, required
from selu_sym._observe.steps import Kind, fixed_point
from selu_sym.torch._observe_layers import PARAMETERS, kind_of, parameter_of

PASSED: tuple[Kind, ...] = (
    *("passthrough", "normalization", "pooling"),
    *("dropout", "alpha dropout"),
)
"""What modules may do between a layer and its activation."""

PASSED_FUNCTIONS = {
    *("add", "iadd", "sub", "isub", "dropout", "dropout1d", "dropout2d", "dropout3d"),
    *("alpha_dropout", "feature_alpha_dropout", "batch_norm", "layer_norm", "group_norm"),
    *("view", "reshape", "flatten", "unflatten", "permute", "transpose", "contiguous", "squeeze"),
    *("unsqueeze", "to", "float", "half", "double", "bfloat16", "max_pool1d", "max_pool2d"),
    *("max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool2d"),
}
"""Functions and methods that may."""


class _Tracer(fx.Tracer):
    """Records layers as nodes, those of users' own classes, too."""

    def __init__(self, layers: tuple[type, ...]) -> None:
        super().__init__()
        self.layers = layers

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Return whether a module is one node."""
        return isinstance(m, self.layers) or super().is_leaf_module(m, module_qualified_name)


def weights_for_what_follows(model: nn.Module, layers: Mapping[str, nn.Module]) -> list[Weights]:
    """Return the weight model that the activation after each layer asks for.

    It has the gain of the activation that follows, or is that of a module of this package. Where
    none follows it is ``Iid()``. Raise ValueError if the model cannot be traced, or different
    activations follow a layer.
    """
    if model in layers.values():
        return [Iid()]
    try:
        graph = _Tracer(tuple({type(layer) for layer in layers.values()})).trace(model)
    except Exception as error:
        raise ValueError(
            "gain='read' needs a model that torch.fx can trace, and this one it cannot: pass the "
            "name of its activation, as gain='relu'"
        ) from error
    modules = dict(model.named_modules())
    names = {id(layer): name for name, layer in layers.items()}
    found: dict[str, set[Weights]] = {name: set() for name in layers}
    for node in graph.nodes:
        name = names.get(id(modules.get(node.target))) if node.op == "call_module" else None
        if name is not None:
            found[name] |= set(_after(node, modules, set()))
    for name, asked in found.items():
        if len(asked) > 1:
            raise ValueError(
                f"gain='read' needs one activation after each layer, and different ones follow "
                f"{name!r}: draw it alone, with the name of its activation"
            )
    return [next(iter(asked), Iid()) for asked in found.values()]


def _after(
    node: fx.Node, modules: Mapping[str, nn.Module], seen: set[fx.Node]
) -> Iterator[Weights]:
    """Yield the weight models that the activations after a node ask for."""
    for user in node.users:
        if user in seen or user.op == "output":
            continue
        seen.add(user)
        module = modules.get(str(user.target)) if user.op == "call_module" else None
        p = None if module is None else fixed_point(module)
        if module is not None and kind_of(module) in PASSED:
            yield from _after(user, modules, seen)
        elif p is not None:
            yield required(p.weights, "init_")
        elif module is not None:
            yield from _known(type(module).__name__, _of_module(module))
        else:
            name = str(getattr(user.target, "__name__", user.target)).strip("_")
            if name in PASSED_FUNCTIONS:
                yield from _after(user, modules, seen)
            else:
                yield from _known(name, _of_call(user))


def _known(name: str, param: Param | str) -> Iterator[Weights]:
    """Yield the weight model of an activation's gain, if the name is that of one."""
    if param == "tanh":
        name, param = "gelu_tanh", None
    try:
        source = catalogue.source(name, None if isinstance(param, str) else param)
    except ValueError:
        return
    if source.name != "linear":
        yield Iid(gain(source.name, source.parameters or None) ** 2)


def _of_module(module: nn.Module) -> Param | str:
    """Return the parameter of an activation, or how a GELU is approximated."""
    if isinstance(module, nn.PReLU):
        return float(module.weight.detach().mean())
    if isinstance(module, nn.GELU):
        return module.approximate
    return parameter_of(module)


def _of_call(node: fx.Node) -> Param | str:
    """Return the parameter of a call."""
    approximate = node.kwargs.get("approximate")
    if isinstance(approximate, str):
        return approximate
    return _first_number((*node.args[1:2], *map(node.kwargs.get, PARAMETERS)))


def _first_number(values: Iterable[object]) -> float | None:
    """Return the first number among values."""
    numbers = (value for value in values if isinstance(value, int | float))
    return next((float(value) for value in numbers if not isinstance(value, bool)), None)
