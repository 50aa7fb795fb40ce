"""Counts: the traffic of a vesicle, and the events of a whole run on the mesh in the terms of NeuroBench."""

from collections.abc import Mapping

from vesicle_abm.books import accounting, energy
from vesicle_abm.neuromorphic.emulation import Emulation
from vesicle_abm.neuromorphic.packets import FLOW, TYPES
from vesicle_abm.neuromorphic.profile import traces

PRICED = (
    "neuron_updates", "synaptic_operations_dense", "synapse_updates", "born", "docked", "ended", "effective_acs",
    "effective_macs", "packets", "flits", "flit_hops", "relays", "vesicle_updates", "memory_accesses",
)  # fmt: skip


def check_joules(joules: Mapping[str, float]) -> None:
    """Refuse the cost of what is not counted, before anything runs."""
    energy(dict.fromkeys(PRICED, 0), joules)


def joules_of(counts: Mapping[str, float | None], joules: Mapping[str, float]) -> float:
    """What a run costs, as far as the costs of its events are given."""
    return energy({name: counts[name] or 0 for name in PRICED}, joules)


def shortest_step_us(found: Emulation) -> float:
    """How long a step has to be for all its packets to arrive, in microseconds: no shorter than the shortest tick."""
    return max(found.mesh.tick_us, found.tally.latest / found.mesh.cycles_per_us)


def traffic_per_vesicle(found: Emulation) -> dict[str, float]:
    """``moves``, ``packets`` (moves to another core), ``flits`` and ``links`` of each vesicle born, in the mean;
    ``links_per_packet``; ``from_birth``: which part of the packets carries a newborn.
    """
    tally, flow = found.tally, TYPES.index(FLOW)
    born = max(1, found.quantised.counts["born"])
    packets, links = int(tally.packets[flow]), int(tally.hops[flow])
    return {
        "moves": tally.moves / born,
        "packets": packets / born,
        "flits": int(tally.flits[flow]) / born,
        "links": links / born,
        "links_per_packet": links / max(1, packets),
        "from_birth": tally.emissions / max(1, packets),
    }


def events_of(found: Emulation) -> dict[str, float | None]:
    """What ``vesicle_abm.books`` says of the run on the mesh, and what was counted on the way.

    ``activation_sparsity`` (None without neurons); ``effective_acs`` and ``effective_macs``, of which one is 0;
    ``packets``, ``flits``, ``flit_hops``, ``relays``; ``vesicle_updates``, one a vesicle a step: a core's program draws
    its way and counts down its ttl, for which the chip has no hardware; ``memory_accesses``: a weight is read for each
    effective operation, and weight and traces are read and written for each update of a synapse [ours].
    """
    tally, books = found.tally, accounting(found.quantised)
    updated = 2 * books.synapse_updates * (1 + len(traces(found.quantised)))
    spiking = found.sender.spiking
    return books.as_dict() | {
        "activation_sparsity": 1.0 - tally.active / books.neuron_updates if books.neuron_updates else None,
        "effective_acs": tally.effective if spiking else 0,
        "effective_macs": 0 if spiking else tally.effective,
        "packets": int(tally.packets.sum()),
        "flits": int(tally.flits.sum()),
        "flit_hops": int(tally.loads.sum()),
        "relays": int(tally.relays.sum()),
        "vesicle_updates": tally.vesicle_steps,
        "memory_accesses": tally.effective + updated,
    }
