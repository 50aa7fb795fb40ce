"""Path memory: how much it holds, what blending leaves, by probability; its scenario and script."""

import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from oracles import Z
from path_memory_worlds import PERIOD, among_lures, blending, one_round, scenario, survival
from PIL import Image

from vesicle_abm.scenario import Scenario
from vesicle_abm.tasks.path_memory import ANSWERED, CORRECT, OVERLAP, PATTERN

SCRIPT = Path(__file__).parents[2] / "scenarios" / "path_memory.py"


# Capacity


@pytest.mark.parametrize(("patterns", "slots", "copies"), [(12, 1, 4.0), (20, 2, 4.0)])
def test_accuracy_against_load_is_what_probability_says(patterns, slots, copies):
    """Eight seeds; the standard error of their mean is sqrt(sum p (1 - p) / 8) / P, were patterns independent; they
    compete for slots, so it is at most that. A cue of 1 sign in 10 flipped is missed with 0.15 %.
    """
    chance = survival(patterns, slots, copies)
    source = scenario(patterns=patterns, slots=slots, copies=copies)
    found = [one_round(source.build(seed=seed), patterns, PERIOD)[:, CORRECT].mean() for seed in range(8)]
    error = np.sqrt((chance * (1.0 - chance)).sum() / len(found)) / patterns
    assert error < 0.06
    assert abs(np.mean(found) - chance.mean()) < Z * error


# Interference


def test_a_blended_slot_holds_each_pattern_half_as_strong_as_the_one_after_it():
    model = blending(0.5, seed=2, patterns=6, width=16)
    model.run_for(6 * 2)
    patterns = model.state.task["patterns"]
    strength = 0.5 * 0.5 ** np.arange(5, -1, -1.0)
    assert model.state.memory[1, 0] == pytest.approx(strength @ patterns, abs=1e-9)


@cache
def blended(gate: float, runs: int = 60) -> np.ndarray:
    """(runs, 8, 4) recalls of eight patterns, the last first, against 15 lures."""
    found = [one_round(blending(gate, seed, patterns=8, lures=15), 8, 2) for seed in range(runs)]
    return np.array(found)[:, ::-1]


@pytest.mark.parametrize("gate", [0.5, 0.2])
def test_the_overlap_of_a_blended_pattern_is_its_share_of_the_superposition(gate):
    """s_j / sqrt(sum s_i^2), s_j = g (1 - g)^(j - 1); its standard error is that of 60 runs. The bias of the cosine,
    of the order of 1 / (2 D), is below 0.01.
    """
    strength = gate * (1.0 - gate) ** np.arange(8)
    found = blended(gate)[:, :, OVERLAP]
    error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert (error < 0.02).all()
    assert (np.abs(found.mean(axis=0) - strength / np.linalg.norm(strength)) < Z * error + 0.01).all()


@pytest.mark.parametrize("gate", [0.5, 0.2])
def test_a_blended_pattern_is_told_from_lures_as_often_as_the_integral_says(gate):
    """P(x_j . M beats 15 lures), Gaussian; a count of 60 runs, error sqrt(p (1 - p) / 60)."""
    share = (1.0 - gate) ** np.arange(8)
    share /= np.linalg.norm(share)
    chance = np.array([among_lures(c, 15) for c in share])
    found = blended(gate)[:, :, CORRECT].mean(axis=0)
    assert (np.abs(found - chance) < Z * np.sqrt(chance * (1 - chance) / 60) + 0.02).all()
    assert chance[0] > 0.99
    assert chance[-1] < 0.4


# The scenario and its script


def test_the_scenario_recalls_57_of_62_without_a_flaw_and_has_lost_the_tenth_pattern_alone():
    source = Scenario.load("path_memory")
    model = source.build()
    born = []
    for _ in range(12):
        before = model.state.emitted[0].sum()
        model.run_for(PERIOD)
        born.append(int(model.state.emitted[0].sum() - before))
    assert [number for number, count in enumerate(born) if not count] == [9]
    model.run_for(source.steps - model.time)
    recalls = model.state.task["recalls"]
    lost = recalls[:, PATTERN] == 9
    assert (len(recalls), lost.sum()) == (62, 5)
    assert not recalls[lost, ANSWERED].any()
    assert recalls[~lost, CORRECT].all()
    assert recalls[~lost, OVERLAP] == pytest.approx(1.0)
    assert model.metrics["recall_accuracy"] == pytest.approx(57 / 62)
    assert survival(12, 4, 4.0).mean() == pytest.approx(0.964, abs=5e-4)


LINES = {
    "task.patterns=24": (0.68, 0.76, (24, 4, 4.0)),
    "memory.slots=1": (0.32, 0.48, (12, 1, 4.0)),
    "kinds.writer.emission.scale=16.0": (0.56, 0.65, (12, 4, 16.0)),
    "task.noise=0.25": (0.10, None, ()),
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_scenario_gives_what_stands_beside_it(line):
    found, expected, load = LINES[line]
    source = Scenario.load("path_memory")
    words = f"{found:.2f}" + (f" ({expected:.2f})" if load else "")
    assert next(text for text in source.text.splitlines() if f"--set {line} " in text).endswith(words)
    key, value = line.split("=")
    model = source.override(key, float(value) if "." in value else int(value)).build()
    model.run_for(source.steps)
    assert f"{model.metrics['recall_accuracy']:.2f}" == f"{found:.2f}"
    if load:
        assert survival(*load).mean() == pytest.approx(expected, abs=0.006)


@pytest.fixture
def script(monkeypatch):
    """The script, with a point or two a curve."""
    spec = importlib.util.spec_from_file_location("path_memory_script", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, value in {"LOADS": (0.25,), "MANY": (1.0, 4.0), "GATES": (1.0, 0.5), "LATER": 3, "SEVERAL": 1}.items():
        monkeypatch.setattr(module, name, value)
    return module


def test_the_script_expects_what_the_tests_do(script):
    for load in ((7, 1, 4.0), (20, 2, 1.0), (30, 4, 8.0)):
        assert script.survival(*load) == pytest.approx(survival(*load), rel=1e-9)
    for gate in (0.5, 0.1):
        strength = gate * (1.0 - gate) ** np.arange(9)[::-1]
        share = strength / np.linalg.norm(strength)
        assert script.overlaps(9, gate) == pytest.approx(share)
        assert script.among_lures(9, gate, 31) == pytest.approx([among_lures(c, 31) for c in share], abs=1e-4)


def test_the_script_tells_a_line_a_curve_and_draws_a_picture(script, tmp_path, capsys):
    script.main(["--out", str(tmp_path / "new"), "--seeds", "2"])
    names = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert names == ["load"] * 3 + ["copies"] * 2 + ["overlap"] * 2 + ["lures"] * 2
    with Image.open(tmp_path / "new" / "path_memory.png") as picture:
        pixels = np.asarray(picture.convert("L"))
    assert 0.005 < (pixels < 240).mean() < 0.9


def test_the_script_refuses_a_single_seed(script, tmp_path, capsys):
    with pytest.raises(SystemExit):
        script.main(["--out", str(tmp_path / "new"), "--seeds", "1"])
    assert "at least 2 seeds are needed" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
