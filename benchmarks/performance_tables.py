"""Put what ``vesicle-abm bench --json`` measured into the tables of a page.

    vesicle-abm bench --json reports.json
    python benchmarks/performance_tables.py reports.json docs/performance.md

A table stands between ``<!-- NAME -->`` and ``<!-- end -->``, NAME one of ``TABLES``; what no report holds stays.
"""

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

OURS, OURS_2 = "compiled, 1 thread", "compiled, 2 threads"
BLOCK = r"(<!-- {} -->\n).*?(<!-- end -->)"


def machine(reports: dict[str, Any]) -> list[str]:
    """Where the numbers come from."""
    rows = []
    for name, report in reports.items():
        if "versions" in report:
            versions = ", ".join(f"{package} {version}" for package, version in report["versions"].items())
            about = report["machine"]
            load = f"{about['load before']:.1f} / {about['load after']:.1f}"
            rows.append([name, f"{about['cpus']} x {about['processor']}", load, versions])
    return markdown(["benchmark", "processor", "load before / after", "versions"], rows)


def cycle(reports: dict[str, Any]) -> list[str]:
    """Millions of vesicle-steps a CPU second; in brackets how many times as fast ours is; two threads by wall time."""
    report = reports["cycle"]
    times = {(r["world"], r["than"] if r["version"] == OURS else r["version"]): r["times"] for r in report["ratios"]}
    versions = list(dict.fromkeys(result["version"] for result in report["results"]))
    rows = []
    for version in versions:
        row = [version]
        for world in worlds_of(report):
            found = [r for r in report["results"] if (r["version"], r["world"]) == (version, world)]
            clock = "wall" if version == OURS_2 else "cpu"
            cells = [f"{number(result[f'vesicle_steps_per_{clock}_s'] / 1e6)}" for result in found]
            ratio = f" ({number(times[world, version])})" if (world, version) in times else ""
            row.append(cells[0] + ratio if cells else "–")
        rows.append(row)
    return markdown(["version", *map(short, worlds_of(report))], rows)


def cost(reports: dict[str, Any]) -> list[str]:
    """Nanoseconds a vesicle-step and bytes a vesicle against size, ours and the C program's."""
    report = reports["cycle"]
    versions = (OURS, "C, AVX2", "numpy, blocks")
    rows = []
    for world in worlds_of(report):
        found = {r["version"]: r for r in report["results"] if r["world"] == world}
        spent = [number(1e9 / found[v]["vesicle_steps_per_cpu_s"]) if v in found else "–" for v in versions]
        rows.append([world, *spent, f"{found[OURS]['bytes_per_vesicle']:.0f}"])
    return markdown(["world", *(f"ns, {version}" for version in versions), "bytes a vesicle, ours"], rows)


def bits(reports: dict[str, Any]) -> list[str]:
    """In how many worlds the bits are ours."""
    rows = []
    for version in dict.fromkeys(same["version"] for same in reports["cycle"]["equal"]):
        found = [same for same in reports["cycle"]["equal"] if same["version"] == version]
        equal = sum(same["equal"] for same in found)
        rows.append([version, str(len(found)), str(min(same["steps"] for same in found)), str(equal)])
    return markdown(["version", "worlds compared", "after steps", f"with the bits of {OURS}"], rows)


def rates(reports: dict[str, Any]) -> list[str]:
    """What the machine can do."""
    report = reports["roofline"]
    found = {(r["what"], r["cores"]): r for r in report["results"]}
    rows = [
        [
            what,
            found[what, "one core"]["unit"],
            *(number(found[what, cores]["rate"]) for cores in ("one core", "all cores")),
        ]
        for what in dict.fromkeys(r["what"] for r in report["results"])
    ]
    return markdown(["what", "unit", "one core", "all cores"], rows)


def limits(reports: dict[str, Any]) -> list[str]:
    """What a vesicle needs in a step, the time that takes at the machine's rates, and what was measured."""
    measured = {
        (r["world"], r["version"]): 1e9 / r["vesicle_steps_per_cpu_s"]
        for r in reports.get("cycle", {}).get("results", [])
    }
    rows = []
    for limit in reports["roofline"]["limits"]:
        spent = limit["nanoseconds"]
        found = [measured.get((limit["world"], version)) for version in ("C, AVX2", OURS)]
        rows.append(
            [
                short(limit["world"]),
                f"{limit['bytes']:.0f}",
                f"{limit['look_ups']:.2f}",
                f"{limit['blocks']:.2f}",
                *(number(spent[name]) for name in ("streams", "look-ups", "draws")),
                number(sum(spent.values())),
                *("–" if value is None else number(value) for value in found),
            ]
        )
    columns = (
        "bytes",
        "look-ups",
        "draws",
        "ns streams",
        "ns look-ups",
        "ns draws",
        "ns in all",
        "ns C, AVX2",
        "ns ours",
    )
    return markdown(["world", *columns], rows)


def rule(reports: dict[str, Any]) -> list[str]:
    """The whole rule."""
    return updates(reports["rule"])


def three_factor(reports: dict[str, Any]) -> list[str]:
    """Traces and one modulator alone."""
    return updates(reports["three_factor"])


def updates(report: dict[str, Any]) -> list[str]:
    """Millions of synapse updates a CPU second (wall, where a version has no CPU time); bytes a synapse."""
    times = {
        (r["synapses"], r["precision"], r["than"] if r["version"] == OURS else r["version"]): r["times"]
        for r in report["ratios"]
    }
    rows = []
    for result in report["results"]:
        place = (result["synapses"], result["precision"])
        cpu = None if result["version"] == OURS_2 else result["updates_per_cpu_s"]
        rate = result["updates_per_wall_s"] if cpu is None else cpu
        ratio = times.get((*place, result["version"]))
        held = f"{result['bytes_per_synapse']:.0f}"
        row = [f"{place[0]:,}", place[1], result["version"], number(rate / 1e6), "" if ratio is None else number(ratio)]
        rows.append([*row, held])
    return markdown(["synapses", "precision", "version", "M/s", "ours is times", "bytes a synapse"], rows)


def synapse_memory(reports: dict[str, Any]) -> list[str]:
    """Bytes a synapse takes with all stages at work: counted, and by resident memory beside the graph's."""
    rows = [
        [f"{r['synapses']:,}", r["precision"], number(r["counted"]), number(r["resident with model"])]
        for r in reports["synapse_memory"]["results"]
    ]
    return markdown(["synapses", "precision", "bytes counted", "resident with the model"], rows)


def scale(reports: dict[str, Any]) -> list[str]:
    """Cost and memory against size, of vesicles and of synapses that learn."""
    columns = ("ns_a_vesicle", "ns_a_synapse", "bytes_a_vesicle", "bytes_a_synapse")
    rows = [
        [f"{r['vesicles']:,}", f"{r['synapses']:,}", *("–" if r[name] is None else number(r[name]) for name in columns)]
        for r in reports["scale"]["results"]
    ]
    return markdown(["vesicles", "synapses", *(name.replace("_", " ") for name in columns)], rows)


def recording(reports: dict[str, Any]) -> list[str]:
    """What it costs to record every step."""
    rows = [
        [r["world"], f"{r['vesicles']:,}", f"{r['synapses']:,}", number(1e3 * r["never_s"]), f"{100 * r['cost']:.1f} %"]
        for r in reports["recording"]["results"]
    ]
    return markdown(["world", "vesicles", "synapses", "ms a step, not recorded", "recorded, more"], rows)


def field(reports: dict[str, Any]) -> list[str]:
    """A field forward and back."""
    rows = [
        [f"{r['nodes']:,}", r["version"], number(r["forward_s"]), number(r["backward_s"]), f"{r['bytes'] / 1e6:,.0f}"]
        for r in reports["field"]["results"]
    ]
    return markdown(["nodes", "version", "CPU s, forward", "CPU s, back", "MB"], rows)


TABLES: dict[
    str, tuple[str, Callable[[dict[str, Any]], list[str]]]
] = {  # name -> (the report that it needs, the table)
    "machine": ("roofline", machine),
    "cycle": ("cycle", cycle),
    "cost": ("cycle", cost),
    "bits": ("cycle", bits),
    "rates": ("roofline", rates),
    "limits": ("roofline", limits),
    "rule": ("rule", rule),
    "three_factor": ("three_factor", three_factor),
    "synapse_memory": ("synapse_memory", synapse_memory),
    "scale": ("scale", scale),
    "recording": ("recording", recording),
    "field": ("field", field),
}


def worlds_of(report: dict[str, Any]) -> list[str]:
    """The worlds of a report, in order."""
    return list(dict.fromkeys(result["world"] for result in report["results"]))


def short(world: str) -> str:
    """A world in the head of a column: ``1e3, 1e4, D = 0``."""
    return re.sub(r"\b(1[0,]*)( nodes| vesicles)", lambda found: f"1e{found[1].count('0')}", world)


def number(value: float) -> str:
    """Three digits, without an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def markdown(head: list[str], rows: list[list[str]]) -> list[str]:
    """The lines of a table; the first column holds words, the others numbers or words."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def filled(page: str, reports: dict[str, Any]) -> str:
    """The page with its tables renewed."""
    for name, (needed, table) in TABLES.items():
        if needed in reports:
            lines = "\n".join(table(reports))
            page = re.sub(
                BLOCK.format(name), lambda found, lines=lines: f"{found[1]}{lines}\n{found[2]}", page, flags=re.S
            )
    return page


def main() -> None:
    """Renew the tables of one page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("reports", type=Path, help="what vesicle-abm bench --json wrote")
    options.add_argument("page", type=Path, help="the page to renew")
    chosen = options.parse_args()
    reports = json.loads(chosen.reports.read_text(encoding="utf-8"))
    chosen.page.write_text(filled(chosen.page.read_text(encoding="utf-8"), reports), encoding="utf-8")


if __name__ == "__main__":
    main()
