"""Networks in PyTorch as examples and papers have them, sound and with a planted fault."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from benchmarks.networks.case import Case
from benchmarks.networks.of_torch import images, rows

Draw = Callable[[Any], object]


def default(layer: Any) -> None:
    """Leave a layer as PyTorch draws it."""


def kaiming(layer: Any) -> None:
    """Draw He's weights."""
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)


def scaled(tau: float) -> Draw:
    """Return what draws weights of a variance of tau/n."""

    def draw(layer: Any) -> None:
        nn.init.normal_(layer.weight, 0, math.sqrt(tau / layer.weight[0].numel()))
        nn.init.zeros_(layer.bias)

    return draw


def xavier(layer: Any) -> None:
    """Draw Glorot's weights."""
    nn.init.xavier_normal_(layer.weight)
    nn.init.zeros_(layer.bias)


def perceptron(
    depth: int,
    activation: Callable[[], nn.Module],
    draw: Draw = default,
    between: Callable[[], nn.Module] | None = None,
    units: int = 256,
) -> nn.Sequential:
    """Return a stack of dense layers."""
    layers: list[nn.Module] = []
    for number in range(depth):
        linear = nn.Linear(units if number else 64, units)
        draw(linear)
        layers += [linear, activation(), *([] if between is None else [between()])]
    return nn.Sequential(*layers, nn.Linear(units, 10))


class Mnist(nn.Module):
    """The network of pytorch/examples for digits, with He's weights."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)
        self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)
        for layer in (self.conv1, self.conv2, self.fc1):
            kaiming(layer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logarithms of probabilities."""
        x = torch.relu(self.conv2(torch.relu(self.conv1(x))))
        x = self.dropout1(nn.functional.max_pool2d(x, 2)).flatten(1)
        return torch.log_softmax(self.fc2(self.dropout2(torch.relu(self.fc1(x)))), 1)


class Vae(nn.Module):
    """The variational autoencoder of pytorch/examples."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
        self.fc3, self.fc4 = nn.Linear(20, 400), nn.Linear(400, 784)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the picture, and the moments of what stands for it."""
        h = torch.relu(self.fc1(x))
        mean, log_variance = self.fc21(h), self.fc22(h)
        z = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        return torch.sigmoid(self.fc4(torch.relu(self.fc3(z)))), mean, log_variance


class Gpt(nn.Module):
    """A small GPT-2: blocks that normalize first, with its weights."""

    def __init__(self, depth: int = 6, width: int = 128) -> None:
        super().__init__()
        self.tokens, self.places = nn.Embedding(50, width), nn.Embedding(32, width)
        self.blocks = nn.ModuleList(
            nn.ModuleDict(
                {
                    "ln1": nn.LayerNorm(width),
                    "qkv": nn.Linear(width, 3 * width),
                    "out": nn.Linear(width, width),
                    "ln2": nn.LayerNorm(width),
                    "up": nn.Linear(width, 4 * width),
                    "down": nn.Linear(4 * width, width),
                }
            )
            for _ in range(depth)
        )
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 50)
        for name, value in self.named_parameters():
            if value.dim() > 1:
                nn.init.normal_(value, 0, 0.02 / (math.sqrt(2 * depth) if "out" in name else 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits for the next token."""
        y = self.tokens(x) + self.places(torch.arange(x.shape[1]))
        for block in self.blocks:
            q, k, v = block["qkv"](block["ln1"](y)).chunk(3, -1)
            y = y + block["out"](
                nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            )
            y = y + block["down"](nn.functional.gelu(block["up"](block["ln2"](y))))
        return self.head(self.norm(y))


class Residual(nn.Module):
    """Branches of two dense layers that are added, without a normalization."""

    def __init__(self, depth: int, factor: float, activation: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.first = nn.ModuleList(nn.Linear(64, 256) for _ in range(depth))
        self.second = nn.ModuleList(nn.Linear(256, 64) for _ in range(depth))
        self.factor, self.activation = factor, activation
        for layer in (*self.first, *self.second):
            kaiming(layer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return what the blocks make of rows."""
        for first, second in zip(self.first, self.second, strict=True):
            x = self.factor * (x + second(self.activation(first(x))))
        return x


class TwoTowers(nn.Module):
    """A siamese network."""

    def __init__(self) -> None:
        super().__init__()
        self.tower = perceptron(4, nn.ReLU, kaiming)

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """Return distances."""
        return (self.tower(a) - self.tower(b)).norm(dim=1)


class WordLstm(nn.Module):
    """The recurrent model of pytorch/examples for words."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.rnn = nn.Embedding(50, 64), nn.LSTM(64, 64, 2)
        self.drop, self.decoder = nn.Dropout(0.5), nn.Linear(64, 50)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits."""
        return self.decoder(self.drop(self.rnn(self.drop(self.encoder(x)))[0]))


def generator() -> nn.Sequential:
    """Return DCGAN's generator, with its weights."""
    layers: list[nn.Module] = []
    for before, after in ((64, 128), (128, 64), (64, 32)):
        stride = 2 if layers else 1
        conv = nn.ConvTranspose2d(before, after, 4, stride, stride - 1, bias=False)
        nn.init.normal_(conv.weight, 0, 0.02)
        layers += [conv, nn.BatchNorm2d(after), nn.ReLU(True)]
    last = nn.ConvTranspose2d(32, 3, 4, 2, 1, bias=False)
    nn.init.normal_(last.weight, 0, 0.02)
    return nn.Sequential(*layers, last, nn.Tanh())


def critic(norm: bool = True, draw: Draw = default) -> nn.Sequential:
    """Return a discriminator of strided convolutions."""
    layers: list[nn.Module] = []
    for number, (before, after) in enumerate(((3, 32), (32, 64), (64, 128), (128, 256))):
        conv = nn.Conv2d(before, after, 4, 2, 1)
        draw(conv)
        norms = [nn.BatchNorm2d(after)] if norm and number else []
        layers += [conv, *norms, nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(1))


def sn_critic() -> nn.Sequential:
    """Return a critic with spectral norms."""
    norm = nn.utils.parametrizations.spectral_norm
    layers = [part for _ in range(6) for part in (norm(nn.Linear(64, 64, bias=False)), nn.ReLU())]
    return nn.Sequential(*layers)


def dqn() -> nn.Sequential:
    """Return the convolutions of a deep Q network."""
    convs = nn.Conv2d(3, 32, 8, 4), nn.Conv2d(32, 64, 4, 2), nn.Conv2d(64, 64, 3, 1)
    for conv in convs:
        kaiming(conv)
    return nn.Sequential(*(part for conv in convs for part in (conv, nn.ReLU())), nn.Flatten())


def super_resolution() -> nn.Sequential:
    """Return the network of pytorch/examples for pictures of more pixels."""
    sizes = ((1, 64, 5), (64, 64, 3), (64, 32, 3))
    layers: list[nn.Module] = []
    for before, after, kernel in sizes:
        conv = nn.Conv2d(before, after, kernel, 1, kernel // 2)
        nn.init.orthogonal_(conv.weight, nn.init.calculate_gain("relu"))
        layers += [conv, nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(32, 4, 3, 1, 1), nn.PixelShuffle(2))


def normed(layer: Callable[[], nn.Module]) -> Callable[[], nn.Module]:
    """Return what makes a normalization and an activation."""
    return lambda: nn.Sequential(nn.LayerNorm(256), layer())


def tokens() -> torch.Tensor:
    """Return sequences of numbers of words."""
    return torch.randint(0, 50, (64, 32))


GELU_GAIN, SNN = 2.352, "the paper's SNN"
EXAMPLES, OWN = "pytorch/examples", "tutorials"

SOUND: dict[tuple[str, str], Callable[[], tuple[Any, Any]]] = {
    ("digits, He's weights", EXAMPLES): lambda: (Mnist(), torch.randn(32, 1, 28, 28)),
    ("VAE", EXAMPLES): lambda: (Vae(), torch.rand(128, 784)),
    ("LSTM for words", EXAMPLES): lambda: (WordLstm(), tokens()),
    ("siamese", EXAMPLES): lambda: (TwoTowers(), ((rows(), rows()), None)),
    ("super resolution", EXAMPLES): lambda: (super_resolution(), torch.randn(16, 1, 24, 24)),
    ("DCGAN's generator", EXAMPLES): lambda: (generator(), torch.randn(64, 64, 1, 1)),
    ("DCGAN's critic, He's weights", EXAMPLES): lambda: (critic(draw=kaiming), images(32)),
    ("transformer", "torch.nn"): lambda: (
        nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4, 128, batch_first=True), 4),
        torch.randn(32, 16, 64),
    ),
    ("GPT-2, small", OWN): lambda: (Gpt(), tokens()),
    ("14 ReLU layers, He's weights", OWN): lambda: (perceptron(14, nn.ReLU, kaiming), rows()),
    ("8 GELU layers, their gain", OWN): lambda: (
        perceptron(8, nn.GELU, scaled(GELU_GAIN)),
        rows(),
    ),
    ("8 tanh layers, Glorot's weights", OWN): lambda: (perceptron(8, nn.Tanh, xavier), rows()),
    ("14 ReLU layers, normalized", OWN): lambda: (perceptron(14, normed(nn.ReLU)), rows()),
    ("8 SiLU layers, normalized", OWN): lambda: (perceptron(8, normed(nn.SiLU)), rows()),
    ("8 scaled residual blocks", OWN): lambda: (Residual(8, 0.5**0.5, torch.relu), rows()),
    ("DQN, standardized", OWN): lambda: (dqn(), images(48)),
    **{
        (f"{depth} layers, alpha dropout", SNN): lambda depth=depth: (
            perceptron(depth, nn.SELU, scaled(1.0), lambda: nn.AlphaDropout(0.05)),
            rows(),
        )
        for depth in (8, 16, 32)
    },
}

PLANTED: dict[tuple[str, str], tuple[str, tuple[str, ...], Callable[[], tuple[Any, Any]]]] = {
    ("8 ReLU layers", OWN): (
        "PyTorch's weights",
        ("weights",),
        lambda: (perceptron(8, nn.ReLU), rows()),
    ),
    ("8 tanh layers", OWN): (
        "PyTorch's weights",
        ("weights",),
        lambda: (perceptron(8, nn.Tanh), rows()),
    ),
    ("20 GELU layers", OWN): (
        "He's weights, whose gain is not GELU's",
        ("weights",),
        lambda: (perceptron(20, nn.GELU, kaiming), rows()),
    ),
    ("8 sigmoid layers", OWN): (
        "sigmoid",
        ("gradients",),
        lambda: (perceptron(8, nn.Sigmoid, scaled(1.0)), rows()),
    ),
    ("8 ReLU layers, dropout 0.5", OWN): (
        "dropout after each layer",
        ("dropout",),
        lambda: (perceptron(8, nn.ReLU, kaiming, lambda: nn.Dropout(0.5)), rows()),
    ),
    ("8 residual blocks", OWN): (
        "sums that are not scaled",
        ("sum",),
        lambda: (Residual(8, 1.0, torch.relu), rows()),
    ),
    ("8 SELU layers", SNN): (
        "PyTorch's weights",
        ("weights",),
        lambda: (perceptron(8, nn.SELU), rows()),
    ),
    ("8 SELU layers, dropout", SNN): (
        "plain dropout",
        ("dropout",),
        lambda: (perceptron(8, nn.SELU, scaled(1.0), lambda: nn.Dropout(0.1)), rows()),
    ),
    ("8 SELU layers, raw input", SNN): (
        "input of deviation 60",
        ("input",),
        lambda: (perceptron(8, nn.SELU, scaled(1.0)), 60 * rows() + 120),
    ),
    ("64 SELU layers of width 128", SNN): (
        "weights of 1.3 times the deviation",
        ("weights",),
        lambda: (perceptron(64, nn.SELU, scaled(1.69), units=128), rows()),
    ),
    ("critic with spectral norms", OWN): (
        "ReLU halves the second moment",
        ("weights",),
        lambda: (sn_critic(), rows()),
    ),
    ("critic without normalization", OWN): (
        "PyTorch's weights",
        ("weights",),
        lambda: (critic(norm=False), images(32)),
    ),
    ("DQN", OWN): ("raw pixels", ("input",), lambda: (dqn(), 255 * torch.rand(32, 3, 48, 48))),
    ("digits", EXAMPLES): (
        "one weight is NaN, in the head",
        ("diverged",),
        lambda: (_nan(Mnist()), torch.randn(32, 1, 28, 28)),
    ),
}


def _nan(model: Mnist) -> Mnist:
    with torch.no_grad():
        model.fc2.weight[0, 0] = torch.nan
    return model


def cases() -> Iterator[Case]:
    """Yield these networks."""
    for (name, source), make in SOUND.items():
        yield Case(name, source, make)
    for (name, source), (what, kinds, make) in PLANTED.items():
        yield Case(name, source, make, what, kinds)
