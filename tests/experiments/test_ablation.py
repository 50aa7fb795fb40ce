"""Ablation: what is taken out, and delta-scores worked by hand."""

import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import vesicle_abm as va
from vesicle_abm.experiments.ablation import Part, ablate, ablations, delta_scores
from vesicle_abm.experiments.trial import Trial
from vesicle_abm.vesicles.kind import OPERATORS

STEPS = 30
KIND = {
    "emission": va.ConstantEmission(rate=2.0),
    "migration": va.WeightedMigration(stay=1.0),
    "docking": va.ConstantDocking(probability=0.2),
    "release": va.ModulatorRelease(amount=1.0),
    "decay": va.HazardDecay(hazard=0.1),
    "lifetime": 10,
}


def ran(kind, view="compiled"):
    """A ring of eight nodes after some steps."""
    model = va.VesicleModel(va.NeuralGraph.from_networkx(nx.cycle_graph(8)), {"k": kind}, seed=1, view=view)
    model.run_for(STEPS)
    return model


def test_each_operator_without_which_nothing_of_its_sort_happens():
    whole = ran(va.Kind(**KIND))
    assert min(whole.counts[name] for name in ("born", "absorbed", "cleared")) > 0
    assert whole.record["k.level"].iloc[-1] > 0.0
    without = {name: ran(va.Kind(**KIND).without(name)) for name in OPERATORS}
    assert without["emission"].counts["born"] == 0
    assert without["docking"].counts["absorbed"] == 0
    assert without["release"].record["k.level"].iloc[-1] == 0.0
    assert without["release"].counts == whole.counts
    assert without["decay"].counts["cleared"] == without["decay"].counts["expired"] == 0
    still = va.Kind(**KIND | {"emission": va.PulseEmission(count=9, every=1, nodes=[3])}).without("migration")
    assert np.flatnonzero(ran(still).occupancy()[0]).tolist() == [3]


@pytest.mark.parametrize("operator", OPERATORS)
def test_without_an_operator_both_views_have_one_digest_and_a_model_is_saved_as_it_is(tmp_path, operator):
    kind = va.Kind(**KIND).without(operator)
    model = ran(kind)
    assert model.state.digest() == ran(kind, "particles").state.digest()
    model.save(tmp_path / "model.npz")
    again = va.VesicleModel.load(tmp_path / "model.npz")
    for each in (model, again):
        each.run_for(3)
    assert again.state.digest() == model.state.digest()


def test_an_unknown_operator_is_refused_by_the_kind_and_by_the_scenario():
    with pytest.raises(va.InputError, match="did you mean 'docking'"):
        va.Kind().without("dokcing")
    with pytest.raises(va.InputError, match=r"kinds\.walker\.ablated: no operator 'dokcing'"):
        va.Scenario.load("random_walk").override("kinds.walker.ablated", ["dokcing"])


def test_the_parts_of_a_learning_model_each_out_and_only_one_in():
    found = ablations(va.Scenario.load("contextual_bandit"), groups=("plasticity", "task.meta"))
    stages = ("trace", "attention", "modulation", "phase", "chance")
    assert [part.name for part in found.parts] == [*stages, "meta-learning"]
    assert found.conditions["full"] == ()
    assert found.conditions["without phase"] == (("plasticity.ablated.phase", "none"),)
    assert {key for key, _ in found.conditions["only phase"]} == {
        f"plasticity.ablated.{name}" for name in stages if name != "phase"
    }
    assert len(found.conditions["no stage"]) == 5
    assert found.conditions["without meta-learning"] == (("task.meta", None),)
    assert len(found.conditions) == 1 + 2 * 5 + 1 + 1


def test_conditions_of_the_same_settings_are_one():
    """Of two operators, only the one is without the other."""
    found = ablations(va.Scenario.load("random_walk"))
    assert list(found.conditions) == [
        "full", "without walker emission", "without walker migration", "only walker migration", "no walker operator"
    ]  # fmt: skip
    decay = found.parts[-1]
    assert decay == Part("walker decay", "only walker migration", "without walker migration", "no walker operator")


def test_what_a_scenario_has_taken_out_stays_out_and_is_no_part():
    base = va.Scenario.load("random_walk").override("kinds.walker.ablated", ["decay"])
    found = ablations(base)
    assert [part.name for part in found.parts] == ["walker emission", "walker migration"]
    assert found.conditions["without walker migration"] == (("kinds.walker.ablated", ["decay", "migration"]),)


def test_without_their_turn_vesicles_stay_what_they_are_and_without_a_trail_its_readers_find_none():
    scenario = va.Scenario.load("double_bridge")
    for name in [name for name, table in scenario.table.kinds.items() if table.trail is not None]:
        scenario = scenario.override(f"kinds.{name}.ablated", ["trail"])
    model = scenario.build()
    model.run_for(50)
    assert sum(table.sum() for table in model.state.traversals().values()) > 0
    assert {float(trail.sum()) for trail in model.state.trails.values()} == {0.0}
    kinds = {"a": va.Kind(emission=va.ConstantEmission(rate=1.0), turn=va.ConstantTurn(into="b", when="always"))}
    kinds["b"] = va.Kind(emission=va.ConstantEmission(rate=0.0))
    for a, expected in ((kinds["a"], True), (kinds["a"].without("turn"), False)):
        model = va.VesicleModel(va.NeuralGraph.from_networkx(nx.cycle_graph(8)), kinds | {"a": a}, seed=1)
        model.run_for(STEPS)
        assert bool(model.counts_by_kind["b"]["alive"]) is expected


def test_astrocytes_are_a_part_and_silenced_by_strength_0():
    base = va.Scenario.load("norepinephrine_astrocyte")
    found = ablations(base, groups=["plasticity"])
    assert found.parts[-1].name == "astrocyte"
    assert found.conditions[found.parts[-1].without] == (("plasticity.astrocyte.strength", 0.0),)
    digests = set()
    for settings in ((), found.conditions[found.parts[-1].without], (("plasticity.astrocyte.sensitivity", 0.0),)):
        model = Trial(settings).scenario(base).build()
        model.run_for(200)
        digests.add(model.state.weight.tobytes())
    assert len(digests) == 2  # silenced either way, synapses do the same
    with pytest.raises(va.InputError, match="nothing in it that can be taken out"):
        ablations(va.Scenario.load("random_walk").override("kinds.walker.ablated", list(OPERATORS[:5])))


@pytest.mark.parametrize(
    "name",
    [
        "contextual_bandit", "novelty", "vesicles_or_broadcast", "context_switch", "cascade", "double_bridge",
        "norepinephrine_astrocyte", "attention_limit", "path_memory",
    ],
)  # fmt: skip
def test_every_ablation_of_shipped_scenarios_makes_a_model(name):
    base = va.Scenario.load(name)
    for settings in ablations(base).conditions.values():
        scenario = base
        for key, value in settings:
            scenario = scenario.override(key, value)
        model = scenario.build()
        model.step()
        assert model.time == 1


def test_delta_scores_by_hand():
    """full 5, 7, 9; without 4, 4, 7: delta 1, 3, 2, mean 2, sd 1, t = 2 sqrt 3. only 3, 3, 3; none 2, 3, 1: alone 1, 0,
    2, mean 1. Synergy 0, 3, 0: mean 1, sd sqrt 3, standard error 1.
    """
    rows = {"full": (5, 7, 9), "without a": (4, 4, 7), "only a": (3, 3, 3), "no part": (2, 3, 1)}
    frame = pd.DataFrame(
        {"condition": name, "replicate": r, "seed": r, "status": "done", "metric.m": float(value)}
        for name, values in rows.items()
        for r, value in enumerate(values)
    )
    table = delta_scores(frame, [Part("a", "without a", "only a", "no part")], ["m"])
    (row,) = table.to_dict("records")
    half = 0.95 * math.sqrt(2.0 / (1.0 - 0.95**2))  # t of two degrees, at 97.5 %
    assert (row["full"], row["without"], row["delta"], row["d_z"], row["pairs"]) == (7.0, 5.0, 2.0, 2.0, 3)
    assert (row["low"], row["high"]) == pytest.approx((2.0 - half / math.sqrt(3), 2.0 + half / math.sqrt(3)))
    assert row["p_t"] == row["p_holm"] == pytest.approx(1.0 - math.sqrt(12.0 / 14.0))  # of t: 1 - t / sqrt(t**2 + 2)
    assert (row["alone"], row["synergy"]) == (1.0, 1.0)
    assert (row["synergy_low"], row["synergy_high"]) == pytest.approx((1.0 - half, 1.0 + half))


def test_a_failed_run_takes_its_partner_with_it_and_not_the_others():
    rows = [("full", 0, 5.0), ("full", 1, 7.0), ("full", 2, 9.0), ("without a", 0, 4.0), ("without a", 2, 6.0)]
    done = [{"condition": c, "replicate": r, "seed": r, "status": "done", "metric.m": value} for c, r, value in rows]
    failed = {"condition": "without a", "replicate": 1, "seed": 1, "status": "failed", "reason": "killed"}
    (row,) = delta_scores(pd.DataFrame([*done, failed]), [Part("a", "without a")], ["m"]).to_dict("records")
    assert (row["pairs"], row["delta"]) == (2, 2.0)


def test_ablate_runs_all_conditions_with_the_same_seeds_and_gives_delta_scores(tmp_path):
    """Without decay 4 are born in each of 10 steps, and none goes; where none moves, as many live."""
    how = {"replicates": 2, "steps": 10, "workers": 1, "out": tmp_path / "study"}
    table = ablate("random_walk", metric="walker.alive.last", **how).set_index("part")
    assert table.loc["walker emission", "without"] == 0.0
    assert table.loc["walker decay", "without"] == 40.0
    assert table.loc["walker decay", "delta"] < 0.0
    assert table.loc["walker migration", "delta"] == table.loc["walker migration", "synergy"] == 0.0
    assert table["pairs"].tolist() == [2, 2, 2]
    frame = va.Study.open(tmp_path / "study").frame()
    assert len(frame) == 10
    assert set(frame["seed"]) == {va.seed_of(0, 0), va.seed_of(0, 1)}


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"match": "men"}, "did you mean 'mean'"),
        ({"parts": ["kinds.wlaker"]}, "did you mean 'kinds.walker'"),
        ({"metric": "walker.alive.lst"}, "did you mean 'walker.alive.last'"),
        ({"replicates": 0}, "replicates: got 0"),
    ],
)
def test_bad_ablations_are_refused_before_anything_runs(tmp_path, how, words):
    with pytest.raises(va.InputError, match=words):
        ablate("random_walk", out=tmp_path / "study", **how)
    assert not (tmp_path / "study").exists()
