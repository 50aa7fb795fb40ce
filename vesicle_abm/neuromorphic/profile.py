"""Profile: the unquantised run, its traffic from neuron to neuron, and the ranges that its numbers keep to.

The placement is made for this traffic, and the codes for these ranges, as a calibration run is used elsewhere; both
thus know the run that they are judged by. Synapses tell nothing apart here: a neuron's telling goes to each neuron that
it has synapses to, as one packet's flits.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from vesicle_abm.model import VesicleModel
from vesicle_abm.neuromorphic.events import watch
from vesicle_abm.neuromorphic.mesh import Mesh
from vesicle_abm.neuromorphic.traffic import Flow

Report = Callable[[], None]
TRACE = "trace."  # how the names of traces begin among what a learning rule keeps
MERGED = 2**20  # moves that are held before they are summed


@dataclass
class Ranges:
    """name -> (least, largest) number seen, of ``weight``, ``activation``, ``trace.NAME``, ``level.KIND`` and
    ``content.KIND``.

    ``spiking``: no activation was other than 0 or 1.
    """

    seen: dict[str, tuple[float, float]] = field(default_factory=dict)
    spiking: bool = True

    def look(self, name: str, values: np.ndarray) -> None:
        """Widen the range of a name."""
        if values.size:
            low, high = self.seen.get(name, (0.0, 0.0))
            self.seen[name] = min(low, float(values.min())), max(high, float(values.max()))

    def after(self, model: VesicleModel, stage: str) -> None:
        """Look at what a stage has changed."""
        state = model.state
        if stage == "activate" and model.world.neurons is not None:
            self.look("activation", state.activation)
            self.spiking = self.spiking and bool(np.isin(state.activation, (0.0, 1.0)).all())
        elif stage == "emit":
            for name, columns in state.vesicles.items():
                self.look(f"content.{name}", columns["content"])
        elif stage == "release":
            for k, name in enumerate(model.kinds):
                self.look(f"level.{name}", state.modulator[:, k])
        elif stage == "learn" and model.world.plasticity is not None:
            self.look("weight", weights(model))
            for name in traces(model):
                self.look(name, state.kept[name])


def weights(model: VesicleModel) -> np.ndarray:
    """The synaptic weights of a model; none without neurons."""
    synapses = model.world.synapses
    return model.state.weight[synapses.edge] if synapses is not None else model.state.weight[:0]


def traces(model: VesicleModel) -> list[str]:
    """The names of the traces that the learning rule keeps."""
    return [name for name in model.state.kept if name.startswith(TRACE)]


@dataclass(frozen=True)
class Profile:
    """``flow`` of flits between neurons, and ``ranges``."""

    flow: Flow
    ranges: Ranges


def profile(model: VesicleModel, steps: int, mesh: Mesh, report: Report) -> Profile:
    """Run the model for so many steps, and watch it."""
    ranges, size = Ranges(), model.graph.size
    flow, told, active = Flow.of(size, [], [], []), np.zeros(size, np.int64), np.zeros(size, np.int64)
    ranges.look("weight", weights(model))
    before, held, count = model.state.activation.copy(), [], 0
    for _ in range(steps):
        events = watch(model, lambda stage: ranges.after(model, stage))
        told += events.activation != before
        active += events.activation != 0.0
        before = events.activation
        for moves in events.moves.values():
            held.append((moves.start, moves.end))
            count += len(moves.start)
        if count > MERGED:
            flow, held, count = flow.plus(summed(size, held, mesh)), [], 0
        report()
    flow = flow.plus(summed(size, held, mesh))
    pre, post = synaptic_ends(model)
    spoken = mesh.spike_flits * (active if ranges.spiking else told)
    return Profile(flow.plus(Flow.of(size, pre, post, spoken[pre])), ranges)


def summed(size: int, held: list, mesh: Mesh) -> Flow:
    """The flow of moves."""
    if not held:
        return Flow.of(size, [], [], [])
    start, end = (np.concatenate(ends) for ends in zip(*held, strict=True))
    return Flow.of(size, start, end, mesh.flow_flits)


def synaptic_ends(model: VesicleModel) -> tuple[np.ndarray, np.ndarray]:
    """(S,) and (S,): the neurons before and behind each synapse; none without neurons."""
    synapses = model.world.synapses
    if synapses is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    post = np.repeat(np.arange(model.graph.size), np.diff(synapses.indptr))
    return synapses.end.astype(np.int64), post
