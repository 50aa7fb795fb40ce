"""What cannot be computed is refused by kind and rule, in both views, and the state stays as the stage found it."""

import numpy as np
import pytest
from oracles import isolated, model_of

import vesicle_abm as va
from vesicle_abm.core.identity import MAX_BIRTHS
from vesicle_abm.views.step import VIEWS

SEED = 81


class Broken:
    """Rules give whatever a test puts into ``Broken.answer``; they look at the gain, so as to be asked each time."""

    answer: object = 1.0

    @classmethod
    def look(cls, nodes):
        return cls.answer if nodes.gain.size else None


class BrokenEmission(va.Emission, name="test_broken_emission"):
    def rate(self, nodes, signals, xp):
        return Broken.look(nodes)


class BrokenMigration(va.Migration, name="test_broken_migration"):
    def weights(self, graph, nodes, xp):
        return Broken.look(nodes)

    def stay(self, graph, nodes, xp):
        return 1.0


class BrokenDocking(va.Docking, name="test_broken_docking"):
    def probability(self, vesicles, nodes, xp):
        return Broken.answer


class BrokenRelease(va.Release, name="test_broken_release"):
    target = "modulator"

    def effect(self, vesicles, nodes, xp):
        return Broken.answer


class BrokenDecay(va.Decay, name="test_broken_decay"):
    reads_vesicles = False

    def hazard(self, vesicles, nodes, xp):
        return Broken.look(nodes)


class BrokenLifetime(va.Lifetime, name="test_broken_lifetime"):
    def quantile(self, u, xp):
        return Broken.answer

    def survival(self, age, xp):
        return 1.0


class BrokenContent(va.Content, name="test_broken_content"):
    def mean(self, nodes, signals, xp):
        return Broken.look(nodes)

    def deviation(self, nodes, signals, xp):
        return 0.0


RULES = {
    "emission": BrokenEmission(),
    "migration": BrokenMigration(),
    "docking": BrokenDocking(),
    "release": BrokenRelease(),
    "decay": BrokenDecay(),
    "lifetime": BrokenLifetime(),
    "content": BrokenContent(),
}
STAGE = {"lifetime": "emit", "content": "emit", "emission": "emit", "migration": "migrate", "docking": "dock"}
WRONG = {
    "shape": (np.ones((7, 7)), "shape"),
    "nan": (np.nan, "nan"),
    "text": ("many", "shape"),
    "huge": (-1e30, "e\\+30"),
}
CASES = [(family, wrong) for family in RULES for wrong in WRONG if (family, wrong) != ("content", "huge")]  # any number


def two_kinds(view: str, family: str) -> va.VesicleModel:
    """A sound kind, then one with a broken rule, on a triangle; two sound steps behind them."""
    Broken.answer = 1.0
    graph = va.NeuralGraph.from_edges([(0, 1), (1, 2), (2, 0)])
    sound = {
        "emission": va.ConstantEmission(rate=3.0),
        "docking": va.ConstantDocking(probability=0.5),
        "release": va.ModulatorRelease(amount=1.0),
        "absorb": 0.3,
        "lifetime": 9,
        "content_width": 1,
    }
    kinds = {"sound": va.Kind(**sound), "broken": va.Kind(**{**sound, family: RULES[family]})}
    model = va.VesicleModel(graph, kinds, seed=SEED, view=view)
    model.run_for(2)
    return model


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("family", "wrong"), CASES)
def test_a_wrong_answer_is_refused_by_kind_and_rule_and_the_stage_leaves_no_trace(view, family, wrong):
    model = two_kinds(view, family)
    stage = STAGE.get(family, family if family == "release" else "decay")
    for earlier in va.STAGES[: va.STAGES.index(stage)]:
        model.run_stage(earlier)
    before = model.state.digest()
    Broken.answer, words = WRONG[wrong]
    with pytest.raises(va.InputError, match=words) as caught:
        model.run_stage(stage)
    assert caught.value.key == f"kinds.broken.{family}"
    if family != "docking":  # asked vesicle by vesicle: those before the refused one may have docked already
        assert model.state.digest() == before
    Broken.answer = 0.5 if family in ("docking", "decay") else 1.0
    for later in va.STAGES[va.STAGES.index(stage) :]:
        model.run_stage(later)
    counts = model.counts
    assert counts["born"] == counts["alive"] + counts["absorbed"] + counts["expired"] + counts["cleared"]


@pytest.mark.parametrize("family", RULES)
def test_a_run_that_goes_on_after_a_refusal_is_the_run_without_it(family):
    """The stage that was refused is run again with a sound rule: the same bits as if nothing had happened."""
    digests = []
    for trouble in (False, True):
        model = two_kinds("compiled", family)
        sound = 0.5 if family in ("docking", "decay") else 1.0
        for stage in va.STAGES:
            if trouble and stage == STAGE.get(family, family if family == "release" else "decay"):
                Broken.answer = np.nan
                with pytest.raises(va.InputError):
                    model.run_stage(stage)
            Broken.answer = sound
            model.run_stage(stage)
        digests.append(model.state.digest())
    assert digests[0] == digests[1]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("rate", [MAX_BIRTHS + 1.0, 1e6, 1e15, 1e300])
def test_a_rate_beyond_the_ids_of_a_step_is_refused_at_once(view, rate):
    model = model_of(isolated(2), seed=SEED, view=view, emission=va.ConstantEmission(rate=rate))
    with pytest.raises(va.InputError, match=f"{MAX_BIRTHS} is allowed") as caught:
        model.step()
    assert caught.value.key == "kinds.v.emission"


@pytest.mark.parametrize("view", VIEWS)
def test_births_that_do_not_fit_are_refused_before_any_is_born(view):
    """A Poisson draw of mean 16,384 that exceeds it at one of eight nodes, beside a kind that is born first."""
    kinds = {
        "few": va.Kind(emission=va.ConstantEmission(rate=2.0)),
        "many": va.Kind(emission=va.ConstantEmission(rate=float(MAX_BIRTHS))),
    }
    model = va.VesicleModel(isolated(8), kinds, seed=SEED, view=view)
    with pytest.raises(va.InputError, match="fit the ids of one step") as caught:
        model.step()
    assert caught.value.key == "kinds.many.emission"
    assert model.counts["born"] == 0
    assert not model.world.proposals.births.any()


def test_as_many_births_as_fit_are_born_and_placing_counts_with_them():
    model = model_of(isolated(1), seed=SEED, emission=va.PulseEmission(count=MAX_BIRTHS - 2))
    model.place("v", 0, 2)
    model.run_stage("sense")
    model.run_stage("emit")
    ids = model.state.vesicles["v"]["id"]
    assert len(np.unique(ids)) == len(ids) == MAX_BIRTHS
    with pytest.raises(va.InputError, match="fit the ids of one step"):
        model.place("v", 0, 1)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("amount", [2.0**20 + 1.0, -1e300])
def test_a_release_too_large_to_be_summed_exactly_is_refused(view, amount):
    rules = {"docking": va.ConstantDocking(probability=1.0), "emission": va.PulseEmission(count=1)}
    model = model_of(isolated(1), seed=SEED, view=view, release=va.ModulatorRelease(amount=amount), **rules)
    with pytest.raises(va.InputError, match="allowed") as caught:
        model.step()
    assert caught.value.key == "kinds.v.release"


class Raising(va.Docking, name="raising_in_test_refusals"):
    def probability(self, vesicles, nodes, xp):
        raise ValueError("no such thing")


@pytest.mark.parametrize("view", VIEWS)
def test_a_formula_that_raises_is_named_and_keeps_its_cause(view):
    model = model_of(isolated(1), seed=SEED, view=view, emission=va.PulseEmission(count=1), docking=Raising())
    with pytest.raises(va.InputError, match=r"Raising\.probability raised ValueError: no such thing") as caught:
        model.step()
    assert caught.value.key == "kinds.v.docking"
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"docking": va.AffinityDocking(receptor=[1.0, 0.0, 2.0]), "content_width": 2}, "docking.receptor: got 3 comp"),
        ({"docking": va.AffinityDocking(receptor=1.0)}, "docking.receptor: there is no content"),
        ({"content": [1.0, 2.0], "content_width": 1}, "content.mean: got 2 components; content_width is 1"),
        ({"emission": va.PulseEmission(nodes=["nowhere"])}, "emission.nodes: no node 'nowhere'"),
        ({"emission": va.PulseEmission(nodes="AVAL")}, "emission.nodes: got 'AVAL'; a list of node labels"),
    ],
)
def test_what_cannot_fit_is_refused_when_the_model_is_built(rules, message):
    with pytest.raises(va.InputError, match=f"^kinds.v.{message}"):
        model_of(isolated(1), seed=SEED, **rules)
