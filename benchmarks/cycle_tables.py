"""The tables of the vesicle cycle's benchmark, and whether what is claimed was found."""

from typing import Any

from report import say_where, table_of
from rich.console import Console
from workload import Workload

OURS = "compiled, 1 thread"
WANTED = {"Mesa CellAgent": 100.0, "Mesa lean": 75.0, "C, AVX2": 0.85}
WANTED_FROM = 10_000  # vesicles; worlds from here on are what is claimed
WORDS = ("world", "version")


def show(report: dict[str, Any], console: Console) -> None:
    """The tables."""
    results = report["results"]
    speed = table_of(
        "Vesicle-steps a second, in millions (medians)",
        *("world", "version", "per CPU s", "per wall s", "ours is x", "bytes each"),
        words=WORDS,
    )
    scores = table_of("Standard scores: the versions do the same work", "world", "version", *names_of(results), words=WORDS)
    before = None
    for result in results:
        place = (result["nodes"], result["vesicles"], result["width"])
        ours = next(r for r in results if r["version"] == OURS and (r["nodes"], r["vesicles"], r["width"]) == place)
        label = Workload(*place).name if place != before else ""
        before = place
        times = ours["vesicle_steps_per_cpu_s"] / result["vesicle_steps_per_cpu_s"]
        rates = [f"{result[f'vesicle_steps_per_{clock}_s'] / 1e6:.3g}" for clock in ("cpu", "wall")]
        speed.add_row(label, result["version"], *rates, f"{times:.3g}", f"{result['bytes_per_vesicle']:.0f}")
        found = result["scores"]
        scores.add_row(
            label, result["version"], *(f"{found[name]:+.2f}" if name in found else "" for name in names_of(results))
        )
    console.print(speed)
    console.print(scores)
    console.print(f"All counts agree: {'yes' if report['agree'] else 'NO'}")
    for same in report["equal"]:
        verdict = "the same bits as" if same["equal"] else "OTHER bits than"
        console.print(f"{same['world']}: {same['version']} has {verdict} {OURS} at step {same['step']}")
    say_where(report, console)


def names_of(results: list[dict[str, Any]]) -> list[str]:
    """The names of all scores."""
    return list(dict.fromkeys(name for result in results for name in result["scores"]))


def show_claims(report: dict[str, Any], console: Console) -> None:
    """Whether what is claimed was found."""
    for found in report["ratios"]:
        if found["than"] in WANTED and found["vesicles"] >= WANTED_FROM:
            wanted = WANTED[found["than"]]
            met = "met" if found["times"] >= wanted else "NOT met"
            console.print(f"{found['world']}: {found['times']:.3g} times {found['than']}; claimed {wanted:g}: {met}")
