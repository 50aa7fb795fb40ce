"""The particle view: one agent at a time, in any order. Slow, readable, and the oracle of the compiled view.

Each function is one verb of one agent. It looks at the state as the stage began, draws at its own address, and writes
to its own row or to the stage's proposals; ``commit`` settles them.
"""

from collections.abc import Callable

import numpy as np

from vesicle_abm.core import stages
from vesicle_abm.core.alias import choose
from vesicle_abm.core.identity import birth_address
from vesicle_abm.core.random import normal, poisson, uniform
from vesicle_abm.vesicles.decay import UNLIMITED
from vesicle_abm.vesicles.emission import EXACT
from vesicle_abm.vesicles.kind import BROADCAST
from vesicle_abm.vesicles.turn import DOCKED as WHEN_DOCKED
from vesicle_abm.views.activating import answer
from vesicle_abm.views.births import Newborns
from vesicle_abm.views.changes import fade, relaxation, weight_of
from vesicle_abm.views.effects import count_off, give
from vesicle_abm.views.population import ABSORBED, CLEARED, DOCKED, EXPIRED, FREE, TURNED, releasing
from vesicle_abm.views.wandering import wander, wanders
from vesicle_abm.views.world import World

Order = Callable[[list], list]


def in_order(agents: list) -> list:
    """The order of birth."""
    return agents


def propose(world: World, stage: str, order: Order = in_order) -> None:
    """Propose one stage for every agent, one after another in the given order."""
    if stage in NEURON_VERBS:
        for neuron in order(list(range(world.graph.size))):
            NEURON_VERBS[stage](world, neuron)
    elif stage in VESICLE_VERBS:
        for name, columns in world.state.vesicles.items():
            for id_ in order(columns["id"][columns.in_order()].tolist()):
                act(world, name, id_, stage)


def act(world: World, name: str, id_: int, verb: str) -> None:
    """Let one vesicle act, if it still lives: by its agent where a user took the verb over, else as shipped."""
    if world.overridden(name, verb):
        world.act(name, id_, verb)
        return
    row = int(world.state.vesicles[name].find(id_))
    if row >= 0:
        VESICLE_VERBS[verb](world, name, row)


def bear(world: World, born: dict[str, Newborns], order: Order = in_order) -> None:
    """Give newborns their content and ttl, one after another; users' verbs come last, since they may remove others."""
    for name in sorted(born, key=lambda name: world.overridden(name, "emit")):
        for id_ in order(born[name].ids.tolist()):
            act(world, name, id_, "emit")


def sense(world: World, neuron: int) -> None:
    """Modulator levels clear, E <- E exp(-1 / tau), the gain relaxes to 1, changes and memory fade."""
    fade(world, neuron)
    for k, kind in enumerate(world.kinds.values()):
        if kind.clearance is not None:
            world.state.modulator[neuron, k] *= relaxation(kind.clearance)
    if world.neurons is not None and world.neurons.gain_recovery is not None:
        gain = world.state.gain
        gain[neuron] = 1.0 + (gain[neuron] - 1.0) * relaxation(world.neurons.gain_recovery)


def activate(world: World, neuron: int) -> None:
    """Equation (1), or a membrane's, for one neuron."""
    neurons, synapses, state, delay = world.neurons, world.synapses, world.state, world.graph.delay
    if neurons is None or synapses is None:
        return
    excited, inhibited, weight = np.zeros(1), np.zeros(1), weight_of(world)
    for way in range(synapses.indptr[neuron], synapses.indptr[neuron + 1]):
        edge, presynaptic = synapses.edge[way], synapses.end[way]
        when = (state.step - 1 - delay[edge]) % len(state.history)
        brought = weight[edge] * state.history[when, presynaptic]
        if neurons.apart and weight[edge] < 0.0:
            inhibited -= brought
        else:
            excited += brought
    answer(world, slice(neuron, neuron + 1), excited, inhibited)


def emit(world: World, neuron: int) -> None:
    """How many vesicles of each kind this node bears."""
    state = world.state
    for k, tables in enumerate(world.tables.values()):
        if tables.kind.delivery == BROADCAST:
            continue
        rate = float(tables.rate()[neuron])
        place = int(birth_address(k, neuron))
        if tables.kind.emission.law == EXACT:
            births = int(rate) + int(uniform(state.seed, place, state.step, stages.EMIT) < rate - int(rate))
        else:
            births = poisson(rate, state.seed, place, state.step, stages.EMIT)
        world.proposals.births[k, neuron] = births


def be_born(world: World, name: str, row: int) -> None:
    """Draw the content and ttl of a newborn."""
    columns, state, tables = world.state.vesicles[name], world.state, world.tables[name]
    id_, node = int(columns["id"][row]), columns["node"][row]
    columns["ttl"][row] = tables.ttl_of(uniform(state.seed, [id_], state.step, stages.LIFETIME))[0]
    mean, deviation = tables.content()
    for j in range(columns["content"].shape[1]):
        spread = deviation[node, j]
        draw = normal(state.seed, id_, state.step, stages.CONTENT, j) if spread else 0.0
        columns["content"][row, j] = mean[node, j] + spread * draw


def migrate(world: World, name: str, row: int) -> None:
    """Take one way out of the node, or stay; a vesicle under way comes one step nearer."""
    columns, tables, state, graph = world.state.vesicles[name], world.tables[name], world.state, world.graph
    if wanders(tables.kind):
        u = uniform(state.seed, columns["id"][row : row + 1], state.step, stages.MIGRATE)
        wander(world, tables, columns, slice(row, row + 1), u)
        return
    if "edge" in columns and columns["edge"][row] >= 0:
        columns["remaining"][row] -= 1
        if columns["remaining"][row] == 0:
            _, arrival = graph.ends(tables.kind.migration.direction)
            columns["node"][row] = arrival[columns["edge"][row]]
            columns["edge"][row] = -1
        return
    table, here = tables.migration(), columns["node"][row]
    slots = table.indptr[here + 1] - table.indptr[here]
    u = uniform(state.seed, int(columns["id"][row]), state.step, stages.MIGRATE)
    slot = choose(u, table.indptr[here], slots, table.threshold, table.alias)
    if slot == 0:
        return
    way = tables.ways.indptr[here] + slot - 1
    edge = tables.ways.edge[way]
    if "edge" in columns and graph.delay[edge] > 0:
        columns["edge"][row] = edge
        columns["remaining"][row] = graph.delay[edge]
    else:
        columns["node"][row] = tables.ways.end[way]


def dock(world: World, name: str, row: int) -> None:
    """Dock with the probability that the rule gives for this vesicle at its node."""
    columns, tables, state = world.state.vesicles[name], world.tables[name], world.state
    columns["status"][row] = FREE
    if "edge" in columns and columns["edge"][row] >= 0:
        return
    table = tables.docking()
    p = tables.docking_of(slice(row, row + 1))[0] if table is None else table[columns["node"][row]]
    if uniform(state.seed, int(columns["id"][row]), state.step, stages.DOCK) < p:
        columns["status"][row] = DOCKED


def release(world: World, name: str, row: int) -> None:
    """If docked, give what the rules say to the node, and count it off what the vesicle has."""
    columns = world.state.vesicles[name]
    here = slice(row, row + 1)
    if not releasing(columns, here)[0]:
        return
    for effect in world.tables[name].effects_of(here):
        give(world, effect, columns["node"][here])
    count_off(columns, here, world.kinds[name])


def decay(world: World, name: str, row: int) -> None:
    """Turn; else be absorbed if docked; else grow older and expire; else be cleared with the hazard."""
    columns, tables, state = world.state.vesicles[name], world.tables[name], world.state
    id_ = int(columns["id"][row])
    if turns(world, name, row):
        columns["status"][row] = TURNED
        return
    docked, used_up = columns["status"][row] == DOCKED, "left" in columns and columns["left"][row] == 0
    if docked and (used_up or uniform(state.seed, id_, state.step, stages.ABSORB) < tables.kind.absorb):
        columns["status"][row] = ABSORBED
        return
    table = tables.hazard()
    p = tables.hazard_of(slice(row, row + 1))[0] if table is None else table[columns["node"][row]]
    if columns["ttl"][row] != UNLIMITED:
        columns["ttl"][row] -= 1
    if columns["ttl"][row] == 0:
        columns["status"][row] = EXPIRED
    elif uniform(state.seed, id_, state.step, stages.CLEAR) < p:
        columns["status"][row] = CLEARED


def turns(world: World, name: str, row: int) -> bool:
    """Whether a vesicle becomes one of another kind now."""
    columns, rule, state = world.state.vesicles[name], world.kinds[name].turn, world.state
    under_way = "edge" in columns and columns["edge"][row] >= 0
    if rule is None or under_way or (rule.when == WHEN_DOCKED and columns["status"][row] != DOCKED):
        return False
    p = world.tables[name].turning_of(slice(row, row + 1))[0]
    return uniform(state.seed, int(columns["id"][row]), state.step, stages.TURN) < p


def learn(world: World, neuron: int) -> None:
    """Equations (2)-(7), (10), (11), for the synapses that lead to one neuron."""
    if world.lesson is not None:
        world.lesson.learn(neuron, neuron + 1)


NEURON_VERBS = {"sense": sense, "activate": activate, "emit": emit, "learn": learn}
VESICLE_VERBS = {"emit": be_born, "migrate": migrate, "dock": dock, "release": release, "decay": decay}
