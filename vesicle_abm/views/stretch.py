"""A stretch: many steps at one go, where nothing but spiking neurons and their synapses has anything to do.

No vesicle lives, none is born, the task waits: then a step is activation and learning by events, and one loop does them
for as many steps as it stays so. The bits are those of the steps one by one; a test holds them together.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from vesicle_abm.core import stages
from vesicle_abm.core.scalar import LARGEST, kernel
from vesicle_abm.neurons.arrivals import add_arrivals, arriving
from vesicle_abm.neurons.modulation import SIGNAL, Modulation
from vesicle_abm.neurons.spiking import PULSE, IzhikevichNeurons
from vesicle_abm.tasks.task import PatientTask
from vesicle_abm.views import events
from vesicle_abm.views.changes import relaxation
from vesicle_abm.views.kernels import WORDS, draw

if TYPE_CHECKING:
    from vesicle_abm.views.world import World

NO_DELAY = np.zeros(0, np.int32)
MOST = 100_000  # steps at one go, so that Ctrl-C and reports of progress are heard
SPIKES_HELD = 2**14  # about so many spikes end a stretch, where spikes are recorded
JITTER_GROUP, JITTER_WORD = np.uint64(stages.JITTER // WORDS), stages.JITTER % WORDS


def fits(world: "World") -> bool:
    """Whether a model is such that it can have stretches at all."""
    neurons, rule, task = world.neurons, world.plasticity, world.task
    if type(neurons) is not IzhikevichNeurons or neurons.synapse != PULSE or neurons.gain_recovery is not None:
        return False
    if np.any(neurons.noise) or rule is None or world.wiring is None or not events.fits(rule):
        return False
    modulation: Any = rule.modulation
    single = type(modulation) is Modulation and len(modulation.weights or world.kinds) == 1
    others = world.estimators or world.overrides or world.lifecycle.changes or world.memory or world.state.trails
    simple = single and modulation.context == SIGNAL and not modulation.keys and not others
    return bool(simple and (task is None or isinstance(task, PatientTask)))


def quiet_steps(world: "World", most: int) -> int:
    """For how many steps nothing but neurons acts, at most so many, unless a watched neuron fires."""
    state, task = world.state, world.task
    if any(columns.size for columns in state.vesicles.values()) or world.signals.get("context", 0.0) != 0.0:
        return 0
    if isinstance(task, PatientTask):
        most = min(most, task.next_call(state.step, state.task) - state.step)
        if most <= 0 or state.activation[watched(world)].any():
            return 0
    if world.film.any() or world.docked_now.any() or world.imposed is not None:
        return 0
    if not max(np.abs(state.modulator).max(initial=0.0), np.abs(state.eta).max(initial=0.0)) < events.TAME:
        return 0
    steady = {name for name in world.signals if not hasattr(state, name)}
    if any(tables.reads("rate") - steady or tables.rate().any() for tables in world.tables.values()):
        return 0
    return min(most, MOST)


def watched(world: "World") -> np.ndarray:
    """The neurons whose spikes the task waits for."""
    task = world.task
    return np.array(task.watched(world.graph) if isinstance(task, PatientTask) else [], dtype=np.int64)


def run(world: "World", most: int, keep: Callable[[np.ndarray], None] | None = None) -> int:
    """Take as many steps as can be taken at one go, at most so many; gives how many: 0 where one must be whole.
    ``keep`` is given the spikes, (n, 2): steps done, and node.
    """
    if world.stretches is None:
        world.stretches = fits(world)
    steps = quiet_steps(world, most) if world.stretches and most > 1 else 0
    rule = events.numbers_of(world.plasticity) if steps else None
    if rule is None or not events.tame(world, rule):
        return 0
    spikes = np.empty((0 if keep is None else SPIKES_HELD + world.graph.size, 2), np.int64)
    done, fired = _run(world, steps, rule, spikes)
    if keep is not None:
        keep(spikes[:fired].copy())
    world.state.step += done
    world.forget_changing_tables()
    return done


def _run(world: "World", steps: int, rule: events.Events, spikes: np.ndarray) -> tuple[int, int]:
    state, graph = world.state, world.graph
    neurons: Any = world.neurons
    plasticity: Any = world.plasticity
    outward: Any = world.outward
    each = lambda value: np.ascontiguousarray(np.broadcast_to(np.asarray(value, np.float64), graph.size))  # noqa: E731
    name, weight = next(iter((plasticity.modulation.weights or dict.fromkeys(world.kinds, 1.0)).items()))
    relax = np.array([1.0 if kind.clearance is None else relaxation(kind.clearance) for kind in world.kinds.values()])
    cells = tuple(state.cells[what] for what in ("v", "u", "fired"))
    numbers = (*(each(getattr(neurons, what)) for what in ("a", "b", "c", "d", "peak", "jitter")),)
    return stretch(
        steps,
        (np.uint64(state.seed), state.step),
        (outward.indptr, outward.edge, graph.source, graph.target, graph.delay if graph.delayed else NO_DELAY),
        (state.activation, state.history, state.weight),
        cells,
        (state.gain, state.bias, state.drive),
        numbers,
        (neurons.dt_ms, neurons.substeps),
        (state.modulator, relax, world.lifecycle.names.index(name), float(weight), state.eta),
        events.places_of(world),
        rule,
        (state.kept[events.TRACE], state.kept[events.SUM]),
        watched(world),
        spikes,
    )


@kernel
def stretch(steps, when, graph, activity, cells, given, numbers, time, levels, places, rule, kept, watch, spikes):
    """Take steps until a watched neuron fires, something runs away, or ``spikes`` may not hold those of another step;
    gives how many were taken, and how many spikes there were.
    """
    seed, first = when
    outward, edges_out, source, target, delay = graph
    activation, history, weight = activity
    modulator, relax, k, worth, eta = levels
    trace, total = kept
    v, u, fired = cells
    nodes, rows = len(v), len(history)
    ids, even = np.arange(nodes), np.empty(nodes)
    new_v, new_u, none = np.empty(nodes), np.empty(nodes), np.zeros(0)
    factor, arrived = np.empty(nodes), np.empty(nodes)
    count, room = 0, len(spikes) - nodes
    for done in range(steps):
        step = first + done
        if count > room >= 0:
            return done, count
        arrived[:] = 0.0
        edges = arriving(outward, edges_out, delay, history, step)
        add_arrivals(edges, source, target, weight, delay, history, step, False, arrived, none)
        draw(ids, JITTER_GROUP, JITTER_WORD, seed, np.uint64(step), even)
        if not membranes(arrived, even, given, numbers, time, v, u, new_v, new_u):
            return done, count
        clear(modulator, relax)
        peak, c, d = numbers[4], numbers[2], numbers[3]
        now = history[step % rows]
        for j in range(nodes):
            spike = new_v[j] >= peak[j]
            v[j] = c[j] if spike else new_v[j]
            u[j] = new_u[j] + d[j] if spike else new_u[j]
            activation[j] = 1.0 if spike else 0.0
            fired[j] += activation[j]
            now[j] = activation[j]
            if spike and room >= 0:
                spikes[count, 0], spikes[count, 1] = step + 1, j
                count += 1
        events.pair_spikes(places, history, step, rule, trace, total)
        if (step + 1) % rule.every == 0:
            for j in range(nodes):
                factor[j] = eta[j, 0] + eta[j, 1] * (worth * modulator[j, k])
            events.use_sums(places, factor, rule, total, weight)
        for neuron in watch:
            if activation[neuron] != 0.0:
                return done + 1, count
    return steps, count


@kernel
def clear(modulator, relax):
    """Levels clear."""
    for j in range(modulator.shape[0]):
        for k in range(modulator.shape[1]):
            modulator[j, k] *= relax[k]


@kernel
def membranes(arrived, even, given, numbers, time, v, u, new_v, new_u):
    """v and u after a step, before the reset; False where one is not a finite number."""
    gain, bias, drive = given
    a, b, _, _, _, jitter = numbers
    dt, substeps = time
    part, good, current = dt / substeps, True, np.empty(len(v))
    for j in range(len(v)):  # one loop each, so that each becomes vector instructions
        current[j] = gain[j] * arrived[j] + (bias[j] + drive[j] + jitter[j] * (even[j] - 0.5))
        new_v[j] = v[j]
    for _ in range(substeps):
        for j in range(len(v)):
            x = new_v[j]
            new_v[j] = x + part * ((0.04 * x + 5.0) * x + 140.0 - u[j] + current[j])
    for j in range(len(v)):
        new_u[j] = u[j] + dt * (a[j] * (b[j] * new_v[j] - u[j]))
    for j in range(len(v)):
        good &= (abs(new_v[j]) <= LARGEST) & (abs(new_u[j]) <= LARGEST)
    return good
