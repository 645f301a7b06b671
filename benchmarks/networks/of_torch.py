"""Networks in PyTorch: torchvision's, timm's, those of PyTorch's examples, and the paper's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import nn

from benchmarks.networks.case import EXAMPLES, Case
from selu_sym._observe.report import Report
from selu_sym.torch import observe

NORMS = (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm)

OPERATORS = ("nms", "qnms")
"""Operators whose schemas torchvision looks for when it is imported."""


def import_torchvision() -> Any:
    """Return torchvision, also where its compiled operators are for another build of PyTorch."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in OPERATORS:
        if not hasattr(torch.ops.torchvision, name):
            library.define(f"{name}(Tensor dets, Tensor scores, float threshold) -> Tensor")
    import torchvision  # noqa: PLC0415 - after the schemas

    torchvision.operators = library  # it lasts as long as the module
    return torchvision


def images(size: int = 64, count: int = 16) -> torch.Tensor:
    """Return standardized images."""
    return torch.randn(count, 3, size, size)


def rows(columns: int = 64) -> torch.Tensor:
    """Return standardized rows."""
    return torch.randn(256, columns)


def with_images(make: Callable[[], nn.Module], size: int = 64) -> Callable[[], Any]:
    """Return what makes a network and images for it."""
    return lambda: (make(), images(size))


def replaced(model: nn.Module, old: Any, new: Callable[[], nn.Module]) -> nn.Module:
    """Return a network in which modules of a kind are others."""
    for name, part in model.named_children():
        if isinstance(part, old):
            setattr(model, name, new())
        else:
            replaced(part, old, new)
    return model


def spoiled(model: nn.Module, last: bool, value: float = float("nan")) -> nn.Module:
    """Return a network with one weight that is NaN, in its last layer or in its middle."""
    layers = [part for part in model.modules() if isinstance(part, nn.Linear | nn.Conv2d)]
    layer = layers[-1] if last else layers[len(layers) // 2]
    with torch.no_grad():
        layer.weight.view(-1)[0] = value
    return model


def nth(model: nn.Module, kind: Any, index: int) -> Any:
    """Return a layer of a kind."""
    return [part for part in model.modules() if isinstance(part, kind)][index]


def times(model: nn.Module, factor: float) -> nn.Module:
    """Return a network in which the weights of the fourth convolution are multiplied."""
    with torch.no_grad():
        nth(model, nn.Conv2d, 3).weight.mul_(factor)
    return model


def dead(model: nn.Module) -> nn.Module:
    """Return a network whose fourth convolution has biases far below 0."""
    nn.init.constant_(nth(model, nn.Conv2d, 3).bias, -50.0)
    return model


SOUND_OF_TORCHVISION = (
    *("resnet18", "resnet50", "resnext50_32x4d", "vgg11", "vgg11_bn", "densenet121", "mnasnet0_5"),
    *("efficientnet_b0", "googlenet", "mobilenet_v2", "regnet_x_400mf"),
    *(
        "regnet_y_400mf",
        "shufflenet_v2_x0_5",
        "squeezenet1_1",
        "convnext_tiny",
        "swin_t",
        "vit_b_32",
    ),
)

SOUND_OF_TIMM = (
    *("resnet18", "resnetv2_18", "seresnet18", "skresnet18", "efficientnet_b0", "convnext_atto"),
    *("efficientnet_b0_gn", "convnextv2_atto", "nf_resnet26", "nfnet_l0", "nf_regnet_b0"),
    *("mobilenetv3_small_050", "ghostnet_050", "lcnet_050", "test_byobnet", "test_nfnet"),
    *(
        "inception_next_atto",
        "dla34",
        "vovnet39a",
        "repvgg_a0",
        "edgenext_xx_small",
        "poolformer_s12",
        "regnetx_002",
    ),
)

SOUND_OF_TIMM_BY_PATCHES = ("vit_tiny_patch16_224", "deit_tiny_patch16_224", "mixer_s32_224")


def of_torchvision(name: str, **options: Any) -> Any:
    """Return a network of torchvision, as it is before its training."""
    models = import_torchvision().models
    if name.startswith("vit"):
        options["image_size"] = 64
    if name == "googlenet":
        options |= {"init_weights": False, "aux_logits": False}
    network: Any = getattr(models, name)(weights=None, **options)
    if name.startswith("vgg"):  # its first dense layer has a hundred million weights
        network.avgpool, network.classifier = nn.AdaptiveAvgPool2d(1), nn.Linear(512, 10)
    return network


def of_timm(name: str, **options: Any) -> Any:
    """Return a network of timm, as it is before its training."""
    import_torchvision()
    import timm  # noqa: PLC0415 - it needs torchvision, and its examples do not

    network: Any = timm.create_model(name, pretrained=False, **options)
    return network


def published() -> Iterator[Case]:
    """Yield networks of torchvision and timm as they are."""
    for name in SOUND_OF_TORCHVISION:
        yield Case(name, "torchvision", with_images(lambda name=name: of_torchvision(name)))
    for name in SOUND_OF_TIMM:
        yield Case(name, "timm", with_images(lambda name=name: of_timm(name)))
    for name in SOUND_OF_TIMM_BY_PATCHES:
        yield Case(name, "timm", with_images(lambda name=name: of_timm(name, img_size=64)))


def planted() -> Iterator[Case]:
    """Yield networks of torchvision and timm in which something is made wrong."""
    tv, relu = of_torchvision, nn.ReLU
    for name, source in (("mobilenet_v3_small", "torchvision"), ("test_mambaout", "timm")):
        make = tv if source == "torchvision" else of_timm
        yield Case(
            name,
            source,
            with_images(lambda make=make, name=name: make(name)),
            "weights of deviation 0.01 or 0.02 in the head",
            ("weights",),
        )
    yield Case(
        "alexnet",
        "torchvision",
        with_images(lambda: tv("alexnet")),
        "PyTorch's weights",
        ("weights",),
    )
    for name, kinds in (
        ("resnet18", ("sum",)),
        ("resnet50", ("sum",)),
        ("mobilenet_v2", ("weights",)),
    ):
        yield Case(
            name,
            "torchvision",
            with_images(lambda name=name: replaced(tv(name), NORMS, nn.Identity)),
            "no normalization",
            kinds,
        )
    yield Case(
        "resnet18",
        "torchvision",
        with_images(lambda: replaced(tv("resnet18"), relu, nn.SELU)),
        "SELU after sums that are not scaled",
        ("sum",),
    )
    yield Case(
        "vgg11",
        "torchvision",
        with_images(lambda: tv("vgg11", init_weights=False)),
        "PyTorch's weights",
        ("weights",),
    )
    yield Case(
        "vgg11",
        "torchvision",
        with_images(lambda: replaced(tv("vgg11"), relu, nn.Sigmoid)),
        "sigmoid in place of ReLU",
        ("gradients",),
    )
    yield Case(
        "vgg11",
        "torchvision",
        with_images(lambda: times(tv("vgg11"), 30.0)),
        "one kernel times 30",
        ("weights",),
    )
    yield Case(
        "vgg11",
        "torchvision",
        with_images(lambda: dead(tv("vgg11"))),
        "biases of -50 in one layer",
        ("saturated",),
    )
    yield Case(
        "vgg11",
        "torchvision",
        lambda: (tv("vgg11"), 60 * images() + 120),
        "raw pixels",
        ("input",),
    )
    for name, last in (
        *(("vgg11_bn", False), ("efficientnet_b0", False), ("vit_b_32", True)),
        *(("convnext_tiny", True), ("regnet_y_400mf", False), ("swin_t", False)),
    ):
        yield Case(
            name,
            "torchvision",
            with_images(lambda name=name, last=last: spoiled(tv(name), last)),
            f"one weight is NaN, in {'the head' if last else 'the middle'}",
            ("diverged",),
        )
    for name, last in (("resnet18", True), ("nfnet_l0", False)):
        yield Case(
            name,
            "timm",
            with_images(lambda name=name, last=last: spoiled(of_timm(name), last, float("inf"))),
            f"one weight is infinite, in {'the head' if last else 'the middle'}",
            ("diverged",),
        )
    yield Case(
        "resnet18",
        "timm",
        with_images(lambda: replaced(of_timm("resnet18"), relu, nn.SELU)),
        "SELU after sums that are not scaled",
        ("sum",),
    )
    yield Case(  # its branches begin at 0: each sum is what it was
        "resnet26d with SELU",
        "timm",
        with_images(lambda: replaced(of_timm("resnet26d"), relu, nn.SELU)),
    )


def cases() -> Iterable[Case]:
    """Yield networks of torchvision and timm."""
    yield from published()
    yield from planted()


def observed(case: Case, seed: int) -> Report:
    """Return the report on a network whose numbers are drawn from a seed."""
    torch.manual_seed(seed)
    return observe(*case.make(), examples=EXAMPLES)
