"""A user's ``emit`` may remove vesicles, and a newborn be refused: every other begins its life, or none does."""

import networkx as nx
import pytest

import vesicle_abm as va
from vesicle_abm.views.step import VIEWS


class Predator(va.Vesicle):
    """Removes a vesicle of the kind prey as it is born."""

    def emit(self):
        super().emit()
        if prey := [vesicle for vesicle in self.model.vesicles if vesicle.kind == "prey"]:
            min(prey, key=lambda vesicle: vesicle.unique_id).remove()


class Stillborn(va.Vesicle):
    """Moves to node 0, removes the oldest of its kind, and of node 2 in step 3 is refused."""

    def emit(self):
        super().emit()
        self.node = 0
        if older := [vesicle for vesicle in self.model.vesicles if vesicle.birth[0] < self.model.time]:
            min(older, key=lambda vesicle: vesicle.unique_id).remove()
        if self.model.time == 3 and self.birth[1] == 2:
            self.ttl = 0


class Sibling(va.Vesicle):
    """At node 1, removes the newborn of node 0; at node 2, it is refused."""

    def emit(self):
        super().emit()
        if self.birth[1] == 1:
            next(vesicle for vesicle in self.model.vesicles if vesicle.birth[1] == 0).remove()
        if self.birth[1] == 2:
            self.ttl = 0


@pytest.mark.parametrize("view", VIEWS)
def test_newborns_of_other_kinds_begin_their_lives_before_a_verb_may_remove_any(view):
    kinds = {
        "predator": va.Kind(emission=va.PulseEmission(every=1, nodes=[0]), lifetime=3, agent=Predator),
        "prey": va.Kind(emission=va.PulseEmission(count=2, every=1), content_width=1, content=[3.0], lifetime=2),
    }
    model = va.VesicleModel(nx.complete_graph(3), kinds, view=view, seed=1)
    for _ in range(6):
        model.step()
        prey = model.state.vesicles["prey"]
        assert set(prey["content"].ravel().tolist()) == {3.0}
        assert prey["ttl"].min() >= 1  # 0 was that of those that never began
        assert prey["ttl"].max() <= 2
    counts = model.counts_by_kind["prey"]
    assert counts["cleared"] == 6  # one in each step
    assert counts["born"] == 36 == counts["alive"] + counts["expired"] + counts["cleared"]


def in_the_midst(model, stage: str) -> None:
    for earlier in va.STAGES[: va.STAGES.index(stage)]:
        model.run_stage(earlier)


@pytest.mark.parametrize("view", VIEWS)
def test_newborns_that_moved_and_removed_others_are_taken_back_when_one_is_refused(view):
    kind = va.Kind(emission=va.PulseEmission(every=1), lifetime=9, agent=Stillborn)
    model = va.VesicleModel(nx.complete_graph(3), {"a": kind}, view=view, seed=1)
    model.run_for(3)
    in_the_midst(model, "emit")
    emitted = model.state.emitted.tolist()
    with pytest.raises(va.InputError, match="ttl: got 0"):
        model.run_stage("emit")
    assert model.state.emitted.tolist() == emitted
    assert not model.state.born_now.any()
    assert all(vesicle.birth[0] < 3 for vesicle in model.vesicles)
    counts = model.counts
    assert counts["born"] == 9 == counts["alive"] + counts["cleared"]
    for stage in va.STAGES[3:7]:
        model.run_stage(stage)  # the rest goes on with those that live


@pytest.mark.parametrize("view", VIEWS)
def test_a_newborn_that_a_verb_removed_stays_in_the_books_and_its_id_is_not_given_again(view):
    kind = va.Kind(emission=va.PulseEmission(), lifetime=9, agent=Sibling)
    model = va.VesicleModel(nx.complete_graph(3), {"a": kind}, view=view, seed=1)
    in_the_midst(model, "emit")
    with pytest.raises(va.InputError, match="ttl: got 0"):
        model.run_stage("emit")
    assert model.counts == {"born": 1, "alive": 0, "absorbed": 0, "expired": 0, "cleared": 1}
    assert model.state.born_now.tolist() == [[1, 0, 0]]
