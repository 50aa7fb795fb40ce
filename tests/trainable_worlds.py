"""Small models that between them have every rule that a field of tensors holds, and a loss that looks at everything."""

import numpy as np
import torch

import vesicle_abm as va

STEPS = 6
SIZE = 5
EDGES = [(0, 1), (0, 2), (1, 2), (2, 3), (3, 0), (3, 4), (4, 4), (4, 1)]


def graph() -> va.NeuralGraph:
    """Five nodes, eight edges, one of them delayed and one a loop."""
    some = [{"weight": 0.5 + 0.1 * i, "delay": int(i == 3)} for i in range(len(EDGES))]
    return va.NeuralGraph.from_edges([(*edge, about) for edge, about in zip(EDGES, some, strict=True)])


def each(low: float, high: float, *shape: int) -> np.ndarray:
    """Numbers that differ, within bounds."""
    count = int(np.prod(shape or (SIZE,)))
    return (low + (high - low) * (0.5 + 0.45 * np.sin(np.arange(1, count + 1)))).reshape(shape or (SIZE,))


def by_activity() -> dict[str, va.Kind]:
    """Emission, docking and release that answer to the neurons, migration by a softmax, docking by content."""
    emission = va.ActivityEmission(scale=each(0.5, 1.5), slope=2.0, threshold=0.1)
    migration = va.SoftmaxMigration(
        logit=each(-1.0, 1.0, len(EDGES)), drift=0.5, feature=each(0.0, 1.0), stay_logit=0.2, temperature=0.8
    )
    seeker = va.Kind(
        emission=emission,
        migration=migration,
        docking=va.AffinityDocking(receptor=each(-1.0, 1.0, SIZE, 2), gain=2.0, logit=-1.0),
        release=[va.ModulatorRelease(amount=each(0.2, 1.0), component=0), va.GainRelease(amount=0.05)],
        decay=va.HazardDecay(hazard=each(0.01, 0.2)),
        content=va.GaussianContent(mean=[0.5, -0.3]),
        content_width=2,
        clearance=5.0,
    )
    eager = va.Kind(
        emission=va.ThresholdEmission(count=1.5, threshold=-2.0),
        docking=va.ActivityDocking(gain=3.0, threshold=0.2),
        migration=va.WeightedMigration(stay=each(0.2, 1.0)),
        release=va.BiasRelease(amount=each(-0.1, 0.1), recovery=4.0),
        absorb=0.5,
    )
    return {"seeker": seeker, "eager": eager}


def by_what_others_do() -> dict[str, va.Kind]:
    """Trails, cascades, signals, turns, film."""
    leader = va.Kind(
        emission=va.SignalEmission(signal="drive", scale=0.7, base=0.3),
        migration=va.TrailMigration(offset=2.0, power=1.5, stay=0.5),
        trail=va.ConstantTrail(amount=0.4, tau=6.0),
        docking=va.ExponentialDocking(receptor=[0.4, 0.2], gain=0.7, ceiling=1.5),
        content=va.ActivityContent(base=0.2, slope=0.5),
        content_width=2,
        turn=va.ConstantTurn(into="chorus", probability=0.1),
        release=va.FiLMRelease(scale=0.02, shift=each(0.0, 0.1)),
    )
    chorus = va.Kind(
        emission=va.CascadeEmission(of=["leader"], ratio=0.6),
        cap=10_000,
        docking=va.ConstantDocking(probability=each(0.05, 0.4)),
        content=va.SignalContent(signal="drive", scale=0.3),
        content_width=2,
        release=va.ModulatorRelease(amount=0.5),
        lifetime=4,
    )
    return {"leader": leader, "chorus": chorus}


def scheduled() -> dict[str, va.Kind]:
    """One kind whose rates never change: what the field holds exactly."""
    kind = va.Kind(
        emission=va.PulseEmission(count=each(0.5, 2.0), every=2),
        migration=va.SoftmaxMigration(logit=each(-1.0, 1.0, len(EDGES)), stay_logit=each(-1.0, 1.0)),
        docking=va.ConstantDocking(probability=each(0.05, 0.5)),
        decay=va.HazardDecay(hazard=each(0.01, 0.3)),
        release=va.ModulatorRelease(amount=each(0.2, 1.0)),
    )
    return {"parcel": kind}


def by_policy() -> dict[str, va.Kind]:
    """Births and ways by linear scores of signals, levels, activity and attributes of nodes; weights as a vector, one
    for each node, or one number.
    """
    searcher = va.Kind(
        emission=va.PolicyEmission(
            signals=["drive", "need"],
            weights=[0.5, -0.3],
            levels=["helper"],
            level_weights=0.4,
            activity=0.3,
            bias=-0.5,
            scale=each(0.5, 1.5),
        ),
        migration=va.PolicyMigration(
            features=each(-1.0, 1.0, SIZE, 2),
            weights=each(-1.0, 1.0, SIZE, 2),
            levels=["searcher", "helper"],
            level_weights=[0.2, 0.1],
            activity=0.4,
            stay_logit=0.1,
        ),
        docking=va.ConstantDocking(probability=0.2),
        release=va.ModulatorRelease(amount=0.3),
    )
    helper = va.Kind(
        emission=va.ConstantEmission(rate=0.5),
        migration=va.PolicyMigration(features=each(-1.0, 1.0, SIZE, 2), weights=0.7, levels=["helper"]),
        docking=va.ConstantDocking(probability=0.3),
        release=va.ModulatorRelease(amount=0.2),
    )
    return {"searcher": searcher, "helper": helper}


def model(kinds: dict[str, va.Kind], **options) -> va.VesicleModel:
    """A model of them, with neurons, a signal that drives, and vesicles under way."""
    neurons = va.HMNNeurons(activation="tanh", bias=0.3, weight_scale=0.4, gain_recovery=10.0)
    made = va.VesicleModel(graph(), kinds, neurons=neurons, seed=3, threads=1, **options)
    made.signals.update(drive=0.8, need=each(0.0, 1.0))
    made.run_for(2)
    return made


def everything(course: va.Course) -> torch.Tensor:
    """A number on which all that a course tells has its own weight."""
    total = (course.activation() * weights(course.activation(), 0.3)).sum()
    for kind in course.kinds:
        for k, look in enumerate((course.occupancy, course.born, course.docked, course.level, course.delivered)):
            found = look(kind)
            total = total + (found * weights(found, 0.7 + k)).sum() + 0.1 * (found**2).sum()
        total = total + (course.content(kind) * weights(course.content(kind), 0.1)).sum()
    return total


def weights(values: torch.Tensor, phase: float) -> torch.Tensor:
    """Weights that differ."""
    return torch.cos(phase + torch.arange(values.numel(), dtype=torch.float64)).reshape(values.shape)


def push(module: torch.nn.Module, factor: float) -> None:
    """Move every entry of every parameter, each its own way, at most so far."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(factor * weights(parameter, 0.0))
