"""Sensitivity against functions whose indices are known, and of runs."""

import sys

import numpy as np
import pandas as pd
import pytest

import vesicle_abm as va
from vesicle_abm.experiments.sensitivity import analyse, outcomes, points

UNIT = [va.Range(f"x{number}", 0.0, 1.0) for number in range(3)]


def ishigami(parts):
    """sin x1 + 7 sin(x2)**2 + 0.1 x3**4 sin x1, x from -pi to pi (Ishigami and Homma 1990)."""
    x, y, z = (2.0 * parts - 1.0).T * np.pi
    return np.sin(x) + 7.0 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)


def test_sobol_indices_of_ishigamis_function_are_those_of_its_closed_form():
    """S1 = 0.3139, 0.4424, 0; ST = 0.5576, 0.4424, 0.2437 (Saltelli et al. 2008, for a = 7, b = 0.1)."""
    parts = points("sobol", UNIT, 1024, seed=1)
    assert parts.shape == (1024 * 5, 3)
    table = analyse("sobol", UNIT, parts, ishigami(parts), seed=1)
    assert (abs(table["S1"] - [0.3139, 0.4424, 0.0]) < 1.5 * table["S1_conf"]).all()
    assert (abs(table["ST"] - [0.5576, 0.4424, 0.2437]) < 1.5 * table["ST_conf"]).all()
    assert (table["ST_conf"] < 0.1).all()


def test_morris_effects_of_a_plane_are_its_slopes_and_have_no_spread():
    parts = points("morris", UNIT, 8, seed=1)
    assert parts.shape == (8 * 4, 3)
    table = analyse("morris", UNIT, parts, parts @ [1.0, -2.0, 0.0], seed=1)
    assert table["mu_star"].tolist() == pytest.approx([1.0, 2.0, 0.0], abs=1e-12)
    assert table["mu"].tolist() == pytest.approx([1.0, -2.0, 0.0], abs=1e-12)
    assert table["sigma"].tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_an_analysis_is_that_of_its_seed(method, seed):
    parts = points(method, UNIT, 8, seed)
    assert (parts == points(method, UNIT, 8, seed)).all()
    assert (parts != points(method, UNIT, 8, seed + 1)).any()
    first, again = (analyse(method, UNIT, parts, ishigami(parts), seed) for _ in range(2))
    pd.testing.assert_frame_equal(first, again, check_exact=True)


def test_runs_without_a_value_are_named_and_nothing_is_analysed():
    """One NaN would make every Sobol' index 0, silently."""
    frame = pd.DataFrame(
        {
            "condition": ["a=1", "a=2", "a=3"],
            "replicate": 0,
            "status": ["done", "failed", "done"],
            "reason": ["", "killed: by a signal", ""],
            "metric.m": [1.0, None, None],
        }
    )
    with pytest.raises(va.InputError) as caught:
        outcomes(frame, "m", 1)
    assert str(caught.value).splitlines() == [
        "m: 2 of 3 runs have no value; nothing was analysed",
        "a=2, replicate 0: killed: by a signal",
        "a=3, replicate 0: no number for m",
    ]
    with pytest.raises(va.InputError, match="the metric is 3 everywhere"):
        analyse("sobol", UNIT, points("sobol", UNIT, 8, 1), np.full(40, 3.0), 1)
    with pytest.raises(va.InputError, match="40 of 40 values are not finite"):
        analyse("sobol", UNIT, points("sobol", UNIT, 8, 1), np.full(40, np.nan), 1)


def test_without_salib_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib.sample.morris", None)
    with pytest.raises(
        va.InputError, match=r'needs SALib, which is not installed: pip install "vesicle-abm\[experiments\]"'
    ):
        va.sensitivity("random_walk", ["kinds.walker.absorb=0:1"], metric="walker.alive.last", out=tmp_path / "study")
    assert not (tmp_path / "study").exists()


def test_of_a_walk_the_hazard_matters_and_the_stay_does_not(tmp_path):
    ranges = ["kinds.walker.decay.hazard=0.01:0.5:log", "kinds.walker.migration.stay=0:10"]
    how = {"metric": "walker.alive.last", "samples": 2, "steps": 10, "workers": 1, "out": tmp_path / "study"}
    hazard, stay = va.sensitivity("random_walk", ranges, **how).to_dict("records")
    assert hazard["mu"] < -5.0
    assert stay["mu_star"] == 0.0
    frame = va.Study.open(tmp_path / "study").frame()
    assert frame["seed"].nunique() == 1


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"method": "sobl"}, "did you mean 'sobol'"),
        ({"samples": 1}, "samples: got 1"),
        ({"method": "sobol", "samples": 12}, "a power of two >= 2 is allowed"),
        ({"method": "sobol", "samples": 2**29}, r"has 2,147,483,648 trials|has 1,610,612,736 trials"),
        ({"metric": "alive"}, "no metric 'alive'"),
    ],
)
def test_bad_input_is_refused_before_anything_runs(tmp_path, how, words):
    given = {"metric": "walker.alive.last", "out": tmp_path / "study"} | how
    with pytest.raises(va.InputError, match=words):
        va.sensitivity("random_walk", ["kinds.walker.decay.hazard=0.01:0.5"], **given)
    assert not (tmp_path / "study").exists()
