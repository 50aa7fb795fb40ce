"""The names of a task's metrics, that it says it may give: before a run they are all that one can know of them."""

import pytest

import vesicle_abm as va
from vesicle_abm.cascades import cascade_measures

STEPS = 60
TASKS = [name for name in va.shipped_scenarios() if va.Scenario.load(name).table.task is not None]
LESS = {"credit_by_vesicles", "learn_by_error"}  # a pass over all samples takes minutes; its targets never change
FULL = sorted({*TASKS, "cascade"} - LESS)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_gives_metrics_that_it_has_named_and_no_others(name):
    model = va.Scenario.load(name).build()
    model.run_for(STEPS)
    assert model.metrics
    assert set(model.metrics) <= set(model.world.task.measures)


@pytest.mark.slow
@pytest.mark.parametrize("name", FULL)
def test_every_metric_that_is_named_comes_in_the_shipped_run(name):
    scenario = va.Scenario.load(name)
    model = scenario.build()
    named = {*cascade_measures(model.world), *(model.world.task.measures if model.world.task else ())}
    while set(model.metrics) != named and model.time < scenario.steps:
        model.run_for(100)
    assert set(model.metrics) == named
