"""Findings: what of a model fits the mesh, what saturates, and what no part of it can hold; each limit with its source.

A limit that is *published* is the chip's; one that is *ours* follows from how vesicles are written into its packets, or
is an assumption of the emulation.
"""

from dataclasses import dataclass

import numpy as np

from vesicle_abm.neuromorphic.emulation import Emulation
from vesicle_abm.neuromorphic.mesh import OURS, PUBLISHED

FITS, SATURATES, MISSING, VANISHES = "fits", "saturates", "does not fit", "vanishes"
BEYOND_PACKETS = {"remembers": "nodes remembered", "spend": "payload left", "releases": "releases left"}


@dataclass(frozen=True)
class Finding:
    """``what`` is ``needed`` where there is ``limit`` of it, and the ``verdict``; ``source``: whose limit it is."""

    what: str
    needed: str
    limit: str
    verdict: str
    source: str


def findings(found: Emulation) -> list[Finding]:
    """Places first, then packets, links, and the ranges of numbers."""
    return [*places(found), *packets(found), *links(found), *ranges(found)]


def places(found: Emulation) -> list[Finding]:
    """Whether the neurons have room; what has none was refused before."""
    mesh, core = found.mesh, found.sender.placement.core
    room, fullest = len(mesh.cores), int(np.bincount(core).max())
    return [
        Finding("neurons", f"{len(core):,}", f"{room * mesh.neurons_per_core:,}", FITS, PUBLISHED),
        Finding("cores", f"{len(np.unique(core)):,}", f"{room:,}", FITS, PUBLISHED),
        Finding("neurons in a core", f"{fullest:,}", f"{mesh.neurons_per_core:,}", FITS, PUBLISHED),
    ]


def packets(found: Emulation) -> list[Finding]:
    """Whether vesicles fit the fields of a flow packet."""
    mesh, model = found.mesh, found.quantised
    widest = max((kind.content_width for kind in model.world.kinds.values()), default=0)
    rows = [
        Finding("kinds of vesicles", f"{len(model.kinds)}", f"{1 << mesh.kind_bits}", FITS, OURS),
        Finding("components of a content", f"{widest}", f"{mesh.content_size}", FITS, OURS),
    ]
    longest = (1 << mesh.ttl_bits) - 1
    for name, kind in model.world.kinds.items():
        for field, words in BEYOND_PACKETS.items():
            if getattr(kind, field):
                rows.append(Finding(f"{name}: {words}", "a number each", "no field", MISSING, OURS))
        held, born = found.precision.held[f"ttl.{name}"], model.counts_by_kind[name]["born"]
        if held:
            rows.append(Finding(f"{name}: ttl", f"{held / born:.1%} longer", f"{longest}", SATURATES, OURS))
    return rows


def links(found: Emulation) -> list[Finding]:
    """Whether all packets of a step arrive within the shortest tick."""
    mesh, tally = found.mesh, found.tally
    relays, busiest, room = int(tally.relays.sum()), int(tally.peaks.max()), mesh.tick_cycles
    return [
        Finding("packets beyond the reach", f"{relays:,}", f"{mesh.reach} an axis", FITS, PUBLISHED),
        Finding("flits on a link in a tick", f"{busiest:,}", f"{room:,.0f}", _verdict(busiest <= room), OURS),
        Finding("cycles that a tick needs", f"{tally.latest:,}", f"{room:,.0f}", _verdict(tally.latest <= room), OURS),
    ]


def ranges(found: Emulation) -> list[Finding]:
    """Whether numbers keep to the ranges of their codes, which are those of the run as it is."""
    rows = []
    lost, weight = vanished(found), found.precision.codes.get("weight")
    if lost and weight is not None:
        limit = f"{weight.bits} bits, {weight.step:.2g} a step"
        rows.append(Finding("weights rounded to 0", f"{lost:.1%}", limit, VANISHES, PUBLISHED))
    for name, code in found.precision.codes.items():
        source = OURS if name.partition(".")[0] in ("content", "activation") else PUBLISHED
        limit = f"{code.bits} bits, {'±' if code.signed else ''}{code.largest:.3g}"
        beyond = found.precision.held.get(name, 0)
        rows.append(Finding(name, f"{beyond:,} beyond it", limit, _verdict(not beyond), source))
    return rows


def vanished(found: Emulation) -> float:
    """Which part of the synapses that begin with a weight has none on the mesh: less than half a step."""
    model, code = found.plain, found.precision.codes.get("weight")
    if model.world.neurons is None or model.world.synapses is None or code is None:
        return 0.0
    begun = model.world.neurons.initial_weight(model.graph)[model.world.synapses.edge]
    there = begun[begun != 0.0]
    return float(np.mean(code.codes(there) == 0)) if len(there) else 0.0


def _verdict(good: bool) -> str:
    return FITS if good else SATURATES
