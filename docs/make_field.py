"""Makes the tables of docs/field.md: which shipped scenarios have a field, and how far their closures are off.

``python docs/make_field.py`` makes both; with names it measures those scenarios alone, and the others' rows stay;
``--first`` makes the first table alone, which takes a few seconds.
"""

import argparse
import re
from pathlib import Path

import numpy as np

import vesicle_abm as va

PAGE = Path(__file__).parent / "field.md"
BLOCK = r"(<!-- {} -->\n).*?(<!-- end -->)"
LOOKED = 5  # steps after which it is known what rules read
STEPS, REPLICATES, SEED = 100, 20, 1000
SHOWN = (".alive", ".level", "activation")  # how the quantities end that are shown


def fields() -> str:
    """A row for each shipped scenario: exact, a closure of what, or refused by which rule."""
    lines = ["| scenario | the field | where |", "| --- | --- | --- |"]
    for name in va.shipped_scenarios():
        field, found = None, {}
        try:
            field = va.Field(va.Scenario.load(name).build())
            for _ in field.course(LOOKED):
                found = field.closes
        except va.InputError as error:
            lines.append(f"| {name} | refused | `{error.key}`: {error.message.partition(';')[0]} |")
            continue
        where = ", ".join(f"`{key}` ({reads})" for key, reads in found.items())
        lines.append(f"| {name} | {'closure' if found else 'exact'} | {where} |")
    return "\n".join(lines) + "\n"


def errors(names: list[str], page: str) -> str:
    """A row for each number of a scenario with a closure; those of others than ``names`` are the page's."""
    lines = ["| scenario | mean over the steps of | field | replicates | bias | relative |"]
    lines.append("| --- | --- | " + "---: | " * 4)
    for name in va.shipped_scenarios():
        there = [line for line in page.splitlines() if line.startswith(f"| {name} | ") and "±" in line]
        lines += errors_of(name) if name in names else there
    return "\n".join(lines) + "\n"


def errors_of(name: str) -> list[str]:
    """The rows of a scenario; none where there is no field, or an exact one."""
    scenario = va.Scenario.load(name)
    model = scenario.build()
    try:
        field = va.Field(model)
        for _ in field.course(LOOKED):
            pass
    except va.InputError:
        return []
    if not field.closes:
        return []
    found = va.field_error(model, min(STEPS, scenario.steps), REPLICATES, SEED)
    shown = [(q, row) for q, row in found.iterrows() if str(q).endswith(SHOWN) and (row["field"] or row["replicates"])]
    return [f"| {name} | {quantity} | {told(row)} |" for quantity, row in shown]


def told(row) -> str:
    """The numbers of a row."""
    bias = "–" if np.isnan(row["bias"]) else f"{row['bias']:+.1f}"
    relative = "–" if np.isnan(row["relative"]) else f"{100.0 * row['relative']:.1f} %"
    return f"{row['field']:.4g} | {row['replicates']:.4g} ± {row['standard_error']:.2g} | {bias} | {relative}"


def with_table(page: str, name: str, table: str) -> str:
    """The page with a table in its place."""
    return re.sub(BLOCK.format(name), lambda found: found[1] + table + found[2], page, flags=re.DOTALL)


def main() -> None:
    """Put the tables into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", metavar="NAME", help="scenarios to measure (default: all)")
    parser.add_argument("--first", action="store_true", help="the first table alone")
    options = parser.parse_args()
    page = with_table(PAGE.read_text(encoding="utf-8"), "fields", fields())
    if not options.first:
        page = with_table(page, "errors", errors(options.name or list(va.shipped_scenarios()), page))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
