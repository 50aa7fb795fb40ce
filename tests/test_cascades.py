"""Cascades are branching processes: total progeny by Borel's law, extinction, the measured ratio; and their cap.

A node without edges where every vesicle docks as it is born is one branching process, the next generation one step
later, so a graph of isolated nodes is as many independent replicates. Seed 61; Z bounds z-scores, whose standard error
is stated beside them.
"""

import json
import math

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from oracles import SMALLEST_P, Z, isolated, mean_z, multinomial_p, poisson_p, share_z
from scipy import special, stats

import vesicle_abm as va
from vesicle_abm.cli import main
from vesicle_abm.core.identity import MAX_BIRTHS, birth_address
from vesicle_abm.core.random import poisson
from vesicle_abm.experiments.figures import draw_population
from vesicle_abm.experiments.run import run
from vesicle_abm.scenario import Scenario
from vesicle_abm.views import births
from vesicle_abm.views.step import VIEWS

SEED, NODES = 61, 20_000
ROOMY = 2**31 - 1  # a cap that nothing reaches
AT_ONCE = va.ConstantDocking(probability=1.0)


def cascade(graph, ratio: float, cap: int = ROOMY, sparks=1, view="compiled", seed=SEED, **rules) -> va.VesicleModel:
    """Sparks in step 0, and a wave that they and it set off; both kinds share the rules."""
    rules = {"docking": AT_ONCE, **rules}
    kinds = {
        "spark": va.Kind(emission=va.PulseEmission(count=sparks), **rules),
        "wave": va.Kind(emission=va.CascadeEmission(of=["spark", "wave"], ratio=ratio), cap=cap, **rules),
    }
    return va.VesicleModel(graph, kinds, seed=seed, view=view, threads=1)


def small_world(ratio: float = 1.6, cap: int = 60, view="compiled", **rules) -> va.VesicleModel:
    """A cascade that walks, ages and is soon at its cap."""
    graph = nx.connected_watts_strogatz_graph(20, 4, 0.1, seed=1)
    lives = {"docking": va.ConstantDocking(probability=0.3), "lifetime": 15, "decay": va.HazardDecay(hazard=0.02)}
    return cascade(graph, ratio, cap, sparks=2, view=view, **lives, **rules)


def proposed(model) -> np.ndarray:
    """(N,) births of the wave that are due in the coming step: Poisson(ratio * dockings), drawn here once more."""
    docked = sum(model.state.tallies[f"docked/{kind}"] for kind in ("spark", "wave"))
    ratio, nodes = model.world.kinds["wave"].emission.ratio, np.arange(model.graph.size)
    return poisson(ratio * docked, model.state.seed, birth_address(1, nodes), model.time, "emit")


def suppressed(model, kind: str = "wave") -> int:
    """Births suppressed so far."""
    return int(model.state.tallies[f"saturated/{kind}"][2])


def alive(model) -> int:
    """Wave vesicles alive."""
    return model.state.vesicles["wave"].size


# The branching process


@pytest.mark.parametrize("ratio", [0.3, 0.7, 1.0])
def test_total_progeny_has_the_borel_distribution(ratio):
    """P(S = n) = P(Poisson(ratio n) = n - 1) / n. One of size n ends within n steps: classes up to 200 are complete."""
    model = cascade(isolated(NODES), ratio)
    model.run_for(201)
    n = np.arange(201)
    found = np.bincount(np.minimum(1 + model.state.emitted[1], 201), minlength=202)[:201]
    law = stats.poisson.pmf(n - 1, ratio * n) / np.maximum(n, 1)
    assert multinomial_p(found, law, NODES) > SMALLEST_P
    assert found[150:].sum() > 20 or ratio < 1.0


@pytest.mark.parametrize("ratio", [0.3, 0.8])
def test_mean_and_variance_of_the_total_progeny_are_those_of_a_sub_critical_cascade(ratio):
    """Mean 1 / (1 - ratio), variance ratio / (1 - ratio)**3 (Borel 1942); the error of a variance is that of the mean
    of squares.
    """
    model = cascade(isolated(NODES), ratio)
    model.run_for(150)
    assert not alive(model)
    sizes = 1.0 + model.state.emitted[1]
    assert abs(mean_z(sizes, 1 / (1 - ratio), ratio / (1 - ratio) ** 3)) < Z
    error = np.std((sizes - sizes.mean()) ** 2) / np.sqrt(NODES)
    assert abs(sizes.var() - ratio / (1 - ratio) ** 3) < Z * error


def test_super_critical_cascades_die_out_with_the_probability_that_solves_q_equals_exp_ratio_q_minus_1():
    """q = -W(-ratio exp(-ratio)) / ratio; within 8 generations f(f(… 0)), f = exp(ratio (s - 1)), by a binomial z."""
    ratio, generations, nodes = 2.0, 8, 4000
    model = cascade(isolated(nodes), ratio)
    model.run_for(1 + generations)
    within = 0.0
    for _ in range(generations):
        within = math.exp(ratio * (within - 1.0))
    assert within == pytest.approx(-special.lambertw(-ratio * math.exp(-ratio)).real / ratio, abs=1e-3)
    ended = np.count_nonzero(model.state.tallies["docked/wave"] == 0)
    assert abs(share_z(ended, nodes, within)) < Z


def test_generations_grow_by_the_ratio():
    """Z_g of n replicates: mean ratio**g, variance ratio**g (ratio**g - 1) / (ratio - 1) for Poisson offspring."""
    ratio, model = 1.3, cascade(isolated(NODES), 1.3)
    model.step()
    for g in range(1, 9):
        before = model.state.emitted[1].copy()
        model.step()
        variance = ratio**g * (ratio**g - 1) / (ratio - 1)
        assert abs(mean_z(model.state.emitted[1] - before, ratio**g, variance)) < Z


@pytest.mark.parametrize("view", VIEWS)
def test_births_come_at_the_node_of_the_docking_in_the_step_after_it(view):
    model = cascade(isolated(5), 3.0, sparks=[0, 4, 0, 0, 9], view=view)
    model.step()
    assert model.state.docked[0].tolist() == [0, 4, 0, 0, 9]
    assert not model.state.emitted[1].any()
    model.step()
    assert model.state.emitted[1][[0, 2, 3]].tolist() == [0, 0, 0]
    assert (model.state.emitted[1][[1, 4]] > 0).all()


def test_dockings_of_several_kinds_bear_together_and_those_of_others_do_not():
    """3 of a and 2 of b have Poisson(5 * 0.6) offspring; a node where only c docks has none."""
    kinds = {
        name: va.Kind(emission=va.PulseEmission(count=count), docking=AT_ONCE)
        for name, count in {"a": 3, "b": 2, "c": 50}.items()
    }
    kinds["wave"] = va.Kind(emission=va.CascadeEmission(of=["a", "b"], ratio=0.6), cap=ROOMY, docking=AT_ONCE)
    model = va.VesicleModel(isolated(NODES), kinds, seed=SEED)
    model.run_for(2)
    assert poisson_p(model.state.emitted[3], 3.0) > SMALLEST_P
    assert abs(mean_z(model.state.emitted[3], 3.0, 3.0)) < Z
    metrics = model.metrics
    assert metrics["wave.offspring_per_docking"] == metrics["wave.branching_ratio"]
    assert metrics["wave.offspring_per_docking"] == model.state.emitted[3].sum() / (5 * NODES)
    model.run_for(5)
    assert model.state.emitted[3].sum() == model.counts_by_kind["wave"]["born"]
    assert model.metrics == metrics  # the wave itself bears nothing


# The measured ratio


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.3])
@pytest.mark.parametrize("steps", [2, 12])
def test_offspring_per_docking_estimates_the_ratio(ratio, steps):
    """Offspring of D dockings are Poisson(ratio D): error sqrt(ratio / D)."""
    model = cascade(isolated(2000), ratio)
    model.run_for(steps)
    dockings = model.state.docked.sum() - sum(model.state.tallies[f"docked/{kind}"].sum() for kind in model.kinds)
    assert abs(model.metrics["wave.offspring_per_docking"] - ratio) < Z * np.sqrt(ratio / dockings)


@pytest.mark.parametrize("ratio", [0.5, 1.2, 2.0])
def test_the_branching_ratio_is_unbiased_while_the_population_grows_or_falls(ratio):
    """A life docks with s = p / (1 - (1 - p) (1 - h)) before the hazard h ends it, so bears ratio s in the mean, with
    variance ratio s + ratio**2 s (1 - s), over n lives. Regression: dockings that had not borne yet counted as
    childless, which made a doubling population's ratio come out as 1.
    """
    p, h = 0.3, 0.1
    model = cascade(isolated(4000), ratio, docking=va.ConstantDocking(probability=p), decay=va.HazardDecay(hazard=h))
    model.run_for(12)
    share = p / (1 - (1 - p) * (1 - h))
    variance = ratio * share + ratio**2 * share * (1 - share)
    assert abs(model.metrics["wave.branching_ratio"] - ratio * share) < Z * np.sqrt(variance / model.state.fates.sum())


def test_a_vesicle_that_docks_twice_has_twice_the_offspring():
    """Absorbed in every second docking, in the mean: n lives have 2 n dockings, n / 4 of them more or less; error of
    the branching ratio sqrt((2 ratio + 2 ratio**2) / n), geometric dockings having variance 2.
    """
    model = cascade(isolated(NODES), 0.3, absorb=0.5)
    model.run_for(80)
    assert alive(model) == 0
    lives = model.counts["born"]
    assert abs(model.metrics["wave.branching_ratio"] - 0.6) < Z * np.sqrt((0.6 + 2 * 0.3**2) / lives)
    assert abs(model.metrics["wave.offspring_per_docking"] - 0.3) < Z * np.sqrt(0.3 / (2 * lives))


def test_offspring_that_were_suppressed_count_as_offspring():
    model = small_world()
    model.run_for(60)
    assert suppressed(model) > 100
    dockings = model.state.docked.sum() - sum(model.state.tallies[f"docked/{kind}"].sum() for kind in model.kinds)
    offspring = model.counts_by_kind["wave"]["born"] + suppressed(model)
    assert model.metrics["wave.offspring_per_docking"] == offspring / dockings
    assert abs(offspring / dockings - 1.6) < Z * np.sqrt(1.6 / dockings)


def test_ratios_are_left_out_while_there_is_nothing_to_divide_by():
    model = cascade(isolated(3), 1.0)
    assert model.metrics == {}
    model.step()  # the sparks have docked, and had no time to bear
    assert model.metrics == {}
    model.step()
    assert set(model.metrics) == {"wave.offspring_per_docking", "wave.branching_ratio"}


# The cap


@pytest.mark.parametrize("view", VIEWS)
def test_the_population_never_exceeds_its_cap_at_any_stage_and_the_books_balance(view):
    model, held = small_world(view=view), 0
    for _ in range(50):
        due, before, born = int(proposed(model).sum()), alive(model), model.counts_by_kind["wave"]["born"]
        kept_back = suppressed(model)
        for stage in va.STAGES:
            model.run_stage(stage)
            assert alive(model) <= 60
            if stage == "emit":
                assert alive(model) == min(60, before + due)
                held += alive(model) == 60 < before + due
        counts = model.counts_by_kind["wave"]
        assert counts["born"] - born + suppressed(model) - kept_back == due
        assert counts["born"] == counts["alive"] + counts["absorbed"] + counts["expired"] + counts["cleared"]
    assert held == model.state.tallies["saturated/wave"][0] > 20


def test_a_node_bears_no_more_than_it_would_without_a_cap():
    """Constant births draw at addresses that a cap does not change, so the twin without one bears what was due."""
    rules = {"emission": va.ConstantEmission(rate=2.0), "lifetime": 3}
    capped, free = (va.VesicleModel(isolated(40), {"v": va.Kind(cap=cap, **rules)}, seed=SEED) for cap in (100, None))
    for _ in range(30):
        model_before, twin_before = capped.state.emitted[0].copy(), free.state.emitted[0].copy()
        capped.step()
        free.step()
        assert (capped.state.emitted[0] - model_before <= free.state.emitted[0] - twin_before).all()
    assert capped.counts["born"] + suppressed(capped, "v") == free.counts["born"]
    assert suppressed(capped, "v") > 1000


@pytest.mark.parametrize(("view", "steps"), [("compiled", 1500), ("particles", 60)])
def test_suppression_is_even_over_the_nodes(view, steps):
    """Of b births at a node, T in all, A are allowed: b A / T in the mean, its whole part or one more in every step,
    which has variance f (1 - f), f the rest; error sqrt(f (1 - f) / steps).
    """
    due, cap = np.array([0, 1, 1, 2, 3, 5, 8, 13, 21, 34]), 31
    kind = va.Kind(emission=va.PulseEmission(count=due, every=1), lifetime=1, cap=cap)
    model, kept = va.VesicleModel(isolated(len(due)), {"v": kind}, seed=SEED, view=view, record_every=0), []
    for _ in range(steps):
        before = model.state.emitted[0].copy()
        model.step()
        kept.append(model.state.emitted[0] - before)
    kept, mean = np.array(kept), due * cap / due.sum()
    assert (kept.sum(axis=1) == cap).all()
    assert ((kept == np.floor(mean)) | (kept == np.floor(mean) + 1)).all()
    rest = mean % 1.0
    assert np.abs(mean_z(kept, mean, rest * (1 - rest))).max() < Z


def test_thinning_in_whole_numbers_of_any_size_gives_the_bits_of_64(monkeypatch):
    narrow, wide = small_world(), small_world()
    narrow.run_for(40)
    monkeypatch.setattr(births, "LARGEST_PRODUCT", 0)  # beyond it, products are Python's own whole numbers
    wide.run_for(40)
    assert suppressed(wide) > 100
    assert wide.state.digest() == narrow.state.digest()


def test_both_views_and_any_order_give_one_digest_at_the_cap():
    fast, slow, reverse = small_world(), small_world(view="particles"), small_world(view="particles")
    reverse.order = lambda agents: agents[::-1]
    for _ in range(5):
        for model in (fast, slow, reverse):
            model.run_for(10)
        assert fast.state.digest() == slow.state.digest() == reverse.state.digest()
    assert suppressed(fast) > 100


@pytest.mark.parametrize("view", VIEWS)
def test_a_run_that_goes_on_from_a_file_keeps_the_tally(view, tmp_path):
    whole, model = small_world(view=view), small_world(view=view)
    whole.run_for(50)
    model.run_for(30)
    assert model.warnings
    model.save(tmp_path / "model.npz")
    loaded = va.VesicleModel.load(tmp_path / "model.npz")
    assert (loaded.warnings, loaded.metrics) == (model.warnings, model.metrics)
    loaded.run_for(20)
    assert loaded.state.digest() == whole.state.digest()
    assert (loaded.warnings, loaded.metrics) == (whole.warnings, whole.metrics)
    assert loaded.record.equals(whole.record)


def test_a_cap_of_none_at_all_lets_no_vesicle_live():
    model = small_world(cap=0)
    model.run_for(20)
    assert model.counts_by_kind["wave"]["born"] == 0
    assert suppressed(model) > 0


def test_memory_stays_within_the_cap_however_long_a_super_critical_cascade_goes_on():
    """No more rows than the cap, in ten times the steps that it took to get there."""
    model = Scenario.load("cascade").override("kinds.wave.emission.ratio", 2.0).override("kinds.wave.cap", 50_000)
    model = model.build()
    columns, rows = model.state.vesicles["wave"], []
    for _ in range(300):
        model.step()
        rows.append(columns.capacity)
    assert max(rows) == 50_000
    assert model.state.tallies["saturated/wave"][0] > 200
    width = sum(np.dtype(dtype).itemsize * math.prod(shape) for dtype, shape in columns.layout.values())
    assert columns.nbytes <= 50_000 * width


# More than ids can hold


def test_a_rate_beyond_the_ids_of_a_step_saturates_where_there_is_a_cap():
    """3 nodes of a million births a step: all but 20,000 suppressed; those drawn scatter as Poisson(16,384) does."""
    kind = va.Kind(emission=va.ConstantEmission(rate=1e6), lifetime=1, cap=20_000)
    model = va.VesicleModel(isolated(3), {"v": kind}, seed=SEED)
    model.run_for(4)
    assert model.counts["born"] == 4 * 20_000
    assert abs(model.counts["born"] + suppressed(model, "v") - 12e6) < Z * np.sqrt(12 * MAX_BIRTHS)
    assert model.state.tallies["saturated/v"][:2].tolist() == [4, 0]


def test_a_cap_above_what_a_node_can_bear_is_kept_by_the_node_and_told():
    kind = va.Kind(emission=va.ConstantEmission(rate=1e5), lifetime=1, cap=10**6)
    model = va.VesicleModel(isolated(1), {"v": kind}, seed=SEED)
    for _ in range(4):
        before = model.counts["born"]
        model.step()
        assert 0 < model.counts["born"] - before <= MAX_BIRTHS
    (warning,) = model.warnings
    assert "in 4 steps from step 0 on" in warning
    assert warning.endswith("its cap of 1,000,000 vesicles and the 16,384 that a node can bear in a step")


def test_a_docking_with_more_offspring_than_ids_can_hold_saturates_too():
    """Of 2 sparks 1e6 each, of 500 waves as many each: told to within the scatter of those that were drawn."""
    model = cascade(isolated(2), 1e6, cap=500)
    model.run_for(5)
    assert model.counts_by_kind["wave"]["born"] == 4 * 500
    offspring = model.metrics["wave.offspring_per_docking"] * (2 + 3 * 500)
    assert abs(offspring - 1e6 * (2 + 3 * 500)) < Z * np.sqrt(8 * MAX_BIRTHS)


def test_without_a_cap_it_is_refused_clearly():
    model = va.VesicleModel(isolated(2), {"v": va.Kind(emission=va.ConstantEmission(rate=1e6))}, seed=SEED)
    with pytest.raises(va.InputError, match=r"kinds\.v\.emission: .*a finite number from 0 to 16384 is allowed"):
        model.step()
    kind = va.Kind(emission=va.ConstantEmission(rate=float(MAX_BIRTHS)))
    model = va.VesicleModel(isolated(50), {"v": kind}, seed=SEED)
    with pytest.raises(va.InputError, match=r"births at node .* in step 0; at most 16384 fit the ids of one step"):
        model.step()
    assert model.counts["born"] == 0


# Warnings


def test_a_model_without_caps_or_below_them_warns_of_nothing(tmp_path):
    model = small_world(ratio=0.2)
    model.run_for(30)
    assert model.warnings == []
    model = va.VesicleModel(nx.path_graph(3), {"v": va.Kind(emission=va.ConstantEmission(rate=9.0))}, seed=SEED)
    model.run_for(30)
    assert model.warnings == []
    assert run(Scenario.load("random_walk"), steps=3, out=tmp_path / "run").manifest["warnings"] == []


def test_the_warning_tells_steps_first_step_and_births_and_the_record_agrees():
    model = small_world()
    model.run_for(50)
    record = model.record["wave.suppressed"]
    gained = record.diff(1).fillna(record.iloc[0])
    steps, first, births = int((gained > 0).sum()), int(gained[gained > 0].index[0]) - 1, int(record.iloc[-1])
    assert model.warnings == [
        f"kinds.wave: {births:,} births were suppressed, in {steps} steps from step {first} on, "
        "to keep within its cap of 60 vesicles"
    ]


def test_the_command_line_warns_and_goes_on_to_the_end(tmp_path, capsys):
    out = tmp_path / "run"
    settings = ["kinds.wave.emission.ratio=2.0", "kinds.wave.cap=2000"]
    options = [word for setting in settings for word in ("--set", setting)]
    assert main(["run", "cascade", "--steps", "90", "--out", str(out), *options]) == 0
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["status"], manifest["steps"]) == ("finished", 90)
    (warning,) = manifest["warnings"]
    assert warning.startswith("kinds.wave: ")
    assert f"\nwarning: {warning}\n" in capsys.readouterr().out
    series = pd.read_parquet(out / "series.parquet")
    assert f"{int(series['wave.suppressed'].iloc[-1]):,} births" in warning
    assert series["wave.alive"].max() <= 2000
    assert (out / "figures" / "population.png").stat().st_size > 0


def test_the_population_figure_shows_the_cap_of_a_kind_that_was_held_there_and_no_other():
    held, free = small_world(), small_world(ratio=0.2)
    for model, wanted in ((held, [60]), (free, [])):
        model.run_for(40)
        (axes,) = draw_population(model.kinds, model.record, {"wave": 60}).axes
        dotted = [line.get_ydata()[0] for line in axes.get_lines() if line.get_linestyle() == ":"]
        assert dotted == wanted
