"""Does a part of a learning rule keep its contract? Tried on a small random network, in both views."""

from typing import Any

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import Rule
from vesicle_abm.neurons.activation import HMNNeurons
from vesicle_abm.neurons.astrocyte import Astrocytes
from vesicle_abm.neurons.attention import LocalAttention
from vesicle_abm.neurons.modulation import Modulation
from vesicle_abm.neurons.plasticity import PARTS, Plasticity
from vesicle_abm.vesicles.docking import ConstantDocking
from vesicle_abm.vesicles.emission import ConstantEmission
from vesicle_abm.vesicles.kind import Kind
from vesicle_abm.vesicles.lifecycle import Lifecycle
from vesicle_abm.vesicles.release import ModulatorRelease
from vesicle_abm.views.beginning import first_state
from vesicle_abm.views.learning import Lesson
from vesicle_abm.views.step import COMPILED, PARTICLES, step
from vesicle_abm.views.world import World

SEED, STEPS = 11, 4


def part_of(rule: Rule) -> str | None:
    """Which part of a learning rule this is, if any."""
    return next((name for name, family in PARTS.items() if isinstance(rule, family)), None)


def learning_problems(rule: Rule, part: str, graph: NeuralGraph, signals: dict) -> list[str]:
    """What is wrong with a part of a learning rule."""
    digests = []
    for view in (COMPILED, PARTICLES):
        try:
            world = learning_world(rule, part, graph, signals)
            for _ in range(STEPS):
                step(world, view)
        except InputError as error:
            return [str(error)]
        digests.append(world.state.digest())
    problems = [] if digests[0] == digests[1] else ["one neuron alone learns otherwise than among many"]
    return problems + answer_problems(world)


def learning_world(rule: Rule, part: str, graph: NeuralGraph, signals: dict) -> World:
    """A world whose neurons learn by a rule with this part."""
    named = [*(rule.weights or {}), *(rule.keys or {})] if isinstance(rule, Modulation) else []
    named += [rule.modulator] if isinstance(rule, Astrocytes) else []
    names = list(dict.fromkeys(named)) or ["trial"]
    kind = Kind(
        emission=ConstantEmission(rate=1.0),
        docking=ConstantDocking(probability=0.5),
        release=ModulatorRelease(amount=0.3),
        clearance=5.0,
    )
    lifecycle = Lifecycle(dict.fromkeys(names, kind), graph)
    parts: dict[str, Any] = {"attention": LocalAttention(), part: rule}
    plasticity = Plasticity(**parts).bind(graph, names)
    neurons = HMNNeurons(activation="sigmoid", noise=0.5)
    state = first_state(graph, lifecycle, neurons, SEED, plasticity)
    return World(graph, lifecycle, neurons, state, signals, plasticity=plasticity)


def answer_problems(world: World) -> list[str]:
    """Whether the last answers differ when asked again."""
    if world.plasticity is None:
        return []
    lesson = Lesson.of(world, world.plasticity)
    _, update = lesson.propose(0, world.graph.size)
    _, again = lesson.propose(0, world.graph.size)
    if update.gated.tobytes() != again.gated.tobytes():
        return ["answered the same question differently the second time"]
    return []
