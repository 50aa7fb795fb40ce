"""Delivery: latencies by hand, a second implementation that goes cycle by cycle, and flits that are all there."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vesicle_abm.neuromorphic.delivery import Packets, deliver
from vesicle_abm.neuromorphic.mesh import Mesh
from vesicle_abm.neuromorphic.routing import route

SMALL = Mesh(width=4, height=3, reach=2)


def packets(*rows: tuple[int, int, int]) -> Packets:
    """(source, target, flits) each."""
    source, target, flits = np.array(rows, np.int64).reshape(-1, 3).T.copy()
    return Packets(source, target, flits, np.zeros(len(source), np.int64))


def cycle_by_cycle(mesh: Mesh, sent: Packets) -> tuple[list[int], dict]:
    """Each cycle, each free resource takes the packet that has waited longest: arrivals, and flits over each link."""
    legs = []
    for source, target in zip(sent.source.tolist(), sent.target.tolist(), strict=True):
        cores, relays = route(mesh, source, target)
        stops = [0, *(cores.index(relay) for relay in relays), len(cores) - 1]
        legs.append([cores[a : b + 1] for a, b in itertools.pairwise(stops)])
    needs = []  # of each packet: the resources one after another; a port at the beginning of each leg
    for parts in legs:
        needs.append([x for part in parts for x in (("port", part[0]), *itertools.pairwise(part))])
    ready, at, arrival, free, loads = [0] * len(needs), [0] * len(needs), [0] * len(needs), {}, {}
    for cycle in range(10_000):
        waiting = sorted((ready[p], p) for p in range(len(needs)) if at[p] < len(needs[p]) and ready[p] <= cycle)
        for _, p in waiting:
            resource, flits = needs[p][at[p]], int(sent.flits[p])
            if free.get(resource, 0) > cycle:
                continue
            free[resource] = cycle + flits
            at[p] += 1
            ready[p] = cycle + mesh.hop_cycles
            if resource[0] != "port":
                loads[resource] = loads.get(resource, 0) + flits
            if at[p] == len(needs[p]):
                arrival[p] = ready[p] + flits - 1
            elif needs[p][at[p]][0] == "port":
                ready[p] += flits - 1
        if all(at[p] == len(needs[p]) for p in range(len(needs))):
            return arrival, loads
    raise AssertionError("not delivered")


@pytest.mark.parametrize(
    ("row", "hops", "cycles"),
    [
        ((1, 2, 4), 1, 2 + 3),  # port, link; then three flits more
        ((1, 26, 4), 2, 3 + 3),
        ((25, 39, 2), 14, 15 + 1),
        ((25, 41, 2), 16, 16 + 1 + 2 + 1),  # 15 links to the relay, and one beyond
    ],
)
def test_alone_on_its_way_a_packet_takes_a_cycle_a_link_and_one_a_flit(row, hops, cycles):
    sent = deliver(Mesh(), packets(row))
    assert (sent.hops[0], sent.arrival[0]) == (hops, cycles)


def test_two_packets_over_one_link_go_one_behind_the_other():
    """Cores 0 - 1 - 2 in a row: both need the link from 1 to 2; the one from 1 is there first, at cycle 1, and keeps it
    for 4; the one from 0 is there at cycle 2, goes on at 5, and its tail is in 2 at 6 + 3.
    """
    sent = deliver(SMALL, packets((0, 2, 4), (1, 2, 4)))
    assert sent.arrival.tolist() == [9, 5]
    assert sent.cycles == 9


def test_a_core_sends_its_packets_one_after_another_in_their_order():
    """To the east and to the south no link is shared, but the port is: 2 cycles later."""
    sent = deliver(SMALL, packets((1, 2, 2), (1, 5, 2)))
    assert sent.arrival.tolist() == [3, 5]


def test_nothing_sent_is_nothing_delivered():
    sent = deliver(Mesh(), packets())
    assert (sent.cycles, sent.loads.sum(), len(sent.hops)) == (0, 0, 0)


def test_wider_links_keep_a_packet_for_fewer_cycles():
    assert deliver(Mesh(flits_per_cycle=2), packets((1, 2, 4))).arrival[0] == 2 + 1
    assert deliver(Mesh(hop_cycles=3), packets((1, 2, 4))).arrival[0] == 6 + 3


def rows(mesh: Mesh):
    ends = st.lists(st.integers(0, mesh.size - 1), min_size=2, max_size=2, unique=True)
    return st.lists(st.tuples(ends, st.sampled_from([2, 4])), max_size=12)


@settings(deadline=None)
@given(rows(SMALL))
def test_it_agrees_with_a_second_implementation_cycle_by_cycle(given_rows):
    sent = packets(*((source, target, flits) for (source, target), flits in given_rows))
    found = deliver(SMALL, sent)
    arrival, loads = cycle_by_cycle(SMALL, sent)
    assert found.arrival.tolist() == arrival
    links = {}
    for link in np.flatnonzero(found.loads).tolist():
        core, way = divmod(link, 4)
        links[core, core + (1, -1, SMALL.width, -SMALL.width)[way]] = int(found.loads[link])
    assert links == loads


@settings(deadline=None)
@given(rows(Mesh()))
def test_the_flits_over_all_links_are_flits_times_links_and_none_is_faster_than_alone(given_rows):
    mesh = Mesh()
    sent = packets(*((source, target, flits) for (source, target), flits in given_rows))
    found = deliver(mesh, sent)
    assert found.loads.sum() == (sent.flits * found.hops).sum()
    assert (found.hops == mesh.distances()[sent.source, sent.target]).all()
    parts = 1 + found.relays
    assert (found.arrival >= found.hops + parts * (1 + sent.flits - 1)).all()
    assert found.cycles >= found.loads.max(initial=0)
