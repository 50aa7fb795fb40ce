"""Particles and compiled give one digest: in any order, on any number of threads, through files, copies and changes."""

import tempfile
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_strategies import Chooser
from strategies import modest, world_of, worlds

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS

STEPS = 4


def digest_after(model, steps: int = STEPS) -> str:
    model.run_for(steps)
    return model.state.digest()


@pytest.fixture(autouse=True)
def every_population_is_split(monkeypatch):
    monkeypatch.setattr("vesicle_abm.views.threads.ROWS_PER_THREAD", 1)


few = modest(70)


@few
@given(recipe=worlds(), order=st.integers(0, 2**32))
def test_views_agree_in_any_order_and_on_any_number_of_threads(recipe, order):
    wanted = digest_after(recipe.build("particles"))
    assert digest_after(recipe.build("particles", order=order)) == wanted
    for threads in (1, 2, 3):
        assert digest_after(recipe.build("compiled", threads=threads)) == wanted


@few
@given(recipe=worlds(), first=st.sampled_from(["particles", "compiled"]), at=st.integers(0, STEPS - 1))
def test_a_file_a_copy_and_a_change_of_view_midway_change_nothing(recipe, first, at):
    wanted = digest_after(recipe.build("compiled"))
    other = {"particles": "compiled", "compiled": "particles"}[first]

    model = recipe.build(first)
    model.run_for(at)
    copied = recipe.build(other, threads=2)
    copied.world.state = model.state.copy()
    copied.signals.update(model.signals)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.npz")
        loaded = va.VesicleModel.load(Path(folder) / "model.npz", threads=3)
    assert loaded.view == first
    loaded.signals.update(recipe.signals)
    model.view = other
    for going_on in (model, copied, loaded):
        assert digest_after(going_on, STEPS - at) == wanted


@few
@given(recipe=worlds(), view=st.sampled_from(["particles", "compiled"]))
def test_the_books_of_every_kind_balance_after_every_stage(recipe, view):
    """born + came = alive + absorbed + expired + cleared + went; over all kinds, born = the sum of the others."""
    model = recipe.build(view)
    for _ in range(STEPS):
        for stage in va.STAGES:
            model.run_stage(stage)
            counts = model.counts
            assert counts["born"] == sum(counts[name] for name in ("alive", "absorbed", "expired", "cleared"))
            for name, own in model.counts_by_kind.items():
                ended = sum(own[fate] for fate in ("absorbed", "expired", "cleared"))
                assert own["born"] + own.get("came", 0) == own["alive"] + ended + own.get("went", 0)
                check_columns(model, name)
            ids = np.concatenate([columns["id"] for columns in model.state.vesicles.values()])
            assert len(np.unique(ids)) == len(ids)


def check_columns(model, name: str) -> None:
    """No number of a vesicle is out of its bounds; a kind to which none come by turning keeps its cap."""
    kind, columns, size = model.world.kinds[name], model.state.vesicles[name], model.graph.size
    assert (columns["ttl"] > 0).all()
    assert ((columns["node"] >= 0) & (columns["node"] < size)).all()
    if kind.cap is not None and name not in {other.turns_into for other in model.world.kinds.values()}:
        assert columns.size <= kind.cap
    if kind.releases is not None:
        assert ((columns["left"] >= 0) & (columns["left"] <= kind.releases)).all()
    if kind.spend is not None:
        assert ((columns["payload"] >= 0.0) & (columns["payload"] <= 1.0)).all()
    if kind.remembers:
        assert columns["remembered"].shape[1] == kind.remembers
        assert ((columns["remembered"] >= -1) & (columns["remembered"] < size)).all()
    if kind.trail is not None:
        assert ((columns["crossed"] >= -1) & (columns["crossed"] < model.graph.edge_count)).all()


@few
@given(recipe=worlds())
def test_the_order_of_rows_in_the_columns_never_matters(recipe):
    model, other = recipe.build("compiled"), recipe.build("compiled")
    for _ in range(STEPS):
        model.step()
        other.step()
        for columns in other.state.vesicles.values():
            for name in columns.layout:
                columns[name][:] = columns[name][::-1].copy()
            columns.version += 1
    assert model.state.digest() == other.state.digest()


def happened(model) -> set[str]:
    """Which of the rarer things have happened in a run."""
    state, kinds = model.state, model.world.kinds
    born, docked = state.emitted.sum(axis=1), state.docked.sum(axis=1)
    found = {f"{rule.name} released" for k, kind in enumerate(kinds.values()) if docked[k] for rule in kind.release}
    for k, (name, kind) in enumerate(kinds.items()):
        found |= {f"{kind.migration.name} migrated", f"{kind.docking.name} docked"} if born[k] else set()
        found |= {"a cascade bore"} if isinstance(kind.emission, va.CascadeEmission) and born[k] else set()
        found |= {"a payload was spent"} if kind.spend is not None and docked[k] else set()
        columns = state.vesicles[name]
        found |= {"a node was remembered"} if kind.remembers and (columns["remembered"] >= 0).any() else set()
        found |= {"a release was used"} if kind.releases == 2 and (columns["left"] == 1).any() else set()
    turnings = state.turnings()
    found |= {"a vesicle turned"} if turnings.any() else set()
    found |= {"a vesicle turned into another kind"} if (turnings - np.diag(np.diag(turnings))).any() else set()
    found |= {"a kind was held at its cap" for what, tally in state.tallies.items() if "saturated" in what and tally[0]}
    found |= {"a trail was left" for trail in state.trails.values() if trail.any()}
    found |= {"a change lasted" for change in state.changes.values() if change.any()}
    found |= {"memory was written"} if state.memory is not None and state.memory.any() else set()
    return found | {f"{estimator.name} estimated" for estimator in model.world.estimators.values()}


LEAST = {
    "a vesicle turned": 0.3, "a vesicle turned into another kind": 0.15, "a kind was held at its cap": 0.2,
    "a trail was left": 0.2, "trail migrated": 0.2, "self_avoiding migrated": 0.1, "homing migrated": 0.1,
    "a cascade bore": 0.03, "a payload was spent": 0.2, "a node was remembered": 0.1, "a release was used": 0.02,
    "a change lasted": 0.05, "memory was written": 0.05, "novelty estimated": 0.2,
    "uncertainty estimated": 0.1, "reward_prediction_error estimated": 0.2,
    **{f"{name} docked": 0.03 for name in ("constant", "affinity", "exponential", "activity", "memory")},
    **{f"{name} released": 0.1 for name in ("modulator", "gain", "film", "memory")},
    **{f"{name} released": 0.03 for name in ("bias", "scale", "additive", "low_rank", "read")},
}  # fmt: skip


def test_what_vesicles_can_do_happens_in_a_good_share_of_random_worlds():
    """The shares that the properties above stand on, of the worlds of the seeds 0 to 299."""
    seen: Counter = Counter()
    for seed in range(300):
        model = world_of(Chooser(Random(seed)), most_kinds=3).build()
        model.run_for(STEPS)
        seen.update(happened(model) | {"a run"})
    rare = {what: seen[what] / seen["a run"] for what, least in LEAST.items() if seen[what] < least * seen["a run"]}
    assert rare == {}


class MortalWhenOld(va.Decay, name="test_mortal_when_old"):
    """Reads the steps that a vesicle has left."""

    def hazard(self, vesicles, nodes, xp):
        return xp.where(vesicles.ttl < 4, 0.5, 0.0)


@pytest.mark.parametrize(
    "rules",
    [
        {"decay": MortalWhenOld(), "lifetime": 6},
        {"content_width": 2, "content": [-0.0, 1.0]},
        {"content_width": 1, "content": va.GaussianContent(mean=[[-0.0], [-0.0]], deviation=[[0.0], [1.0]])},
    ],
    ids=["a hazard that reads ttl", "a content of minus zero", "minus zero where another node's content varies"],
)
def test_views_agree_where_they_once_did_not(rules):
    graph = va.NeuralGraph.from_edges([(0, 1), (1, 0)])
    kind = va.Kind(emission=va.ConstantEmission(rate=2.0), **rules)
    digests = {digest_after(va.VesicleModel(graph, {"v": kind}, seed=3, view=view), 12) for view in VIEWS}
    assert len(digests) == 1
