"""Summary: what the command line shows of an emulation."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from vesicle_abm.neuromorphic.comparison import differences
from vesicle_abm.neuromorphic.counts import events_of, joules_of, shortest_step_us, traffic_per_vesicle
from vesicle_abm.neuromorphic.emulation import Emulation
from vesicle_abm.neuromorphic.findings import FITS, links, packets, places, ranges
from vesicle_abm.neuromorphic.packets import TYPES


def summary(found: Emulation, folder: Path, joules: Mapping[str, float]) -> None:
    """Print what fits, what was sent, what rounding did, the events of the run, and where everything lies."""
    console, placement = Console(highlight=False), found.sender.placement
    console.print(f"\n[bold]{found.scenario.question}[/bold]\n")
    weight = found.precision.codes.get("weight")
    words = f"weights of {weight.bits} bits, {found.precision.rounding} rounding" if weight else "no weights"
    used = f"{len(placement.used)} of {len(found.mesh.cores)} cores"
    console.print(f"{found.steps:,} steps, seed {found.seed}, on {used}; {words}\n")
    for table in (fits(found), traffic(found), changes(found), events(found)):
        console.print(table)
        console.print()
    if placement.shuffled:
        share = placement.hops / placement.shuffled
        console.print(f"placed by {found.partitioner}: {share:.2f} of the flits times links of shuffled neurons")
    needed = shortest_step_us(found)
    console.print(f"a step takes {needed:.4g} us or more, for all its packets to arrive (the clock is ours)")
    if joules:
        given = ", ".join(f"{name} {cost:g}" for name, cost in joules.items())
        console.print(f"{joules_of(events_of(found), joules):.4g} J, if these cost as given: {given}")
    console.print(f"report, tables and pictures: {folder}", soft_wrap=True)


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, name in enumerate(names):
        table.add_column(name, justify="left" if place == 0 else "right", no_wrap=True)
    return table


def fits(found: Emulation) -> Table:
    """What fits, what saturates, and whose limit it is."""
    table = _table("", "needed", "there is", "", "")
    numbers = ranges(found)
    kept = [row for row in numbers if row.verdict == FITS]
    for row in (*places(found), *packets(found), *links(found), *(row for row in numbers if row not in kept)):
        style = None if row.verdict == FITS else "yellow"
        table.add_row(row.what, row.needed, row.limit, row.verdict, row.source, style=style)
    table.add_row("other ranges of numbers", f"{len(kept)}", "", FITS, "")
    return table


def traffic(found: Emulation) -> Table:
    """Packets by type, and what one vesicle sends."""
    table, tally = _table("packets", "in all", "a step", "flits", "links each", "relayed"), found.tally
    for place, name in enumerate(TYPES):
        packets = int(tally.packets[place])
        links = int(tally.hops[place]) / max(1, packets)
        numbers = (f"{packets:,}", f"{packets / found.steps:,.4g}", f"{tally.flits[place]:,}", f"{links:.2f}")
        table.add_row(name, *numbers, f"{tally.relays[place]:,}")
    each = traffic_per_vesicle(found)
    table.caption = (
        f"a vesicle: {each['moves']:.3g} moves, {each['packets']:.3g} packets, {each['flits']:.3g} flits, "
        f"{each['links']:.3g} links"
    )
    table.caption_justify = "left"
    return table


def changes(found: Emulation) -> Table:
    """What the bits did."""
    table = _table("of the run", "as it is", "on the mesh", "other seed", "error", "by seeds")
    for row in differences(found):
        numbers = (row.plain, row.quantised, row.other, row.error, row.between_seeds)
        table.add_row(row.what, *(f"{number:.4g}" for number in numbers))
    table.caption = "error, by seeds: root mean squares of the difference to the run as it is"
    table.caption_justify = "left"
    return table


def events(found: Emulation) -> Table:
    """The accounting."""
    table = _table("accounting", "")
    for name, value in events_of(found).items():
        shown = "-" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
        table.add_row(name.replace("_", " "), shown)
    return table
