"""A step gone through by hand, stage by stage and agent by agent in any order, is the step: to the bit."""

from hypothesis import given
from learning_strategies import learners
from strategies import modest, worlds

import vesicle_abm as va

STEPS = 4
BY_NEURON, BY_VESICLE = ("sense", "activate", "emit"), ("migrate", "dock", "release", "decay")


def step_by_hand(model: va.VesicleModel) -> None:
    """Every agent acts once in its stages, in a shuffled order."""
    for stage in va.STAGES:
        with model.stage(stage):
            if stage in BY_NEURON or (stage == "learn" and model.world.plasticity is not None):
                model.neurons.shuffle_do(stage)
            elif stage in BY_VESICLE:
                model.vesicles.shuffle_do(stage)


def run_by_hand(recipe) -> va.VesicleModel:
    """A model after some steps by hand."""
    model = recipe.build()
    for _ in range(STEPS):
        step_by_hand(model)
    return model


def same(recipe) -> bool:
    """Whether steps by hand leave what steps leave: state, record, dockings of the last step."""
    model, other = recipe.build(), run_by_hand(recipe)
    model.run_for(STEPS)
    assert other.state.digest() == model.state.digest()
    assert other.record.equals(model.record)
    return other.docked_now.tolist() == model.docked_now.tolist()


@modest(60)
@given(recipe=worlds())
def test_every_stage_by_hand_is_the_step(recipe):
    assert same(recipe)


@modest(20)
@given(recipe=learners())
def test_every_stage_by_hand_is_the_step_where_vesicles_change_what_is_learned(recipe):
    assert same(recipe)
