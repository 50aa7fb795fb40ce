"""Scenarios circulation, tolerance, theta_phase, addresses and eligibility show what they say one should see.

Each is compared with a closed form or a second implementation; a statistical check states seeds and standard error.
"""

import importlib.util
from functools import cache

import numpy as np
import pytest
from oracles import Z, share_z

import vesicle_abm as va
from vesicle_abm.places import shipped
from vesicle_abm.scenario import Scenario

CAUGHT, USED = 0.1, 0.01  # circulation
PHASES, CYCLE = 12, 40  # theta_phase


def scenario(name: str, changes: dict | None = None) -> Scenario:
    found = Scenario.load(name)
    for key, value in (changes or {}).items():
        found = found.override(key, value)
    return found


def finished(name: str, changes: dict | None = None, seed: int | None = None) -> va.VesicleModel:
    model = scenario(name, changes).build(seed=seed)
    model.run_for(scenario(name).steps)
    return model


# circulation


def boutons(changes: dict | None = None, steps: int = 1500) -> np.ndarray:
    """(4,) what the density view expects in each bouton."""
    return va.density(scenario("circulation", changes).build(), steps)[-1, 0, -4:]


def test_boutons_hold_what_the_flow_past_them_brings():
    site, kept = np.arange(4), 1.0 - CAUGHT
    flow = (kept**site + kept ** (7 - site)) / (1.0 - kept**8)
    assert boutons(steps=5000) == pytest.approx(CAUGHT * flow * (1.0 - USED) / USED, rel=1e-9)


def test_the_lines_of_circulation_give_what_it_says():
    assert scenario("circulation").view == "density"
    assert boutons().round(1).tolist() == [25.7, 24.9, 24.3, 24.1]
    often = {"kinds.cargo.migration": {"rule": "softmax", "temperature": 1000}}
    assert boutons(often)[[0, 3]].round(1).tolist() == [50.0, 9.3]
    assert boutons({"kinds.cargo.migration.travel": False}) == pytest.approx(boutons(), rel=1e-3)


def test_agents_that_circulate_have_the_densitys_mean():
    """Counts are independent and Poisson: of 12 seeds' mean the standard error is sqrt(rho / 12)."""
    seen = []
    for seed in range(12):
        model = scenario("circulation").build(seed=seed)
        model.run_for(300)
        seen.append(model.occupancy()[0])
    rho = va.density(scenario("circulation").build(), 300)[-1, 0]
    assert (np.abs(np.mean(seen, axis=0) - rho) < Z * np.sqrt(rho / len(seen))).all()


# tolerance


def course(rate: float = 0.005) -> np.ndarray:
    """(3000,) the mean activation of the cortex before each step's end, by its linear recursion."""
    bias, change, waiting, activation = 0.2, 0.0, [], []
    for step in range(3000):
        change *= np.exp(-1.0 / 20.0)
        activation.append(bias + change)
        waiting = [number * 0.8 for number in waiting[-59:]] + ([20.0 / 40.0] if 500 <= step < 2000 else [0.0])
        change += 0.02 * 0.2 * sum(waiting)
        bias += rate * (0.2 - activation[-1])
    return np.array(activation)


@cache
def activations(rate: float, seed: int) -> np.ndarray:
    """(3000,) the same of a run."""
    model = scenario("tolerance", {"plasticity.homeostasis.rate": rate}).build(seed=seed)
    found = []
    for _ in range(3000):
        model.step()
        found.append(model.state.activation[1:].mean())
    return np.array(found)


def test_the_course_of_tolerance_and_withdrawal_is_what_the_scenario_says():
    expected = course()
    assert round(expected.max(), 2) == 0.35
    assert expected.argmax() < 560
    assert expected[[1000, 1999]].round(2).tolist() == [0.22, 0.20]
    assert round(expected[2000:].min(), 2) == 0.05
    assert course(rate=0.0)[1999] == pytest.approx(0.395, abs=5e-4)


@pytest.mark.parametrize("rate", [0.005, 0.0])
def test_the_cortex_follows_the_recursion(rate):
    """Means of 20 steps at five moments over seeds 1 to 4; standard error from the four seeds pooled over moments."""
    moments = [480, 550, 1000, 1980, 2060]
    means = np.array([[activations(rate, seed)[at : at + 20].mean() for at in moments] for seed in range(1, 5)])
    error = np.sqrt(means.var(axis=0, ddof=1).mean() / len(means))
    expected = np.array([course(rate)[at : at + 20].mean() for at in moments])
    assert error < 0.01
    assert (np.abs(means.mean(axis=0) - expected) < Z * error).all()


# theta_phase


def selectivity(weight: np.ndarray) -> complex:
    """sum w exp(i phi) / sum w."""
    phase = 2.0 * np.pi * np.arange(PHASES) / PHASES
    return (weight * np.exp(1j * phase)).sum() / weight.sum()


@pytest.mark.parametrize(("clearance", "told"), [(2.0, 0.755), (20.0, 0.24), (100.0, 0.052)])
def test_synapses_learn_by_phase_as_fast_as_dopamine_clears(clearance, told):
    """All is certain here: 10 vesicles of 0.1 a cycle, eta 0.01, an input of 1 from step 1 on."""
    found = finished("theta_phase", {"kinds.dopamine.clearance": clearance}).state.weight[:PHASES]
    step, level, expected = np.arange(2000), 0.0, np.zeros(PHASES)
    phase = 2.0 * np.pi * np.arange(PHASES) / PHASES
    for now in step:
        level = level * np.exp(-1.0 / clearance) + (1.0 if now % CYCLE == 10 else 0.0)
        expected += 0.01 * level * np.maximum(0.0, np.cos(2.0 * np.pi * now / CYCLE - phase))
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-9)
    assert round(abs(selectivity(found)), len(str(told)) - 2) == told
    falls = np.exp(-1.0 / clearance)
    kernel = (1.0 - falls) / (1.0 - falls * np.exp(2j * np.pi / CYCLE))
    assert abs(selectivity(found)) == pytest.approx(np.pi / 4.0 * abs(kernel), rel=0.06)
    assert np.angle(selectivity(found) / kernel) == pytest.approx(2.0 * np.pi * 10 / CYCLE, abs=0.06)


def test_the_synapses_at_the_other_end_of_the_cycle_learn_from_a_burst_there():
    weight = finished("theta_phase", {"kinds.dopamine.emission.at": 30}).state.weight[:PHASES]
    assert weight == pytest.approx(
        np.roll(finished("theta_phase").state.weight[:PHASES], PHASES // 2), rel=0.01, abs=1e-3
    )


# addresses


def right_share(deviation: float) -> float:
    """Of those that dock within the run, the share at the right neurons: by Gauss-Hermite over the two matches, which
    are independent, N(2, deviation²) and N(0, deviation²); a vesicle is at red and blue neurons in turn.
    """
    node, weight = np.polynomial.hermite_e.hermegauss(60)
    chance = [1.0 / (1.0 + np.exp(5.0 - 3.0 * (mean + deviation * node))) for mean in (2.0, 0.0)]
    right, wrong = chance[0][:, None], chance[1][None, :]
    docked = np.zeros(2)
    for first in (0, 1):  # at the right ones first, or at the wrong ones
        free = np.outer(weight, weight) / weight.sum() ** 2
        for age in range(400):
            at_right = (age + first) % 2 == 0
            docks = free * (right if at_right else wrong)
            docked[0 if at_right else 1] += docks.sum() * (400 - age)  # vesicles born early enough to be that old
            free = free - docks
    return float(docked[0] / docked.sum())


@pytest.mark.parametrize(("deviation", "told"), [(0.0, 99.5), (0.5, 98), (1.0, 89), (2.0, 75)])
def test_content_selects_where_vesicles_dock(deviation, told):
    """Binomial: standard error sqrt(n p (1 - p)) of some 3900 that dock; seed 1."""
    changes = {f"kinds.{kind}.content.deviation": deviation for kind in ("to_red", "to_blue")}
    docked = finished("addresses", changes).state.docked
    right = docked[0, 1:21].sum() + docked[1, 21:].sum()
    assert abs(share_z(right, docked.sum(), right_share(deviation))) < Z
    assert round(100.0 * right / docked.sum(), 1 if deviation == 0.0 else 0) == told


def test_blind_vesicles_go_astray_half_the_time():
    docked = finished("addresses", {f"kinds.{kind}.docking.gain": 0.0 for kind in ("to_red", "to_blue")}).state.docked
    assert abs(share_z(docked[0, 1:21].sum() + docked[1, 21:].sum(), docked.sum(), 0.5)) < Z


# eligibility


@cache
def script():
    """The script beside the scenario."""
    spec = importlib.util.spec_from_file_location("eligibility", shipped("scenarios") / "eligibility.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answers(model: va.VesicleModel) -> np.ndarray:
    """(20, 2) weights at each answer: its cue's, and the mean of the others'."""
    rows: dict = {}
    for (source, target, _), layer, weight in zip(
        model.graph.edges, model.graph.layer, model.state.weight, strict=True
    ):
        if model.graph.layer_names[layer] == "synaptic":
            rows.setdefault(target, {"cue": [], "other": []})[source.rstrip("0123456789")].append(weight)
    return np.array([[np.mean(row["cue"]), np.mean(row["other"])] for row in rows.values()])


@pytest.mark.parametrize(("delay", "told"), [(19, 0.168), (99, 0.027)])
def test_a_cues_synapse_learns_more_by_what_is_left_of_its_trace(delay, told):
    """Seed 1; standard error from the twenty answers, which hardly depend on one another."""
    model = finished("eligibility", {"graph.projections.2.delay": delay})
    beyond = -np.diff(answers(model))[:, 0]
    error = beyond.std(ddof=1) / np.sqrt(len(beyond))
    assert error < 0.02
    assert abs(beyond.mean() - script().expected(delay, 50.0, 6000)) < Z * error
    assert round(beyond.mean(), 3) == told
    assert script().advantage(model)["advantage"] == pytest.approx(beyond.mean())
    if delay == 19:
        assert answers(model).mean(axis=0).round(3).tolist() == [0.296, 0.127]
        assert round(model.record["dopamine.alive"].mean()) == 62
        assert model.counts["born"] / 6000 * delay == pytest.approx(62, rel=0.01)  # Little's law


def test_the_script_runs_a_batch_with_its_own_metric_and_draws_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(script(), "SWEEP", {script().MEMORY: [50.0], script().DELAY: [9, 19]})
    script().main(["--out", str(tmp_path), "--steps", "400", "--replicates", "2"])
    assert (tmp_path / "eligibility.png").stat().st_size > 10_000
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["memory", "delay", "mean", "error", "expected"]
    assert [line.split()[:2] for line in lines[1:]] == [["50.0", "9"], ["50.0", "19"]]
    assert len(list((tmp_path / "study" / "runs").iterdir())) == 4
