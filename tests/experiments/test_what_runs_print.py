"""What scenarios say that their own seed prints, or leaves on record, is what it does."""

import re

import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.scenario import Scenario

AFTER_CHANGE = slice(12, 16)  # blocks of 25 trials; the change comes after 300


def lived(name: str, **overrides) -> va.VesicleModel:
    """A scenario with its own seed, run to its end; ``__`` stands for a dot."""
    scenario = Scenario.load(name)
    for key, value in overrides.items():
        scenario = scenario.override(key.replace("__", "."), value)
    model = scenario.build(threads=1)
    model.run_for(scenario.steps)
    return model


def expectation(name: str) -> str:
    return " ".join(Scenario.load(name).expect.split())


def listed(numbers: np.ndarray) -> str:
    return ", ".join(f"{number:.3f}" for number in numbers)


def test_novelty_tells_the_errors_after_the_change_that_its_seed_prints():
    words = expectation("novelty")
    helped, alone = lived("novelty"), lived("novelty", kinds__norepinephrine__release__1__amount=0.0)
    (told,) = re.findall(r"error_after_change (\S+), of the first block of 25 trials .*?; (\S+) where", words)
    assert told == tuple(f"{model.metrics['error_after_change']:.3f}" for model in (helped, alone))
    blocks = [model.state.task["blocks"][AFTER_CHANGE, 0] for model in (helped, alone)]
    assert blocks[0][0] == helped.metrics["error_after_change"]
    assert f"Block by block it is {listed(blocks[0])} against {listed(blocks[1])}." in words


def test_context_switch_tells_what_its_seed_prints_and_what_is_counted():
    model, words = lived("context_switch"), expectation("context_switch")
    metrics = model.metrics
    assert f"accuracy_after_switch {metrics['accuracy_after_switch']:.3f}" in words
    assert f"trials_to_recover {metrics['trials_to_recover']:.1f}, with six dockings for six switches" in words
    assert model.state.docked.sum() == metrics["switches"] == 6
    blocks = model.state.task["outcomes"].reshape(-1, 40)[1:]
    waits = [re.search("1{5}", "".join(map(str, block))) for block in blocks if not block[0]]
    assert metrics["recovered"] == np.mean([wait is not None for wait in waits])
    assert metrics["trials_to_recover"] == pytest.approx(np.mean([wait.start() for wait in waits if wait]))


def test_learn_by_error_records_the_steps_in_which_errors_come():
    record = lived("learn_by_error").record
    assert record["error.docked"].sum() == record["error.born"].iloc[-1] > 4000
    assert set(record.index[record["error.docked"] > 0] % 4) == {3}
    assert record["error.level"].abs().max() > 0.1


def test_a_capped_cascade_levels_off_where_its_expectation_says():
    """A binomial share 0.9 of 10,000 in each step; its mean over 551 steps has standard error 1.3."""
    (below, cap) = re.search(r"at ([\d,]+) of ([\d,]+): births fill", expectation("cascade")).groups()
    model = lived("cascade", kinds__wave__emission__ratio=1.2)
    assert model.world.kinds["wave"].cap == int(cap.replace(",", ""))
    level = model.record["wave.alive"].loc[250:].mean()
    assert level == pytest.approx(int(below.replace(",", "")), abs=5)
