"""The plausibility map holds the document's facts, says what is ours, and the docs page shows the same."""

import copy
import re
import tomllib
from pathlib import Path

import pytest

from vesicle_abm.core.errors import InputError
from vesicle_abm.data.plausibility import (
    DOCUMENT,
    FILE,
    PARTS,
    UPDATE,
    as_markdown,
    meanings,
    plausibility,
    plausibility_of,
    read,
)

PAGE = Path(__file__).parents[2] / "docs" / "plausibility.md"
SECTION_6_5 = [  # level, class and years of the document's nine rows, in its order
    ("Strong", "Plausible", {1949, 1997, 1998}),
    ("Strong", "Plausible", {1998, 2005, 2007}),
    ("Growing", "Plausible", {2004, 2005, 2013}),
    ("Strong", "Plausible", {1985, 1990}),
    ("Indirect / Conceptual", "Inspired", set()),
    ("Indirect", "Inspired / Plausible", set()),
    ("Emerging", "Plausible-in-Principle", {1996, 2002, 2023}),
    ("Conceptual", "Inspired", set()),
    ("None", "Inspired", set()),
]


def years(row):
    return {int(year) for source in row.sources for year in re.findall(r"\d{4}", source.short)}


@pytest.fixture
def tables():
    return copy.deepcopy(tomllib.loads(FILE.read_text(encoding="utf-8")))


def test_the_documents_nine_rows_come_first_with_its_levels_classes_and_years():
    rows = [row for row in plausibility() if row.origin == DOCUMENT]
    assert list(plausibility()[: len(rows)]) == rows
    assert [(row.support, row.classification, years(row)) for row in rows] == SECTION_6_5


def test_the_update_is_about_the_astrocyte_and_says_that_its_ratings_are_ours():
    rows = [row for row in plausibility() if row.origin == UPDATE]
    assert rows
    assert all(row.parts == ("astrocyte",) and "are ours" in row.note for row in rows)
    assert any("10.1126/science.adq5480" in source.full for row in rows for source in row.sources)


def test_every_part_has_a_row_and_an_unrated_part_has_none():
    assert all(plausibility_of(part) for part in PARTS)
    assert plausibility_of("bounds") == plausibility_of("no such part") == ()
    assert {row.name for row in plausibility_of("chance")} == {
        "Probabilistic synaptic updates",
        "Logistic form of the probabilistic gate",
    }


def test_only_sources_in_use_are_listed_and_only_one_gives_a_doi(tables):
    used = {name for row in tables["component"] for name in row.get("citations", [])}
    assert used == set(tables["sources"])
    dois = [name for name, table in tables["sources"].items() if re.search(r"10\.\d{4}/", table["full"])]
    assert dois == ["lefton_2025"]


def test_a_year_that_differs_between_map_and_list_has_a_note():
    sources = {source for row in plausibility() for source in row.sources}
    differ = [source for source in sources if re.search(r"\d{4}", source.short).group() not in source.full]
    assert [source.short for source in differ] == ["Yu and Dayan 2005"]
    assert all(source.note for source in differ)


def test_every_word_of_the_map_has_a_meaning():
    assert {row.support for row in plausibility()} | {row.classification for row in plausibility()} == set(meanings())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"support": "Strng"}, "support: got 'Strng'; did you mean 'Strong'"),
        ({"classification": "plausible"}, "classification: got 'plausible'; did you mean 'Plausible'"),
        ({"parts": ["fase"]}, "parts: got 'fase'; did you mean 'phase'"),
        ({"citations": ["hebb"]}, "citations: got 'hebb'; did you mean 'hebb_1949'"),
        ({"origin": "us"}, "origin: got 'us'"),
        ({"citations": []}, "nothing backs this row"),
        ({"suport": "Strong"}, "got 'suport'; did you mean 'support'"),
    ],
)
def test_a_wrong_word_in_the_file_is_refused_with_the_nearest(tables, change, message):
    tables["component"][0] |= change
    with pytest.raises(InputError, match=re.escape(message)):
        read(tables)


def test_a_row_without_a_needed_field_is_refused(tables):
    del tables["component"][0]["support"]
    with pytest.raises(InputError, match="support"):
        read(tables)


def test_the_docs_page_shows_the_data_as_it_is():
    assert PAGE.read_text(encoding="utf-8").endswith("\n" + as_markdown())


def test_every_row_of_the_table_has_six_cells():
    table = [line for line in as_markdown().splitlines()[: 2 + len(plausibility())]]
    assert all(line.count("|") == 7 for line in table)
