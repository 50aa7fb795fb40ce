"""Makes the tables of docs/field.md: which shipped scenarios have a field, and how far their closures are off.

``python docs/make_field.py`` makes both, ``--first`` the first alone, which takes a few seconds.
"""

import argparse
import re
from pathlib import Path

import numpy as np

import vesicle_abm as va

PAGE = Path(__file__).parent / "field.md"
BLOCK = r"(<!-- {} -->\n).*?(<!-- end -->)"
LOOKED = 5  # steps after which it is known what rules read
STEPS, REPLICATES, SEED = 200, 40, 1000
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


def errors() -> str:
    """A row for each number of a scenario with a closure."""
    lines = [
        "| scenario | mean over the steps of | field | replicates | bias | relative |",
        "| --- | --- | " + "---: | " * 4,
    ]
    for name in va.shipped_scenarios():
        scenario = va.Scenario.load(name)
        model = scenario.build()
        try:
            field = va.Field(model)
            for _ in field.course(LOOKED):
                pass
        except va.InputError:
            continue
        if not field.closes:
            continue
        found = va.field_error(model, min(STEPS, scenario.steps), REPLICATES, SEED)
        for quantity, row in found.iterrows():
            if str(quantity).endswith(SHOWN) and (row["field"] or row["replicates"]):
                lines.append(f"| {name} | {quantity} | {told(row)} |")
    return "\n".join(lines) + "\n"


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
    parser.add_argument("--first", action="store_true", help="the first table alone")
    tables = {"fields": fields} | ({} if parser.parse_args().first else {"errors": errors})
    page = PAGE.read_text(encoding="utf-8")
    for name, make in tables.items():
        page = with_table(page, name, make())
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
