"""Designs: which conditions they try, and what is refused before anything runs."""

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.experiments import designs
from vesicle_abm.experiments.texts import range_of, sweep_of, text_of, toml_of, value_of
from vesicle_abm.experiments.trial import Trial
from vesicle_abm.experiments.validation import DesignError, validate

HAZARD, STAY, COUNT = "kinds.walker.decay.hazard", "kinds.walker.migration.stay", "kinds.walker.emission.count"


def test_a_grid_has_every_combination_and_each_is_run_with_the_same_seeds():
    conditions = designs.grid({HAZARD: [0.1, 0.2], STAY: [1.0, 2.0, 3.0]})
    assert len(conditions) == 6
    assert conditions[:2] == [((HAZARD, 0.1), (STAY, 1.0)), ((HAZARD, 0.1), (STAY, 2.0))]
    trials = designs.replicated(conditions, 2, seed=5)
    assert [trial.replicate for trial in trials] == [0, 1] * 6
    assert {trial.seed for trial in trials} == {va.seed_of(5, 0), va.seed_of(5, 1)}
    assert len({trial.seed for trial in designs.replicated(conditions, 2, seed=5, paired=False)}) == 12


def test_a_thousand_million_combinations_are_counted_and_not_built():
    with pytest.raises(va.InputError, match="has 1,000,000,000 combinations; at most 1,000,000 are allowed"):
        designs.grid({f"key{number}": range(10) for number in range(9)})
    with pytest.raises(va.InputError, match="has 2,000,000 trials"):
        designs.replicated([()] * 2, 1_000_000, seed=0)


def test_a_latin_hypercube_has_one_condition_in_each_part_of_each_range():
    spread = [range_of(f"{HAZARD}=0.001:1:log"), range_of(f"{STAY}=0:8")]
    found = designs.latin_hypercube(spread, 8, seed=3)
    hazard, stay = (np.array([dict(row)[key] for row in found]) for key in (HAZARD, STAY))
    assert sorted(np.floor(stay)) == list(range(8))
    assert sorted(np.floor(8 * np.log10(hazard / 0.001) / 3)) == list(range(8))
    assert found == designs.latin_hypercube(spread, 8, seed=3) != designs.latin_hypercube(spread, 8, seed=4)


def test_a_sobol_sequence_has_a_condition_in_every_cell_of_an_even_grid():
    """Sixteen points in two dimensions: one in each of 4 * 4 cells, a (0, 4, 2) net in base two (Sobol' 1967)."""
    found = designs.sobol([range_of("a=0:4"), range_of("b=0:4")], 16, seed=1)
    cells = {(int(dict(row)["a"]), int(dict(row)["b"])) for row in found}
    assert len(cells) == 16
    with pytest.raises(va.InputError, match="a power of two keeps them balanced, say 8 or 16"):
        designs.sobol([range_of("a=0:4")], 10)


def test_whole_numbers_are_all_as_likely_and_the_ends_are_among_them():
    found = range_of("count=1:4:int").at((np.arange(1000) + 0.5) / 1000)
    assert np.bincount(found).tolist() == [0, 250, 250, 250, 250]
    assert all(type(value) is int for value in found)
    assert set(range_of("count=1:100:int:log").at([0.0, 1.0])) == {1, 100}


@pytest.mark.parametrize("text", [f"{HAZARD}=0.001:0.1:log", f"{COUNT}=1.0:9.0:int", "a=1.0:9.0:log:int"])
def test_a_range_is_written_as_it_is_read(text):
    assert text_of(range_of(text)) == text


@pytest.mark.parametrize("value", [0.1, 1e-5, 3, True, "word", "two words", [1, "a"], {"rule": "x", "rates": [0.5]}])
def test_a_value_is_written_as_toml_reads_it(value):
    assert value_of(toml_of(value)) == value


def test_a_sweep_is_a_list_of_values():
    assert sweep_of("a.b=1,2.5") == ("a.b", [1, 2.5])
    assert sweep_of("a=relu,tanh") == ("a", ["relu", "tanh"])
    assert sweep_of('a=[1, 2],[3],"x,y"') == ("a", [[1, 2], [3], "x,y"])


def test_a_list_of_conditions_is_read_from_csv_and_an_empty_cell_changes_nothing(tmp_path):
    file = tmp_path / "conditions.csv"
    file.write_text(f"{HAZARD},{STAY}\n0.1,\n0.2,5\n")
    assert designs.from_csv(file) == [((HAZARD, 0.1),), ((HAZARD, 0.2), (STAY, 5))]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("a,a\n1,2\n", "'a' is twice among the keys"),
        ("a,b\n1\n", "row 2: 1 cells for 2 keys"),
        ("a\n", "no condition is given"),
        ("a\n1\n2\n1\n", "condition 3 is the same as 1"),
    ],
)
def test_a_bad_list_is_refused(tmp_path, content, words):
    file = tmp_path / "conditions.csv"
    file.write_text(content)
    with pytest.raises(va.InputError, match=words):
        designs.from_csv(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a=3:1", "the range 3:1 is empty"),
        ("a=1:1", "is empty"),
        ("a=0:1:log", "numbers > 0 have logarithms"),
        ("a=1:2.5:int", "whole numbers are allowed"),
        ("a=1:2:lg", "got 'lg'; log and int are allowed"),
        ("a=1:nan", "finite numbers are allowed"),
        ("a=1", "KEY=LOW:HIGH"),
        ("1:2", "KEY=LOW:HIGH"),
    ],
)
def test_a_bad_range_is_refused(text, words):
    with pytest.raises(va.InputError, match=words):
        range_of(text)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: designs.grid({"a": []}), "a list of values is allowed, one at least"),
        (lambda: designs.grid({"a": "12"}), "a: got '12'; a list of values"),
        (lambda: designs.grid({"a": [1, 1]}), "a: 1 stands twice"),
        (lambda: designs.latin_hypercube([], 4), "no range is given"),
        (lambda: designs.latin_hypercube([range_of("a=0:1")] * 2, 4), "a: stands twice"),
        (lambda: designs.latin_hypercube([range_of("a=0:1")], 0), "got 0"),
        (lambda: designs.replicated([()], 0, seed=0), "replicates: got 0"),
        (lambda: sweep_of("a="), "KEY=V1,V2"),
        (lambda: sweep_of("a=1,,2"), "a value is missing"),
    ],
)
def test_a_bad_design_is_refused(make, words):
    with pytest.raises(va.InputError, match=words):
        make()


def test_every_problem_of_a_design_is_told_at_once_with_the_number_of_conditions():
    grid = designs.grid({"kinds.walker.decay.hazrd": [0.1, 0.2], "kinds.walker.absorb": [0.5, 3.0]})
    with pytest.raises(DesignError) as caught:
        validate(va.Scenario.load("random_walk"), designs.replicated(grid, 5, seed=0))
    first, unknown, bounds = str(caught.value).splitlines()
    assert first == "4 of 4 conditions cannot run; nothing was run"
    assert "hazrd: hazard has no such parameter; did you mean 'hazard'?" in unknown
    assert unknown.endswith("(in 4 conditions)")
    assert bounds == "kinds.walker.absorb: got 3.0; a number >= 0 and <= 1 is allowed (in 2 conditions)"


def test_what_only_the_graph_knows_is_found_too():
    trials = [Trial(((HAZARD, 0.1),)), Trial(((HAZARD, "clubb"),))]
    with pytest.raises(DesignError, match=r"(?s)1 of 2 conditions.*no node attribute 'clubb'.*'club'"):
        validate(va.Scenario.load("random_walk"), trials)


def test_nothing_is_run_or_written_of_a_design_that_is_refused(tmp_path):
    with pytest.raises(DesignError, match="1 of 2 conditions cannot run"):
        va.batch("random_walk", sweep={HAZARD: [0.1, 1.5]}, out=tmp_path / "study")
    with pytest.raises(va.InputError, match="got several designs"):
        va.batch("random_walk", sweep={HAZARD: [0.1]}, rows=[{HAZARD: 0.1}], out=tmp_path / "study")
    assert not (tmp_path / "study").exists()
