"""Random rules for Hypothesis: every shipped rule of a vesicle's life, with numbers that keep a short run in bounds.

A rule may name only what its world has: ``Setting`` says what that is, and ``Chooser`` takes one of several values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import vesicle_abm as va

RATES = (1.5, 3.0, 0.2, 6.0, 0.0)
PROBABILITIES = (0.3, 0.5, 0.0, 1.0)
HAZARDS = (0.1, 0.0, 0.3, 0.0, 0.05, 1.0)
NUMBERS = (1.0, -0.5, 3.0, -2.0, -0.0, 0.0)
AMOUNTS = (0.25, -0.5, 0.5, 0.0)
RECOVERIES = (3.0, 10.0, None)
CAPACITIES = (None, None, None, 1, 3, 0)
ENDS = ("in", "out")


class Chooser:
    """Takes one of several values, each as likely."""

    def __init__(self, chance: Random):
        self._chance = chance

    def one(self, *values: Any) -> Any:
        """One of the values."""
        return self._chance.choice(values)

    def seed(self) -> int:
        """A seed for a model."""
        return self._chance.getrandbits(64)

    def rule(self, *makers: Callable) -> Any:
        """What one of the functions makes."""
        return self.one(*makers)()

    def vector(self, values: Sequence, width: int) -> list:
        """So many of the values."""
        return [self.one(*values) for _ in range(width)]


@dataclass(frozen=True)
class Setting:
    """What the rules of a world may name.

    ``widths``: content width by kind; ``owners``: the kinds with a trail of their own; ``acts``: whether there are
    neurons; ``learns``: parts of the learning rule that vesicles may change; ``signals``: their names.
    """

    graph: va.NeuralGraph
    widths: dict[str, int]
    owners: tuple[str, ...] = ()
    memory: va.Memory | None = None
    acts: bool = False
    learns: tuple[str, ...] = ()
    signals: tuple[str, ...] = ("reward",)

    def fits_memory(self, width: int) -> bool:
        """Whether contents of this width can be compared with what is stored."""
        return self.memory is not None and self.memory.width == width


def emission(choose: Chooser, setting: Setting) -> va.Emission:
    """Any shipped emission."""
    one, names = choose.one, tuple(setting.widths)
    constant = lambda: va.ConstantEmission(rate=one(*RATES))  # noqa: E731
    return choose.rule(
        *(constant, constant, constant),
        lambda: va.ActivityEmission(scale=one(1.5, 0.5, 0.0), slope=one(*NUMBERS), threshold=one(*NUMBERS)),
        lambda: va.ThresholdEmission(count=one(2.0, 0.5), threshold=one(0.0, 0.5, 1.0), on=one("level", "crossing")),
        lambda: va.PulseEmission(
            count=one(3.0, 0.5), at=one(0, 1, 2), duration=one(1, 2), every=one(0, 2), nodes=one(None, [0])
        ),
        lambda: va.SignalEmission(
            signal=one(*setting.signals), scale=one(4.0, 2.0), sign=one("both", "positive", "negative"),
            base=one(0.0, 1.0, -1.0), nodes=one(None, [0]),
        ),
        lambda: va.PolicyEmission(
            signals=list(setting.signals), weights=one(*NUMBERS), levels=one(None, list(names)),
            level_weights=one(0.5, -1.0), activity=one(0.0, 1.0), bias=one(0.0, -1.0), nodes=one(None, [0]),
        ),
        lambda: va.CascadeEmission(of=one(names, names[:1], names[-1:]), ratio=one(2.0, 0.5)),
    )  # fmt: skip


def shared_migration(choose: Chooser, graph: va.NeuralGraph) -> va.Migration:
    """Any shipped migration that all vesicles of a kind share and no traveller changes, on all layers or one."""
    where = places(choose, graph)
    return choose.rule(
        lambda: va.WeightedMigration(stay=choose.one(0.0, 1.0), **where),
        lambda: va.SoftmaxMigration(
            drift=choose.one(*NUMBERS), feature="slope", stay_logit=choose.one(*NUMBERS, None),
            temperature=choose.one(1.0, 0.01), **where,
        ),
        lambda: va.PolicyMigration(
            features=["slope"], weights=choose.one(*NUMBERS), stay_logit=choose.one(*NUMBERS, None), **where,
        ),
    )  # fmt: skip


def migration(choose: Chooser, setting: Setting, name: str) -> va.Migration:
    """Any shipped migration; along trails where the world has any."""
    one, where = choose.one, {"stay": choose.one(0.0, 1.0), **places(choose, setting.graph)}
    makers = [
        lambda: shared_migration(choose, setting.graph),
        lambda: va.SelfAvoidingMigration(revisit=one(0.0, 0.5), **where),
        lambda: va.HomingMigration(pull=one(*PROBABILITIES), elsewhere=one(0.5, 0.0, 2.0), **where),
        lambda: va.SignalMigration(signal=one(*setting.signals), slope=one(1.0, -0.5), **where),
    ]
    followed = [None] * (name in setting.owners) + list(setting.owners)
    if followed:
        makers.append(lambda: va.TrailMigration(follow=one(*followed), offset=one(1.0, 20.0), power=2.0, **where))
        makers.append(makers[-1])
    return choose.rule(*makers)


def places(choose: Chooser, graph: va.NeuralGraph) -> dict[str, Any]:
    """Where a migration leads."""
    layers = choose.one(None, *([layer] for layer in graph.layer_names))
    return {"layers": layers, "direction": choose.one("forward", "backward"), "travel": choose.one(False, True)}


def docking(choose: Chooser, setting: Setting, width: int, capacities: Sequence = CAPACITIES) -> va.Docking:
    """Any shipped docking."""
    one, capacity = choose.one, choose.one(*capacities)
    makers = 2 * [lambda: va.ConstantDocking(probability=one(0.5, 0.8, 1.0, 0.9), capacity=capacity)]
    if width:
        receptor = choose.vector(NUMBERS, width)
        makers += [
            lambda: va.AffinityDocking(receptor=receptor, gain=2.0, logit=one(*NUMBERS), capacity=capacity),
            lambda: va.ExponentialDocking(receptor=receptor, ceiling=one(0.0, 2.0), capacity=capacity),
        ]
    if setting.acts:
        makers.append(lambda: va.ActivityDocking(gain=one(2.0, -1.0), threshold=one(*NUMBERS), capacity=capacity))
    if setting.fits_memory(width):
        makers.append(lambda: va.MemoryDocking(gain=one(3.0, 20.0), threshold=0.3, capacity=capacity))
    return choose.rule(*makers)


def releases(choose: Chooser, setting: Setting, width: int) -> list[va.Release]:
    """None, one or several of the shipped releases."""
    return [release(choose, setting, width) for _ in range(choose.one(2, 1, 3, 4, 0))]


def release(choose: Chooser, setting: Setting, width: int) -> va.Release:
    """Any shipped release that has here what it acts on."""
    one, component = choose.one, choose.one(None, *range(width))
    change = {"amount": one(*AMOUNTS), "recovery": one(*RECOVERIES), "component": component}
    makers = [
        lambda: va.ModulatorRelease(amount=one(*NUMBERS), component=component, level=one(None, *setting.widths)),
        lambda: va.GainRelease(amount=one(-0.1, 0.2), component=component),
    ]
    if setting.acts:
        makers += [
            lambda: va.BiasRelease(**change),
            lambda: va.FiLMRelease(scale=one(*AMOUNTS), shift=one(*NUMBERS), shift_component=component),
            lambda: va.FiLMRelease(scale=one(*AMOUNTS), shift=one(*AMOUNTS), scale_component=component),
            lambda: va.ScaleRelease(synapses=one(*ENDS), **change),
            lambda: va.AdditiveRelease(synapses=one(*ENDS), **change),
        ]
    if setting.acts and width:
        factors = {"here": choose.vector(NUMBERS, width), "there": choose.vector(NUMBERS, width)}
        low_rank = {"amount": change["amount"], "recovery": change["recovery"], **factors}
        makers.append(lambda: va.LowRankRelease(synapses=one(*ENDS), **low_rank))
    if setting.fits_memory(width):
        makers += [lambda: va.MemoryRelease(gate=one(0.5, 1.0, 0.75), vigilance=one(0.5, 0.9))] * 3
    if setting.fits_memory(width) and setting.acts:
        makers += [lambda: va.ReadRelease(amount=one(*AMOUNTS), component=component)] * 2
    learning = {
        "modulation": lambda: va.RateRelease(rate=one("both", "eta_local", "eta_global"), **change),
        "trace": lambda: va.TraceRelease(time=one("both", "tau_fast", "tau_slow"), **change),
        "chance": lambda: va.GateRelease(number=one("theta", "beta"), **change),
        "phase": lambda: va.PhaseRelease(**change),
    }
    return choose.rule(*makers, *(learning[part] for part in setting.learns))


def lifetime(choose: Chooser) -> Any:
    """Any shipped lifetime, or none."""
    return choose.rule(
        lambda: None,
        lambda: choose.one(3, 5, 2, 1),
        lambda: va.GeometricLifetime(mean=choose.one(4.0, 1.5)),
        lambda: va.ExponentialLifetime(mean=choose.one(4.0, 0.3)),
    )


def content(choose: Chooser, setting: Setting, width: int) -> va.Content | None:
    """Any shipped content; none for width 0."""
    if not width:
        return None
    one, numbers, deviation = choose.one, choose.vector(NUMBERS, width), choose.vector((0.5, 0.0), width)
    makers = [
        lambda: va.GaussianContent(mean=numbers, deviation=deviation),
        lambda: va.SignalContent(
            signal=one(*setting.signals), take=one("value", "sign"), scale=numbers, deviation=deviation
        ),
        lambda: va.SignalContent(signal="reward", per="component", scale=numbers),
    ]
    if setting.acts:
        makers.append(lambda: va.ActivityContent(base=choose.vector(NUMBERS, width), slope=numbers))
    return choose.rule(*makers)


def turn(choose: Chooser, setting: Setting, width: int) -> va.Turn | None:
    """None, or any shipped turn into a kind that it fits."""
    one = choose.one
    common = {"when": one("docked", "always"), "probability": one(0.5, 1.0, 0.3)}
    alike = [name for name, other in setting.widths.items() if other == width]
    into = one(*setting.widths)
    makers = [
        lambda: va.ConstantTurn(into=one(*alike), **common),
        lambda: va.ConstantTurn(into=into, value=found(choose, setting.widths[into]), **common),
        lambda: None,
    ]
    if setting.fits_memory(width):
        makers.append(lambda: va.RecallTurn(into=one(*alike), **common))
    return choose.rule(*makers)


def found(choose: Chooser, width: int) -> Any:
    """A content of this width that a vesicle finds at a node: a vector, attributes' names, or one number for all."""
    return choose.one(choose.vector(NUMBERS, width), ["slope"] * width, 0.5) if width else 0.5


def trail(choose: Chooser, setting: Setting, name: str) -> va.Trail | None:
    """A trail of its own, or one left onto another's, or none."""
    amount = choose.one(2.0, 0.5)
    if name in setting.owners:
        return va.ConstantTrail(amount=amount, tau=choose.one(None, 3.0))
    onto = choose.one(*setting.owners, None)
    return va.ConstantTrail(amount=amount, onto=onto) if onto is not None else None
