"""The scenarios film_limit, hypernetwork_limit and attention_limit show what they say, and the script tensor_limits.

Numbers are those of the files' own seed, 1; beside them stands what the closed forms of the script give, which the
runs meet with Z standard errors between, those of a mean over steps.
"""

import importlib.util
import re
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from oracles import Z
from PIL import Image
from scipy import stats

from vesicle_abm.experiments.texts import parse_setting
from vesicle_abm.places import shipped
from vesicle_abm.scenario import Scenario

SCRIPT = shipped("scenarios") / "tensor_limits.py"
FILM, HYPERNETWORK, ATTENTION = NAMES = ("film_limit", "hypernetwork_limit", "attention_limit")
RATE = 100.0  # of the files as they stand
CORRELATED = {FILM: 1.0, HYPERNETWORK: 5.0 / 3.0, ATTENTION: 1.0}  # (1 + q²) / (1 - q²), of squares that halve twice


@cache
def script():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("tensor_limits_script", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@cache
def finished(name: str):
    """A scenario's model, run to its end."""
    scenario = Scenario.load(name)
    model = scenario.build()
    model.run_for(scenario.steps)
    return model


def commands(name: str) -> list[tuple[str, ...]]:
    """The settings of each command that the comments tell."""
    lines = re.findall(r"^#   … (.*)$", Scenario.load(name).text, re.M)
    return [tuple(re.findall(r"--set (\S+)", line)) for line in lines]


@cache
def found(name: str, settings: tuple[str, ...], steps: int) -> dict[str, float]:
    """The metrics of a run with these settings."""
    scenario = Scenario.load(name)
    for key, value in map(parse_setting, settings):
        scenario = scenario.override(key, value)
    model = scenario.build()
    model.run_for(steps)
    return model.metrics


def relative_error(metrics: dict[str, float]) -> float:
    return metrics["rms_error"] / metrics["direct_rms"]


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_told_are_those_of_the_run(name):
    metrics, text = finished(name).metrics, Scenario.load(name).expect
    for key in ("rms_error", "direct_rms"):
        (told,) = re.findall(rf"{key} (\d\.\d\d)", text)
        assert float(told) == round(metrics[key], 2)
    (told,) = re.findall(r"leaves of chance, (\d\.\d{3})", text)
    assert float(told) == round(metrics["bias"], 3)


@pytest.mark.parametrize("name", NAMES)
def test_the_error_of_a_run_is_the_closed_forms(name):
    """The mean of squared errors over the steps that count, by its standard error."""
    model = finished(name)
    squares = model.record["task.rms_error"].to_numpy()[-int(model.metrics["samples"]) :] ** 2
    error = squares.std(ddof=1) * np.sqrt(CORRELATED[name] / len(squares))
    expected = script().LIMITS[name].variance(model, RATE)
    assert abs(squares.mean() - expected) < Z * error
    assert error < 0.05 * expected
    assert squares.mean() == pytest.approx(model.metrics["rms_error"] ** 2)


@pytest.mark.parametrize("name", NAMES)
def test_the_bias_is_what_a_mean_over_the_steps_leaves_of_chance(name):
    """Standardised, the squares of independent outputs have mean 1 and variance 2: sqrt(2 / outputs) is the error."""
    model = finished(name)
    metrics = model.metrics
    by_chance = metrics["variance"] * script().LIMITS[name].widened / metrics["samples"]
    outputs = model.state.task["direct"].size
    assert metrics["bias"] ** 2 / by_chance < 1.0 + Z * np.sqrt(2.0 / outputs)


def test_films_variance_is_the_one_by_hand():
    """(gamma - 1) h + beta: 1.5, -0.75, -0.75, -1, 0.25, 1.25, 0.75, 0.5; the squares' sum is 6.8125."""
    assert script().film_variance(finished(FILM), RATE) == pytest.approx(6.8125 / 8 / 100, rel=1e-12)


@pytest.mark.parametrize(("name", "error"), [(FILM, 0.1), (HYPERNETWORK, 0.1), (ATTENTION, 0.2)])
def test_a_hundred_times_the_vesicles_leave_a_tenth_of_the_error(name, error):
    assert relative_error(finished(name).metrics) == pytest.approx(error, rel=0.05)
    denser = found(name, commands(name)[0], 60)
    assert relative_error(denser) == pytest.approx(error / 10.0, rel=0.15)


def test_one_film_vesicle_a_step_is_off_by_as_much_as_the_output():
    assert relative_error(found(FILM, commands(FILM)[1], 500)) == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize(
    ("name", "command", "bias"),
    [(FILM, 2, 0.46), (HYPERNETWORK, 3, 1.5), (ATTENTION, 1, 0.56), (ATTENTION, 2, 0.36)],
)
def test_what_is_not_the_tensor_computation_is_told_as_bias(name, command, bias):
    metrics = found(name, commands(name)[command], 200)
    assert metrics["bias"] == pytest.approx(bias, rel=0.05)
    assert metrics["bias"] > Z * np.sqrt(3.0 * metrics["variance"] / metrics["samples"])


def test_the_hypernetwork_follows_its_context_and_without_vesicles_nothing_does():
    other, none = (found(HYPERNETWORK, commands(HYPERNETWORK)[command], 200) for command in (1, 2))
    assert relative_error(other) < 0.12
    assert other["direct_rms"] < 0.3 * none["direct_rms"]
    assert relative_error(none) == pytest.approx(1.0, abs=0.01)
    assert none["variance"] < 1e-20


@pytest.mark.parametrize("name", NAMES)
def test_the_comments_tell_the_rate_as_the_script_sets_it(name):
    told = dict(map(parse_setting, commands(name)[0]))
    assert told == pytest.approx(script().LIMITS[name].at(10_000.0), rel=1e-12)
    scenario = Scenario.load(name)
    for key, value in script().LIMITS[name].at(RATE).items():
        scenario = scenario.override(key, value)
    assert scenario.data == Scenario.load(name).data


@pytest.mark.parametrize("name", NAMES)
def test_both_views_run_it_to_the_same_bits(name):
    scenario = Scenario.load(name)
    for key, value in script().LIMITS[name].at(5.0).items():
        scenario = scenario.override(key, value)
    models = [scenario.build(view=view) for view in ("particles", "compiled")]
    for model in models:
        model.run_for(4)
    assert models[0].state.digest() == models[1].state.digest()


def test_the_scripts_fit_is_that_of_scipy():
    x, y = np.array([0.0, 1.0, 2.5, 4.0]), np.array([0.2, -1.0, -2.2, -4.1])
    expected = stats.linregress(x, y)
    assert script().fitted(x, y) == pytest.approx((expected.slope, expected.stderr), rel=1e-12)


def test_the_mean_inverse_of_a_poisson_number_is_its_sum():
    for mean in (0.3, 5.0, 700.0):
        n = np.arange(1, 2000)
        expected = (stats.poisson.pmf(n, mean) / n).sum() / stats.poisson.sf(0, mean)
        assert script().mean_inverse(mean) == pytest.approx(expected, rel=1e-9)


def test_the_script_tells_every_rate_and_a_slope_of_minus_one_and_draws(tmp_path):
    """Forty steps a run, seeds from 1 on; a slope is off by its own standard error, of few degrees of freedom."""
    command = [sys.executable, str(SCRIPT), "--out", str(tmp_path / "new"), "--steps", "40"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    slopes = re.findall(r"slope of log variance (-\d\.\d{3}) ± (\d\.\d{3}), over (\d) rates", done.stdout)
    assert len(lines) == len(NAMES) * (len(script().RATES) + 2)
    assert [int(rates) for *_, rates in slopes] == [8, 8, 5]
    assert all(abs(float(slope) + 1.0) < Z * float(error) < 0.3 for slope, error, _ in slopes)
    with Image.open(tmp_path / "new" / "tensor_limits.png") as picture:
        pixels = np.asarray(picture.convert("L"))
    assert 0.01 < (pixels < 240).mean() < 0.9


def test_the_script_refuses_runs_of_which_no_step_counts(tmp_path, capsys):
    with pytest.raises(SystemExit) as refused:
        script().main(["--out", str(tmp_path / "new"), "--steps", "32"])
    assert refused.value.code == 2
    assert "results count from step 30 on: at least 33 steps are needed" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
