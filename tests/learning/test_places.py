"""What can be learned is named by its dotted key; what cannot is refused in words."""

import pytest

pytest.importorskip("torch")

from trainable_worlds import by_activity, by_policy, by_what_others_do, model, scheduled

import vesicle_abm as va
from vesicle_abm.learning.places import find

KINDS = model(by_activity()).world.kinds

REFUSED = {
    "kinds.seeker.migration.logits": r"no such number to learn; did you mean 'kinds\.seeker\.migration\.logit'\?",
    "kinds.seker.migration.logit": r"no such number to learn; did you mean 'kinds\.seeker\.migration\.logit'\?",
    "kinds.seeker.migration.direction": r"is a choice and no number, so it cannot be learned; did you mean",
    "kinds.seeker.absorb": r"belongs to the kind itself, which the field takes as it is; only numbers of its rules can",
    "kinds.eager.clearance": r"belongs to the kind itself, which",
    "kinds.eager.spend": r"belongs to the kind itself, which",
    "kinds.eager.releases": r"belongs to the kind itself, which",
    "kinds.eager.lifetime": r"makes lifetimes, by which the field sorts vesicles; it cannot be learned, but a hazard",
    "kinds.seeker.docking.capacity": r"is a whole number, which has no gradient; it cannot be learned",
    "kinds.eager.release.recovery": r"is a time constant, which the field takes as a plain number; it cannot",
    "": r"no such number to learn; .*Allowed: kinds\.seeker\.emission\.scale, ",
}


@pytest.mark.parametrize("key", REFUSED)
def test_what_cannot_be_learned_is_refused_with_the_reason(key):
    with pytest.raises(va.InputError, match=REFUSED[key]) as caught:
        va.Trainable(model(by_activity()), [key])
    assert caught.value.key == key


def test_what_is_listed_as_allowed_is_not_refused_for_want_of_content():
    with pytest.raises(va.InputError, match="Allowed: ") as caught:
        va.Trainable(model(scheduled()), ["content"])
    assert "kinds.parcel.docking.probability" in caught.value.message
    assert "content.mean" not in caught.value.message


def test_further_refusals_name_the_reason():
    for kinds, names, words in (
        (scheduled(), ["kinds.parcel.content.mean"], "there is no content to learn with; content_width is 0"),
        (by_what_others_do(), ["kinds.chorus.lifetime.steps"], "is a whole number, which has no gradient"),
        (by_what_others_do(), ["kinds.leader.decay.hazard"], "starts at 0, on its bound, from where nothing can be"),
        (by_policy(), ["kinds.searcher.migration.features"], "is what the policy looks at; .* but its weights can"),
        (by_policy(), {"kinds.helper.migration.weights": "node"}, "per 'node'; Allowed: scalar"),
        (by_what_others_do(), {"kinds.leader.docking.ceiling": "node"}, "per 'node'; .*Allowed: scalar"),
        (scheduled(), {"kinds.parcel.decay.hazard": "scalar"}, "differs from place to place; learn it per 'node'"),
        (scheduled(), {"kinds.parcel.decay.hazard": "nodes"}, "per 'nodes'; did you mean 'node'"),
        (
            {"v": va.Kind(lifetime=va.GeometricLifetime())},
            ["kinds.v.lifetime.mean"],
            "makes lifetimes, .* a hazard can",
        ),
        (
            {"v": va.Kind(migration=va.SoftmaxMigration())},
            ["kinds.v.migration.stay_logit"],
            "is none; give it a number",
        ),
        (scheduled(), [], "nothing is to be learned; give the dotted key of a number"),
        (
            {"train": va.Kind(docking=va.ConstantDocking(probability=0.1))},
            ["kinds.train.docking.probability"],
            "another",
        ),
    ):
        with pytest.raises(va.InputError, match=words):
            va.Trainable(model(kinds), names)


def test_a_graph_without_edges_has_no_logits_to_learn():
    alone = va.NeuralGraph(range(3), [], [])
    with pytest.raises(
        va.InputError, match=r"kinds\.v\.migration\.logit: is to be learned per edge; the graph has none"
    ):
        va.Trainable(
            va.VesicleModel(alone, {"v": va.Kind(migration=va.SoftmaxMigration())}), ["kinds.v.migration.logit"]
        )


def test_a_kinds_only_release_may_be_counted_as_in_a_scenario():
    assert find("kinds.eager.release.0.amount", KINDS).key == "kinds.eager.release.amount"
    assert find("kinds.seeker.release.1.amount", KINDS).key == "kinds.seeker.release.1.amount"


def test_only_models_and_scenarios_are_taken():
    with pytest.raises(va.InputError, match=r"^source: got str; a Scenario or a VesicleModel is allowed"):
        va.Trainable("random_walk", ["kinds.walker.decay.hazard"])


class Steady(va.Emission, name="steady_for_learning"):
    """A field that declares no more than a number."""

    births: float = 0.5

    def rate(self, nodes, signals, xp):
        return self.births


@pytest.mark.parametrize(("births", "per", "shape"), [(0.5, None, ()), ([0.1] * 5, None, (5,)), (0.5, "node", (5,))])
def test_a_users_rule_that_declares_a_plain_number_learns_it_as_it_is_given(births, per, shape):
    key = "kinds.v.emission.births"
    module = va.Trainable(model({"v": va.Kind(emission=Steady(births=births))}), [key] if per is None else {key: per})
    assert module[key].shape == shape
    module(2).born("v").sum().backward()
    assert module.get_parameter(key).grad.sum().item() == 10.0
