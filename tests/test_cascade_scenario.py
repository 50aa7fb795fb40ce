"""The scenario cascade shows what it says, in every regime that its comments name; and the script beside it.

The file's own seed is 1; a statistical check states its seeds, and Z bounds its z-score.
"""

import importlib.util
import re
import sys
from functools import cache

import numpy as np
import pytest
from oracles import Z, mean_z, share_z
from PIL import Image
from scipy import stats

import vesicle_abm as va
from vesicle_abm.experiments.texts import parse_setting
from vesicle_abm.places import shipped
from vesicle_abm.scenario import Scenario

SCRIPT = shipped("scenarios") / "cascade.py"
SPARKS, AT, DOCKING = 200, 10, 0.1
SEEDS = range(2, 26)


@cache
def script():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("cascade", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["cascade"] = module  # where its data classes are looked up
    spec.loader.exec_module(module)
    return module


@cache
def finished(*settings: str) -> va.VesicleModel:
    """The scenario with settings, run to its end."""
    scenario = Scenario.load("cascade")
    for key, value in map(parse_setting, settings):
        scenario = scenario.override(key, value)
    model = scenario.build()
    model.run_for(scenario.steps)
    return model


def with_ratio(ratio: float) -> va.VesicleModel:
    """One regime."""
    return finished(f"kinds.wave.emission.ratio={ratio}")


def gone(model) -> int:
    """Steps after which no wave is left."""
    alive = model.record["wave.alive"]
    return int(alive[alive > 0].index[-1]) + 1


@cache
def lines() -> dict[tuple[str, ...], str]:
    """What the comments say of each line of settings."""
    found = re.findall(r"^#   (?:vesicle-abm run cascade|…)(.*)$", Scenario.load("cascade").text, re.M)
    return {tuple(re.findall(r"--set (\S+)", line)): re.sub(r"--set \S+", "", line) for line in found}


def test_the_expectation_tells_the_numbers_of_the_run():
    model, words = finished(), " ".join(Scenario.load("cascade").expect.split())
    alive = model.record["wave.alive"]
    neighbours = [model.graph.node(label) for label in model.graph.to_networkx().neighbors(0)]
    assert model.state.docked[0].sum() == model.state.docked[0][neighbours].sum() == model.state.emitted[0, 0] == SPARKS
    assert f"From {alive.loc[12]} vesicles after 12 steps" in words
    assert f"after {gone(model)} steps none is left" in words
    born, ratio = model.counts_by_kind["wave"]["born"], model.metrics["wave.branching_ratio"]
    assert f"and {born:,} were born" in words
    assert f"comes out as {ratio:.3f} +- {np.sqrt(ratio / (SPARKS + born)):.3f}" in words


def test_nine_vesicles_a_spark_are_born_in_the_mean():
    """Total progeny of 200 sparks: mean 200 r / (1 - r) = 1,800, variance 200 r / (1 - r)**3; seed 1."""
    born = finished().counts_by_kind["wave"]["born"]
    assert abs(born - 1800) < Z * np.sqrt(SPARKS * 0.9 / 0.1**3)


@pytest.mark.parametrize("settings", lines(), ids=" ".join)
def test_every_comment_tells_the_numbers_of_its_run(settings):
    words, model = lines()[settings], finished(*settings)
    counts, ratio = model.counts_by_kind["wave"], model.metrics["wave.branching_ratio"]
    told = [
        (r"([\d,]+) born", counts["born"]),
        (r"none left after (\d+)", gone(model)),
        (r"([\d,]+) alive at the end", counts["alive"]),
        (r"full from step (\d+) on", int(model.state.tallies["saturated/wave"][1])),
        (r"([\d,]+) suppressed", int(model.state.tallies["saturated/wave"][2])),
    ]
    found = [(re.search(pattern, words), value) for pattern, value in told]
    checked = [int(match.group(1).replace(",", "")) == value for match, value in found if match]
    assert all(checked)
    ratios = re.findall(r"(\d\.\d{3})$", words)
    assert all(float(text) == round(ratio, 3) for text in ratios)
    assert len(checked) + len(ratios) >= 2 or "absorb" in settings[0]
    assert bool(model.warnings) == (counts["alive"] > 1000)


@pytest.mark.parametrize("ratio", [0.5, 0.9, 1.0, 1.2])
def test_the_measured_ratio_is_the_one_that_was_set(ratio):
    """Poisson offspring of D dockings: error sqrt(ratio / D); seed 1."""
    model = with_ratio(ratio)
    error = np.sqrt(ratio / model.state.docked.sum())
    assert abs(model.metrics["wave.branching_ratio"] - ratio) < Z * error


@pytest.mark.parametrize("ratio", [0.9, 1.2])
def test_the_mean_population_follows_its_closed_form_until_the_cap(ratio):
    """m(t) of the script, by the sample's own variance over 24 seeds; the walk over the graph does not matter."""
    looks = []
    for seed in SEEDS:
        model = Scenario.load("cascade").override("kinds.wave.emission.ratio", ratio).build(seed=seed)
        model.run_for(60)
        looks.append(model.record["wave.alive"])
    looks = np.array(looks, dtype=float)
    expected = script().mean_alive(ratio, 60)
    assert expected[AT + 1] == pytest.approx(SPARKS * ratio * (1 - DOCKING))
    assert expected[-1] / expected[-2] == pytest.approx(1 + DOCKING * (ratio - 1))
    assert np.abs(mean_z(looks, expected, looks.var(axis=0, ddof=1))).max() < Z


def test_a_full_population_goes_on_at_nine_tenths_of_its_cap():
    """A tenth docks in every step, after the births that fill it; a binomial share of 10,000."""
    alive = with_ratio(1.2).record["wave.alive"].loc[250:]
    assert np.abs(share_z(alive, 10_000, 0.9)).max() < Z
    assert abs(alive.mean() - 9000) < Z * np.sqrt(10_000 * 0.09 / len(alive))


def test_the_wave_gets_farther_than_the_sparks_that_set_it_off():
    """A critical cascade is seen at three nodes in four, sparks at the six next to node 0."""
    sparks, wave = np.count_nonzero(with_ratio(1.0).state.docked, axis=1)
    assert sparks <= 6
    assert wave > 150


# The script


def test_borels_law_is_a_distribution_with_mean_1_over_1_minus_ratio():
    n = np.arange(1.0, 3000.0)
    law = script().borel(n, 0.8)
    assert law.sum() == pytest.approx(1.0)
    assert (n * law).sum() == pytest.approx(5.0)
    assert law == pytest.approx(stats.poisson.pmf(n - 1, 0.8 * n) / n)
    assert script().borel(n, 1.0)[-1] * n[-1] ** 1.5 == pytest.approx(1 / np.sqrt(2 * np.pi), rel=1e-3)


@pytest.mark.parametrize("regime", ["sub-critical", "critical", "super-critical"])
def test_as_many_avalanches_end_as_should_and_the_ratio_is_the_one_set(regime):
    """Seeds 1 … 3, 1000 sparks each; a binomial share, and the estimate's own standard error."""
    ratio, generations = script().REGIMES[regime], script().GENERATIONS[regime]
    for seed in (1, 2, 3):
        found = script().avalanches(ratio, 1000, generations, seed)
        assert abs(share_z(found.ended.sum(), 1000, script().ending(ratio, generations))) < Z
        assert abs(found.estimate.ratio - ratio) < Z * found.estimate.error


def test_bins_hold_every_size_once():
    sizes = np.array([1, 1, 1, 2, 3, 3, 7, 20, 21, 400])
    _, share, error = script().density(sizes, 20)
    assert share[0] == 3 / 20
    assert error[0] == pytest.approx(np.sqrt(3) / 20)
    edges = np.unique(np.ceil(10 ** np.linspace(0, np.log10(401), 2 + int(6 * np.log10(401)))))
    widths = np.diff(edges)[np.histogram(sizes, edges)[0] > 0]
    assert (share * widths).sum() == pytest.approx(len(sizes) / 20)


def test_the_script_tells_a_line_a_regime_and_draws_a_picture(tmp_path, capsys):
    script().main(["--out", str(tmp_path / "new"), "--steps", "40", "--sparks", "60"])
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == ["regime", "sub-critical", "critical", "super-critical"]
    assert all(row.count("±") == 2 for row in rows[1:])
    with Image.open(tmp_path / "new" / "cascade.png") as picture:
        pixels = np.asarray(picture.convert("L"))
    assert 0.005 < (pixels < 240).mean() < 0.9


def test_the_script_refuses_a_run_without_a_wave(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        script().main(["--out", str(tmp_path / "new"), "--steps", "11"])
    assert caught.value.code == 2
    assert "first waves come in step 11" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
