"""Particles and compiled give one digest: in any order, on any number of threads, through files, copies and changes."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import modest, worlds

import vesicle_abm as va
from vesicle_abm.views import compiled
from vesicle_abm.views.step import VIEWS

STEPS = 4


def digest_after(model, steps: int = STEPS) -> str:
    model.run_for(steps)
    return model.state.digest()


@pytest.fixture(autouse=True)
def every_population_is_split(monkeypatch):
    monkeypatch.setattr(compiled, "ROWS_PER_THREAD", 1)


few = modest(40)


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
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.npz")
        loaded = va.VesicleModel.load(Path(folder) / "model.npz", threads=3)
    assert loaded.view == first
    model.view = other
    for going_on in (model, copied, loaded):
        assert digest_after(going_on, STEPS - at) == wanted


@few
@given(recipe=worlds(), view=st.sampled_from(["particles", "compiled"]))
def test_the_books_balance_after_every_stage(recipe, view):
    model = recipe.build(view)
    for _ in range(STEPS):
        for stage in va.STAGES:
            model._run(stage)
            counts = model.counts
            assert counts["born"] == sum(counts[name] for name in ("alive", "absorbed", "expired", "cleared"))
            for columns in model.state.vesicles.values():
                assert len(np.unique(columns["id"])) == columns.size
                assert (columns["ttl"] > 0).all()
                assert ((columns["node"] >= 0) & (columns["node"] < recipe.graph.size)).all()


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
