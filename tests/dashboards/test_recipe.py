"""Recipe: the Python and the command that are shown give the state that the session has, to the bit."""

import json
import shlex
from collections import Counter

import pytest

import vesicle_abm as va
from vesicle_abm.cli import main
from vesicle_abm.dashboards.away.link import follow, opened, read, write
from vesicle_abm.dashboards.away.recipe import command, python
from vesicle_abm.dashboards.away.scenario_file import as_toml
from vesicle_abm.dashboards.run.course import Course
from vesicle_abm.dashboards.run.plan import Plan

KNOWN = dict.fromkeys(("scenario", "run"), va.Scenario.load)


def stood(plan, step):
    course = Course(plan)
    course.seek(step)
    return course.models[0]


def executed(text):
    names = {}
    exec(text, names)
    return names


@pytest.fixture
def changed():
    """Other numbers and seed from the beginning, and others again on the way, twice at different steps."""
    base = va.Scenario.load("worm_wireless").override("seed", 7).override("kinds.dopamine.decay.hazard", 0.25)
    first = base.override("kinds.serotonin.release.1.amount", 0.5)
    second = first.override("kinds.dopamine.absorb", 0.5).override("neurons.noise", 0.125)
    return Plan(base, ((4, first), (9, second)))


@pytest.mark.parametrize("step", [0, 4, 6, 12])
def test_the_python_gives_the_state_of_the_session(changed, step):
    model = executed(python(changed, step))["model"]
    assert model.time == step
    assert model.state.digest() == stood(changed, step).state.digest()


def test_the_python_of_a_learning_scenario_with_an_ablated_stage_gives_its_state():
    base = va.Scenario.load("vesicles_or_broadcast")
    plan = Plan(base, ((5, base.override("plasticity.ablated", {"trace": "mean"})),))
    assert executed(python(plan, 12))["model"].state.digest() == stood(plan, 12).state.digest()


def test_the_python_of_the_density_view_gives_what_is_expected():
    plan = Plan(va.Scenario.load("random_walk").override("view", "density"))
    assert (executed(python(plan, 5))["rho"] == stood(plan, 5).occupancy()).all()


def test_the_command_gives_the_state_of_the_session(changed, tmp_path):
    plan = Plan(changed.scenario.override("view", "particles"))
    program, *words = shlex.split(command(plan, 3))
    assert program == "vesicle-abm"
    assert main([*words, "--quiet", "--out", str(tmp_path / "run")]) == 0
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["digest"] == stood(plan, 3).state.digest()


def test_the_command_says_that_it_cannot_change_a_run_on_its_way(changed):
    with pytest.raises(va.InputError, match="cannot change a run on its way"):
        command(changed, 12)
    assert command(changed, 3).startswith("vesicle-abm run worm_wireless --steps 3")


def test_the_file_loads_as_the_scenario_keeps_its_comments_and_tells_of_changes(changed, tmp_path):
    path = tmp_path / "taken.toml"
    path.write_text(as_toml(changed, 12), encoding="utf-8")
    loaded = va.Scenario.load(path)
    assert loaded.data == changed.scenario.data
    assert "at step 9: kinds.dopamine.absorb=0.5" in path.read_text(encoding="utf-8")
    lost = Counter(va.Scenario.load("worm_wireless").text.splitlines()) - Counter(path.read_text().splitlines())
    assert lost.total() == 1  # the line of the hazard


def test_a_file_of_the_users_own_keeps_every_comment(tmp_path):
    path = tmp_path / "own.toml"
    text = va.Scenario.load("random_walk").text + "# the last word\n"
    path.write_text(text, encoding="utf-8")
    taken = as_toml(Plan(va.Scenario.load(path).override("seed", 3)), 0)
    assert "# the last word" in taken
    assert "seed = 3" in taken


def test_a_link_brings_back_the_same_state(changed):
    plan = Plan(changed.scenario, changed.changes, "compiled")
    query = write(plan, {"scenario": "worm_wireless"}) + "&step=12"
    again, step = opened(read(query), KNOWN)
    assert (step, again.beside) == (12, "compiled")
    assert stood(again, 12).state.digest() == stood(plan, 12).state.digest()
    assert write(again, {"scenario": "worm_wireless"}) + "&step=12" == query


BAD = {
    "scenario=random_walk&x=1": "'x' is not known",
    "scenario=random_walk&seed=1&seed=2": "seed: it is given twice",
    "scenario=random_walk&seed=-1": "a whole number is allowed",
    "scenario=random_walk&seed=99999999999999999999": "seed",
    "scenario=random_walk&step=1e9": "a whole number is allowed",
    "scenario=random_walk&step=²": "a whole number is allowed",
    "scenario=random_walk&set=nothing": "KEY=VALUE is allowed",
    "scenario=random_walk&set=kinds.walker.absorb=2": "kinds.walker.absorb",
    "scenario=random_walk&set=kinds.runner.absorb=1": "no 'runner'",
    "scenario=random_walk&at=0:kinds.walker.absorb=1": "STEP:KEY=VALUE is allowed",
    "scenario=random_walk&at=9:kinds.walker.absorb=1&at=5:kinds.walker.absorb=1": "must ascend",
    "scenario=random_walk&view=sideways": "view",
    "scenario=random_walk&beside=nobody": "beside",
    "scenario=random_walk&set=graph.file='/etc/passwd'": "nor name a file",
    "scenario=random_walk&set=graph={file='/etc/passwd'}": "cannot replace the graph",
    "scenario=random_walk&at=1:graph={file='/etc/passwd'}": "cannot replace the graph",
    "step=3": "scenario=NAME or run=NAME is needed",
    "scenario=%ff": "not a query",
    "scenario": "not a query",
    "&".join(["set=a=1"] * 300): "not a query",
    "scenario=" + "a" * 7000: "6000 are allowed",
}


@pytest.mark.parametrize("query", BAD)
def test_a_link_that_is_wrong_is_refused_in_words(query):
    with pytest.raises(va.InputError, match=BAD[query]):
        opened(read(query), KNOWN)


def test_a_plan_with_too_many_changes_has_no_link():
    base = va.Scenario.load("random_walk")
    changes = tuple((step, base.override("kinds.walker.absorb", step / 1000)) for step in range(1, 300))
    with pytest.raises(va.InputError, match="too many changes"):
        write(Plan(base, changes), {"scenario": "random_walk"})


def test_a_link_without_a_step_begins_at_the_beginning():
    assert follow(read("scenario=random_walk"), va.Scenario.load("random_walk")).changes == ()
    assert read("scenario=random_walk").step == 0
