"""The tables of the vesicle cycle's benchmark, and whether what is claimed was found."""

from typing import Any

from report import say_where, table_of
from rich.console import Console

OURS = "compiled, 1 thread"
WANTED = {"Mesa CellAgent": 100.0, "Mesa lean": 75.0, "C, AVX2": 0.85}
WANTED_FROM = 10_000  # vesicles; worlds from here on are what is claimed
COLUMNS = ("version", "per CPU s", "per wall s", "ours is x", "bytes each", "score")


def show(report: dict[str, Any], console: Console) -> None:
    """The tables; of the standard scores, the farthest."""
    for world in dict.fromkeys(result["world"] for result in report["results"]):
        results = [result for result in report["results"] if result["world"] == world]
        ours = next(result for result in results if result["version"] == OURS)
        table = table_of(f"{world}: vesicle-steps a second, in millions (medians)", *COLUMNS, words=COLUMNS[:1])
        for result in results:
            rates = [f"{result[f'vesicle_steps_per_{clock}_s'] / 1e6:.3g}" for clock in ("cpu", "wall")]
            times = ours["vesicle_steps_per_cpu_s"] / result["vesicle_steps_per_cpu_s"]
            score = max(result["scores"].values(), key=abs)
            held = f"{result['bytes_per_vesicle']:.0f}"
            table.add_row(result["version"], *rates, f"{times:.3g}", held, f"{score:+.1f}")
        console.print(table)
    console.print(f"All counts agree: {'yes' if report['agree'] else 'NO'}")
    for same in report["equal"]:
        verdict = "the same bits as" if same["equal"] else "OTHER bits than"
        console.print(
            f"{same['world']}: {same['version']} has {verdict} {OURS} after {same['steps']} steps", soft_wrap=True
        )
    say_where(report, console)


def show_claims(report: dict[str, Any], console: Console) -> None:
    """Whether what is claimed was found."""
    for found in report["ratios"]:
        if found["than"] in WANTED and found["vesicles"] >= WANTED_FROM:
            wanted = WANTED[found["than"]]
            met = "met" if found["times"] >= wanted else "NOT met"
            words = f"{found['times']:.3g} times {found['than']}; claimed {wanted:g}: {met}"
            console.print(f"{found['world']}: {words}", soft_wrap=True)
