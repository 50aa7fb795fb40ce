"""The page on the mesh: its examples run, its commands are ones, and its tables are those of the code."""

import dataclasses
import re
import shlex
from pathlib import Path

import pytest

import vesicle_abm as va
from vesicle_abm.cli import parser
from vesicle_abm.neuromorphic.counts import PRICED
from vesicle_abm.neuromorphic.packets import COMPONENTS, LAYOUTS

PAGE = (Path(__file__).parents[2] / "docs" / "neuromorphic.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def rows() -> list[list[str]]:
    """The cells of every table's rows."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:1] == "|"]


def test_the_examples_run_one_behind_the_other():
    given: dict = {}
    for number, block in enumerate(blocks("python")):
        exec(compile(block, f"docs/neuromorphic.md, {number}", "exec"), given)
    assert given["books"].steps == 50


@pytest.mark.parametrize("line", "".join(blocks("bash")).splitlines())
def test_the_commands_are_ones(line):
    command, *words = shlex.split(line)
    assert command == "vesicle-abm"
    assert callable(parser().parse_args(words).command)


def test_the_table_of_limits_is_the_meshs_with_each_ones_source():
    said = {name: (row[1], row[2]) for row in rows() for name in re.findall(r"`(\w+)`", row[0]) if len(row) == 4}
    limits = va.Mesh.limits()
    assert set(said) == {row["limit"] for row in limits}
    for row in limits:
        value = row["value"]
        words = ", ".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}"
        assert said[row["limit"]] == (words, row["source"]), row["limit"]


def test_the_table_of_packets_is_the_layout():
    said = {row[0].strip("`"): row[1] for row in rows()}
    for packet, layout in LAYOUTS.items():
        plain = [f"{name} {width}" for name, width in layout if (name, width) not in COMPONENTS]
        contents = [f"content0 … content{len(COMPONENTS) - 1} {COMPONENTS[0][1]} each"] if packet == "flow" else []
        assert said[packet] == ", ".join(plain + contents)


def test_every_event_that_can_be_priced_and_every_number_of_the_books_is_explained():
    said = {name for row in rows() for name in re.findall(r"`(\w+)`", row[0])}
    books = {item.name for item in dataclasses.fields(va.Accounting)} - {"steps", "neurons", "synapses"}
    assert books | set(PRICED) | {"activation_sparsity"} <= said
