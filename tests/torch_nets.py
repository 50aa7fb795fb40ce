"""Small networks and kinds for the tests of the torch layer."""

from itertools import pairwise

import torch
from torch import nn

import vesicle_abm as va

STILL = va.WeightedMigration(layers=[])
DOCK = va.ConstantDocking(probability=1.0)


def mlp(*sizes: int, dtype=torch.float64) -> nn.Sequential:
    """Linear layers with tanh between, the same in every run."""
    torch.manual_seed(5)
    layers: list[nn.Module] = []
    for width, wider in pairwise(sizes):
        layers += [nn.Linear(width, wider, dtype=dtype), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def batch(*shape: int, dtype=torch.float64) -> torch.Tensor:
    """The same inputs in every run."""
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(11))


def bearing(count: float, *releases, **rules) -> dict[str, va.Kind]:
    """One kind of which so many are born at each node in the first step; they dock at once where they are born."""
    rules = {"emission": va.PulseEmission(count=count), "migration": STILL, "docking": DOCK, **rules}
    return {"v": va.Kind(release=list(releases), **rules)}


def busy(**rules):
    """Vesicles that change everything: gain, bias, FiLM, weights."""
    releases = [
        va.GainRelease(amount=0.1),
        va.BiasRelease(amount=0.1),
        va.FiLMRelease(scale=0.1, shift=0.1),
        va.AdditiveRelease(amount=0.01),
        va.ScaleRelease(amount=0.01, recovery=5.0),
    ]
    rules = {"emission": va.ConstantEmission(rate=1.0), "docking": DOCK, **rules}
    return {"busy": va.Kind(release=releases, **rules)}
