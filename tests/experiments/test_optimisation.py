"""Optimisation: the search itself on a function, and a study that goes on where it was stopped."""

import math

import pandas as pd
import pytest

import vesicle_abm as va
from vesicle_abm.experiments.optimisation import Search, tries

RANGES = [va.Range("x", 0.0, 1.0), va.Range("rate", 1e-4, 1.0, log=True), va.Range("n", 1, 9, whole=True)]
HAZARD = "kinds.walker.decay.hazard"


def searched(points, told=lambda x, rate, n: (x - 0.3) ** 2 + math.log10(rate / 0.01) ** 2 / 8 + (n - 4) ** 2 / 64):
    """What is asked, and what comes out, least at 0.3, 0.01 and 4."""
    search, found = Search(RANGES, "minimise", seed=1), []
    for _ in range(points // 4):
        asked = search.ask(4)
        values = [told(**dict(settings)) for settings in asked]
        search.tell(values)
        found += zip(asked, values, strict=True)
    return found


def test_the_search_comes_nearer_than_chance_and_asks_the_same_again():
    """By chance the mean is (1 / 3 - 0.3 + 0.09) + (4 / 3) / 8 + (60 / 9 + 1) / 64 = 0.41."""
    found = searched(80)
    assert sum(value for _, value in found[-20:]) / 20 < 0.1
    assert found == searched(80)
    for settings, _ in found:
        assert all(each.low <= value <= each.high for each, (_, value) in zip(RANGES, settings, strict=True))
        assert type(dict(settings)["n"]) is int


def test_points_that_failed_are_not_asked_again_and_again():
    found = searched(40, told=lambda x, rate, n: math.nan if x > 0.5 else x)
    assert sum(settings[0][1] <= 0.5 for settings, _ in found[-20:]) > 10


def test_tries_are_means_over_replicates_and_a_failed_one_makes_no_best():
    frame = pd.DataFrame(
        {
            "a": [1.0, 1.0, 2.0, 2.0, 3.0, 3.0],
            "status": ["done"] * 3 + ["failed"] + ["done"] * 2,
            "metric.m": [4.0, 6.0, 1.0, None, 7.0, 9.0],
        }
    )
    table = tries(frame, ["a"], "m", 2, "minimise")
    assert table["a"].tolist() == [1.0, 2.0, 3.0]
    assert table["m"].tolist() == pytest.approx([5.0, math.nan, 8.0], nan_ok=True)
    assert table["best"].tolist() == [5.0, 5.0, 5.0]


def test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path):
    how = {"metric": "walker.alive.last", "direction": "minimise", "steps": 5, "workers": 1, "at_once": 2, "seed": 3}
    ranges = [f"{HAZARD}=0.001:0.5:log"]
    whole = va.optimise("random_walk", ranges, trials=5, out=tmp_path / "whole", **how)
    va.optimise("random_walk", ranges, trials=3, out=tmp_path / "parts", **how)
    first = va.Study.open(tmp_path / "parts").frame()
    more = va.optimise("random_walk", ranges, trials=5, out=tmp_path / "parts", **how)
    pd.testing.assert_frame_equal(whole, more, check_exact=True)
    last = va.Study.open(tmp_path / "parts").frame()
    pd.testing.assert_frame_equal(first, last.iloc[:3], check_exact=True)  # wall_s too: not run again
    assert len(last) == 5
    assert va.optimise("random_walk", ranges, trials=2, out=tmp_path / "parts", **how).equals(whole.iloc[:2])
    assert whole["best"].is_monotonic_decreasing


def test_a_run_that_failed_and_then_does_not_changes_what_is_asked_and_nothing_is_lost(tmp_path):
    """The first dozen points are asked by chance; those behind depend on what the failed ones are worth."""
    flag, out = tmp_path / "flag", tmp_path / "study"
    script = tmp_path / "own.py"
    script.write_text(
        "from pathlib import Path\n"
        "def worth(model):\n"
        f"    if Path({str(flag)!r}).exists() and len(model.vesicles) < 10:\n"
        "        raise RuntimeError('as long as the flag is there')\n"
        "    return {'worth': len(model.vesicles)}\n"
    )
    how = {"metric": "worth", "metrics": [f"{script}:worth"], "direction": "minimise", "retries": 0, "seed": 3}
    how |= {"steps": 5, "workers": 1, "trials": 16}
    flag.touch()
    failing = va.optimise("random_walk", [f"{HAZARD}=0.001:0.9"], out=out, **how)
    assert 0 < failing["worth"].isna().sum() < 16
    before = set(va.Study.open(out).frame().query("status == 'done'")["run_id"])
    flag.unlink()
    after = va.optimise("random_walk", [f"{HAZARD}=0.001:0.9"], out=out, **how)
    whole = va.optimise("random_walk", [f"{HAZARD}=0.001:0.9"], out=tmp_path / "whole", **how)
    pd.testing.assert_frame_equal(after, whole, check_exact=True)
    assert not after["worth"].isna().any()
    assert before <= {path.name for path in (out / "runs").iterdir()}


def test_a_search_is_one_batch_whose_workers_last_from_round_to_round(tmp_path):
    script, events = tmp_path / "own.py", []
    script.write_text("import os\ndef worker(model):\n    return {'worker': os.getpid()}\n")
    how = {"metric": "walker.alive.last", "metrics": [f"{script}:worker"], "steps": 5, "workers": 1, "at_once": 2}
    va.optimise("random_walk", [f"{HAZARD}=0.01:0.5"], trials=6, out=tmp_path / "study", report=events.append, **how)
    assert va.Study.open(tmp_path / "study").frame()["metric.worker"].nunique() == 1
    assert [event.event for event in events] == ["began", *["done"] * 6, "ended"]
    assert {event.total for event in events} == {6}


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"direction": "maximize"}, "did you mean 'maximise'"),
        ({"trials": 0}, "trials: got 0"),
        ({"at_once": 0}, "at_once: got 0"),
        ({"metric": "walker.alive.lst"}, "did you mean 'walker.alive.last'"),
        (
            {"metric": "reward_rat", "scenario": "contextual_bandit", "ranges": ["plasticity.chance.theta=0.001:0.01"]},
            "did you mean 'reward_rate'",
        ),
        (
            {"metric": "wave.branching_rato", "scenario": "cascade", "ranges": ["kinds.wave.absorb=0.1:0.5"]},
            "did you mean 'wave.branching_ratio'",
        ),
        ({"replicates": 10**6}, "has 50,000,000 trials"),
        ({"ranges": [f"{HAZARD}=0:1.001"]}, r"1 of 2 conditions cannot run; nothing was run\n.*: got 1.001"),
    ],
)
def test_bad_input_is_refused_before_anything_runs(tmp_path, how, words):
    given = {"scenario": "random_walk", "ranges": [f"{HAZARD}=0.01:0.5"], "metric": "walker.alive.last"} | how
    given["out"] = tmp_path / "study"
    with pytest.raises(va.InputError, match=words):
        va.optimise(**given)
    assert not (tmp_path / "study").exists()
