"""The compiled view: a stage as loops over columns, split over threads. Its bits are those of ``particles``."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from vesicle_abm.core import stages
from vesicle_abm.core.columns import Columns
from vesicle_abm.core.ways import runs
from vesicle_abm.neurons.activation import sum_inputs
from vesicle_abm.neurons.arrivals import add_arrivals, arriving
from vesicle_abm.vesicles.emission import EXACT
from vesicle_abm.vesicles.kind import BROADCAST
from vesicle_abm.vesicles.turn import DOCKED as WHEN_DOCKED
from vesicle_abm.views import events, kernels, newborns, sweep, threads, voyage
from vesicle_abm.views.activating import answer
from vesicle_abm.views.births import Newborns
from vesicle_abm.views.changes import fade, relaxation, weight_of
from vesicle_abm.views.effects import count_off, give
from vesicle_abm.views.learning import SYNAPSES_A_BLOCK
from vesicle_abm.views.lots import NO_LUCK, Paths
from vesicle_abm.views.population import DOCKED, TURNED, releasing
from vesicle_abm.views.tables import KindTables
from vesicle_abm.views.threads import split
from vesicle_abm.views.wandering import ROWS_A_BLOCK, wander, wanders
from vesicle_abm.views.world import World

NONE = np.zeros(0, np.int32)


def propose(world: World, stage: str) -> None:
    """Propose one stage for every agent."""
    if stage in NEURON_STAGES:
        NEURON_STAGES[stage](world)
    elif stage in VESICLE_STAGES:
        for name, tables in world.tables.items():
            columns = world.state.vesicles[name]
            if world.overridden(name, stage):
                for id_ in columns["id"][columns.in_order()].tolist():
                    world.act(name, id_, stage)
            elif columns.size:
                VESICLE_STAGES[stage](world, tables, columns)


def address(world: World) -> tuple[np.uint64, np.uint64]:
    """(seed, step) for kernels."""
    return np.uint64(world.state.seed), np.uint64(world.state.step)


def blocks(size: int) -> Iterator[slice]:
    """Runs of rows for which a rule is asked at once, so that its answer stays in the cache."""
    for first in range(0, size, ROWS_A_BLOCK):
        yield slice(first, min(first + ROWS_A_BLOCK, size))


def draws(world: World, ids: np.ndarray, stream: int) -> np.ndarray:
    """(n,) what ``uniform`` gives these ids in this step, without its checks."""
    u = np.empty(len(ids))
    kernels.draw(ids, np.uint64(stream // kernels.WORDS), stream % kernels.WORDS, *address(world), u)
    return u


def sense(world: World) -> None:
    """Modulator levels clear, E <- E exp(-1 / tau), gains relax to 1, changes and memories fade."""
    fade(world, slice(None))
    for k, kind in enumerate(world.kinds.values()):
        if kind.clearance is not None:
            world.state.modulator[:, k] *= relaxation(kind.clearance)
    if world.neurons is not None and world.neurons.gain_recovery is not None:
        gain = world.state.gain
        gain[:] = 1.0 + (gain - 1.0) * relaxation(world.neurons.gain_recovery)


def activate(world: World) -> None:
    """Equation (1), or a membrane's, for all neurons."""
    neurons, synapses, state, graph = world.neurons, world.synapses, world.state, world.graph
    if neurons is None or synapses is None:
        return
    delay = graph.delay if graph.delayed else NONE
    if neurons.spikes:
        answer(world, slice(None), *arrived(world, delay))
        return
    total = np.empty(graph.size)
    inputs = (synapses.indptr, synapses.edge, synapses.end, weight_of(world), delay, state.history, state.step)
    most = max(2 * threads.ROWS_PER_THREAD, len(synapses.edge) // world.threads)
    parts = runs(synapses.indptr, most)
    threads.together([functools.partial(sum_inputs, *inputs, *part, total) for part in parts], world.threads)
    answer(world, slice(None), total, np.zeros_like(total))


def arrived(world: World, delay: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) what reaches each spiking neuron: all of it, or what excites and what inhibits it."""
    neurons: Any = world.neurons
    ways: Any = world.outward
    state, graph = world.state, world.graph
    past = (delay, state.history, state.step)
    edges = arriving(ways.indptr, ways.edge, *past)
    excited, inhibited = np.zeros(graph.size), np.zeros(graph.size)
    add_arrivals(edges, graph.source, graph.target, weight_of(world), *past, neurons.apart, excited, inhibited)
    return excited, inhibited


def emit(world: World) -> None:
    """How many vesicles of each kind each node bears."""
    seed, step = address(world)
    for k, tables in enumerate(world.tables.values()):
        if tables.kind.delivery == BROADCAST:
            continue
        rate, exact = tables.rate(), tables.kind.emission.law == EXACT
        counts = world.proposals.births[k]
        split(newborns.count_births, len(rate), world.threads, rate, exact, k, seed, step, counts)


def bear(world: World, born: dict[str, Newborns]) -> None:
    """Give newborns their content and ttl; users' verbs come last, since they may remove others."""
    for name, (rows, ids) in born.items():
        columns, tables = world.state.vesicles[name], world.tables[name]
        if not len(ids) or world.overridden(name, "emit"):
            continue
        columns["ttl"][rows] = tables.ttl_of(draws(world, ids, stages.LIFETIME))
        if columns["content"].shape[1]:
            mean, deviation = tables.content()
            nodes, content = columns["node"][rows], columns["content"][rows]
            if deviation.any():
                drawn = (ids, nodes, mean, deviation, *address(world), content)
                split(newborns.draw_content, len(ids), world.threads, *drawn)
            else:
                content[:] = mean.take(nodes, axis=0)
    for name, (_, ids) in born.items():
        if world.overridden(name, "emit"):
            for id_ in ids.tolist():
                world.act(name, id_, "emit")


def migrate(world: World, tables: KindTables, columns: Columns) -> None:
    """Move every vesicle of a kind."""
    if wanders(tables.kind):
        everyone = slice(0, columns.size)
        wander(world, tables, columns, everyone, draws(world, columns["id"], stages.MIGRATE))
        return
    paths = None if "edge" in columns else tables.lots.paths(tables)
    if paths is not None:
        depart(world, tables, columns, paths)
        return
    table, ways, (seed, step) = tables.migration(), tables.ways, address(world)
    place = (columns["id"], columns["node"])
    choice = (table.indptr, table.threshold, table.alias, ways.indptr)
    if "edge" not in columns:
        split(kernels.migrate, columns.size, world.threads, *place, *choice, ways.end, seed, step)
        return
    graph = world.graph
    _, arrival = graph.ends(tables.kind.migration.direction)
    journey = (columns["edge"], columns["remaining"])
    way = (ways.edge, ways.end, arrival, graph.delay)
    split(kernels.migrate_delayed, columns.size, world.threads, *place, *journey, *choice, *way, seed, step)


def depart(world: World, tables: KindTables, columns: Columns, paths: Paths) -> None:
    """Move every vesicle of a kind, and draw all its lots of the step, if it can be known what they will decide."""
    luck = tables.lots.luck(world, tables)
    vesicle = (columns["id"], columns["node"], columns["content"], tables.lots.room(columns.size))
    draw = (*paths, *(luck or NO_LUCK), *address(world))
    good = split(voyage.depart, columns.size, world.threads, *vesicle, *draw)
    tables.lots.keep(world, columns, luck is not None and all(good))


def dock(world: World, tables: KindTables, columns: Columns) -> None:
    """Mark who would dock."""
    lots = tables.lots.of(world, columns)
    if lots is not None:
        np.bitwise_and(lots, voyage.DOCKS, out=columns["status"])
        return
    probability = tables.docking()
    if probability is not None:
        row = (columns["id"], columns["node"], columns["status"], probability, False)
        split(kernels.dock, columns.size, world.threads, *row, *address(world))
    for rows in blocks(columns.size if probability is None else 0):
        row = (columns["id"][rows], columns["node"][rows], columns["status"][rows], tables.docking_of(rows), True)
        split(kernels.dock, len(row[0]), 1, *row, *address(world))
    if "edge" in columns:
        split(kernels.free_travellers, columns.size, world.threads, columns["edge"], columns["status"])


def release(world: World, tables: KindTables, columns: Columns) -> None:
    """Sum what the docked give, and count it off what they have."""
    rows = tables.lots.docked(world, columns)
    if rows is None or "left" in columns:
        rows = np.flatnonzero(releasing(columns, slice(None)))
    if not len(rows):
        return
    if tables.kind.release:
        nodes = columns["node"][rows]
        for effect in tables.effects_of(rows):
            give(world, effect, nodes)
    count_off(columns, rows, tables.kind)


def decay(world: World, tables: KindTables, columns: Columns) -> None:
    """Mark who turns, and who ends, and how."""
    if tables.kind.turn is not None:
        turn(world, tables, columns)
    lots = tables.lots.of(world, columns)
    if lots is not None and tables.kind.turn is None and "left" not in columns:
        voyage.arrive(lots, columns["status"], columns["ttl"])
        return
    hazard = tables.hazard()
    left = columns["left"] if "left" in columns else NONE  # noqa: SIM401 - no dict
    row = (columns["id"], columns["node"], columns["ttl"], columns["status"], left)
    absorb = tables.kind.absorb
    if hazard is not None:
        split(kernels.decay, columns.size, world.threads, *row, absorb, hazard, False, *address(world))
    for rows in blocks(columns.size if hazard is None else 0):
        part: Any = tuple(column[rows] for column in row)
        split(kernels.decay, len(part[0]), 1, *part, absorb, tables.hazard_of(rows), True, *address(world))


def turn(world: World, tables: KindTables, columns: Columns) -> None:
    """Mark who becomes one of another kind."""
    may = np.ones(columns.size, bool) if "edge" not in columns else columns["edge"] < 0
    if tables.kind.turn is not None and tables.kind.turn.when == WHEN_DOCKED:
        may &= columns["status"] == DOCKED
    rows = np.flatnonzero(may)
    if len(rows):
        turns = draws(world, columns["id"][rows], stages.TURN) < tables.turning_of(rows)
        columns["status"][rows[turns]] = TURNED


def learn(world: World) -> None:
    """Equations (2)-(7), (10), (11), block by block; each writes to its own synapses only."""
    lesson = world.lesson
    if lesson is None or world.wiring is None:
        return
    if events.fits(lesson.rule) and events.learn(world, lesson):
        return
    swept = sweep.fits(lesson.rule, world.signals)
    least = 2 * threads.ROWS_PER_THREAD  # a synapse takes less than a vesicle, a block some Python
    most = max(least, world.wiring.size // world.threads) if swept else SYNAPSES_A_BLOCK
    learn_block: Callable = functools.partial(sweep.learn, lesson) if swept else lesson.learn
    threads.together([functools.partial(learn_block, *block) for block in world.wiring.blocks(most)], world.threads)


NEURON_STAGES = {"sense": sense, "activate": activate, "emit": emit, "learn": learn}
VESICLE_STAGES = {"migrate": migrate, "dock": dock, "release": release, "decay": decay}
