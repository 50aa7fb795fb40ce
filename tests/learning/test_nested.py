"""The outer loop: its estimator on losses in closed form, its bits, its resumption, its refusals."""

import json
import tomllib

import numpy as np
import pytest
from oracles import Z

import vesicle_abm as va
from vesicle_abm.core.errors import InputError
from vesicle_abm.experiments.ranges import Range
from vesicle_abm.experiments.texts import document_of
from vesicle_abm.learning.lives import HELD_OUT, TRAINING, live, lived, lives_of, loss_of, task_seeds
from vesicle_abm.learning.nested import meta_learn, moved, settled
from vesicle_abm.learning.outer import HISTORY, Outer, number_at, part_of
from vesicle_abm.places import shipped_scenarios
from vesicle_abm.scenario import Scenario

COUNT, HAZARD = "kinds.walker.emission.count", "kinds.walker.decay.hazard"
RANGES = [Range(COUNT, 0.0, 10.0), Range(HAZARD, 0.01, 1.0)]
LOSS = {"walker.alive": 1.0}
SMOOTH = va.REINFORCE(samples=8, antithetic=True, epsilon=0.05, alpha=0.004, alpha_decay=0.0, epsilon_decay=0.0)


def walk() -> Scenario:
    return Scenario.load("random_walk").override("steps", 5).override(HAZARD, 0.5)


def outer(rule=SMOOTH, seed=1, **changes) -> Outer:
    given = {"scenario": walk(), "ranges": RANGES, "loss": {"loss": 1.0}, "training": 6, "batch": 2, "rule": rule}
    return Outer(**{**given, "seed": seed, **changes})


def by(formula):
    """Lives whose loss is a formula of where they stand in their ranges, (2,)."""

    def run(lives):
        points = [
            np.array([part_of(each, number_at(Scenario(life.data), each.key)) for each in RANGES]) for life in lives
        ]
        return [{"loss": formula(point)} for point in points]

    return run


def path(search: Outer, formula, generations: int) -> np.ndarray:
    done: list[dict] = []
    for _ in range(generations):
        done.append(search.generation(done, by(formula)))
    return np.array([each["next"] for each in done])


# The estimator


@pytest.mark.parametrize(
    "rule", [SMOOTH, va.SPSA(epsilon=0.05, alpha=0.0015, alpha_decay=0.2, epsilon_decay=0.0)], ids=["reinforce", "spsa"]
)
def test_it_finds_the_least_of_a_quadratic(rule):
    """From (0.4, 0.495) to (0.7, 0.2), by steps of some alpha / epsilon: it then stays within a tenth of it."""
    least = np.array([0.7, 0.2])
    last = path(outer(rule), lambda point: ((point - least) ** 2).sum(), 60)[-15:].mean(axis=0)
    assert last == pytest.approx(least, abs=0.1)


def test_steps_on_a_plane_lie_along_its_slope_in_the_mean():
    """Losses 3 u_0 - 4 u_1: the mean of 150 first steps is along (-3, 4), and across it 0 within its standard error."""
    steps = np.array(
        [path(outer(seed=seed), lambda point: 3.0 * point[0] - 4.0 * point[1], 1)[0] for seed in range(150)]
    )
    steps -= outer().first()
    along, across = steps @ [-0.6, 0.8], steps @ [0.8, 0.6]
    assert along.mean() > Z * along.std(ddof=1) / np.sqrt(150)
    assert abs(across.mean()) < Z * across.std(ddof=1) / np.sqrt(150)


def test_the_scale_of_a_loss_does_not_matter():
    small, large = (path(outer(), lambda point, f=f: f * point[0] ** 2 + f, 3) for f in (1.0, 1024.0))
    assert small.tolist() == large.tolist()


def test_where_no_point_differs_nothing_is_changed():
    assert path(outer(), lambda point: 1.0, 2)[-1] == pytest.approx(outer().first(), abs=1e-15)


def test_all_points_of_a_generation_live_in_the_same_tasks_and_all_tasks_take_their_turn():
    seen = []

    def run(lives):
        seen.append([life.seed for life in lives])
        return [{"loss": 1.0} for _ in lives]

    search, done = outer(), []
    for _ in range(4):
        done.append(search.generation(done, run))
    every = task_seeds(1, 6)
    assert [set(each) for each in seen] == [set(every[:2]), set(every[2:4]), set(every[4:]), set(every[:2])]
    assert all(each == each[:2] * 8 for each in seen)


@pytest.mark.parametrize("each", [Range("k", -2.0, 6.0), Range("k", 0.01, 10.0, log=True)])
def test_a_number_and_where_it_stands_in_its_range_are_one(each):
    for part in (0.0, 0.3, 1.0):
        assert part_of(each, each.at([part])[0]) == pytest.approx(part, abs=1e-12)


# Tasks and lives


def test_another_sort_of_tasks_is_refused():
    with pytest.raises(InputError, match="sort: got 'heldout tasks'; did you mean 'held-out tasks'"):
        task_seeds(1, 2, "heldout tasks")


def test_no_task_is_both_learned_from_and_held_out():
    assert not set(task_seeds(3, 2000)) & set(task_seeds(3, 2000, HELD_OUT))
    assert task_seeds(3, 5, TRAINING) != task_seeds(4, 5, TRAINING)


def test_a_life_has_the_metrics_of_a_run_of_its_scenario():
    scenario = Scenario.load("learn_by_error").override("steps", 300)
    model = scenario.build(seed=9)
    model.run_for(300)
    born = float(model.counts_by_kind["error"]["born"])
    found = live(lives_of(scenario, [9])[0])
    assert found | model.metrics | {"error.born": born} == found
    assert loss_of(found, {"error_last": 2.0, "error.born": -1.0}) == 2.0 * model.metrics["error_last"] - born


def test_scenarios_are_set_beside_each_other_in_the_same_tasks():
    table = lived({"few": walk(), "many": walk().override(COUNT, 9.0)}, [4, 5], LOSS)
    assert table[["scenario", "seed"]].to_numpy().tolist() == [["few", 4], ["few", 5], ["many", 4], ["many", 5]]
    assert (table["loss"] == table["walker.alive"]).all()
    assert table["walker.born"].tolist() == [20.0, 20.0, 45.0, 45.0]


# The loop


def search(generations=3, out=None, ranges=RANGES, **changes) -> va.Nested:
    given = {"loss": LOSS, "batch": 2, "training": 4, "rule": SMOOTH, "generations": generations, "out": out}
    return meta_learn(walk(), ranges, **{**given, **changes})


def test_fewer_are_alive_once_it_has_learned_to_bear_few_and_clear_many():
    found = search(25)
    assert found.settings[COUNT] < 1.0
    assert found.history["loss"].iloc[-1] < 0.2 * found.history["loss"].iloc[0]
    assert number_at(found.scenario, COUNT) == found.settings[COUNT]


def test_the_same_seed_has_the_same_bits_and_another_has_others():
    first, again, other = search(), search(), search(seed=77)
    assert first.settings == again.settings
    assert first.history.equals(again.history)
    assert first.settings != other.settings


@pytest.mark.slow
def test_more_processes_change_nothing():
    assert search(2).history.equals(search(2, workers=2).history)


def test_a_search_goes_on_where_it_was_stopped_to_the_bit(tmp_path):
    whole = search(4, tmp_path / "whole")

    def stop(generation, loss, settings):
        if generation == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(4, tmp_path / "halves", report=stop)
    assert len(json.loads((tmp_path / "halves" / HISTORY).read_text())["generations"]) == 2
    told = []
    halves = search(4, tmp_path / "halves", report=lambda generation, *_: told.append(generation))
    assert told == [2, 3]
    assert halves.settings == whole.settings
    assert (tmp_path / "halves" / HISTORY).read_bytes() == (tmp_path / "whole" / HISTORY).read_bytes()


def test_a_folder_of_another_search_is_refused_with_what_differs(tmp_path):
    search(1, tmp_path)
    with pytest.raises(InputError, match="another search; what differs: loss, seed; choose another"):
        search(1, tmp_path, loss={"walker.born": 1.0}, seed=2)


def test_fewer_generations_than_a_folder_holds_are_the_first_of_them(tmp_path):
    search(3, tmp_path)
    assert search(2, tmp_path).settings == search(2).settings


@pytest.mark.parametrize("text", ["{", "{}", "[]", '{"about": [], "generations": []}', '{"about": {}}'])
def test_a_damaged_history_is_refused_by_name(tmp_path, text):
    (tmp_path / HISTORY).write_text(text)
    with pytest.raises(InputError, match=r"nested\.json' is damaged"):
        search(1, tmp_path)


def test_a_file_in_place_of_a_folder_is_refused_before_anything_runs(tmp_path):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "inside"):
        with pytest.raises(InputError, match=r"out: .*cannot be a folder"):
            search(1, out, workers=lambda lives: pytest.fail("a life was lived"))


def test_it_stops_when_the_last_are_no_better_than_those_before():
    better, worse = [{"losses": [loss]} for loss in (4.0, 3.0, 2.0, 1.0)], [{"losses": [1.0]}] * 4
    assert not settled(better, 2)
    assert settled(worse, 2)
    assert not settled(worse, None)
    assert not settled(worse[:3], 2)
    still = search(9, ranges=RANGES[1:], loss={"walker.born": 1.0}, patience=1)  # which no hazard changes
    assert len(still.history) == 2


def test_what_was_found_is_a_scenario_that_anyone_can_run(tmp_path):
    found = search(2)
    saved = Scenario.load(found.save(tmp_path / "found.toml"))
    models = [scenario.build(seed=3) for scenario in (found.scenario, saved)]
    for model in models:
        model.run_for(20)
    assert models[0].state.digest() == models[1].state.digest()


def test_what_was_found_finds_the_graph_and_the_data_from_wherever_it_is_saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    walk().build().graph.write(tmp_path / "own.npz")
    data = {**walk().data, "graph": {"file": "own.npz"}}
    (tmp_path / "own.toml").write_text(document_of(data))
    found = meta_learn("own.toml", RANGES, loss=LOSS, generations=1, training=1, batch=1)
    saved = Scenario.load(found.save("elsewhere/deeper/found.toml"))
    assert saved.data["graph"] == {"file": "../../own.npz"}
    assert saved.build(seed=3).graph.size == found.scenario.build(seed=3).graph.size
    here = moved(Scenario.load("credit_by_vesicles").override("task.data", "mnist.tgz"), tmp_path / "elsewhere")
    assert here["task"]["data"] == str(tmp_path / "mnist.tgz")
    assert moved(Scenario.load("credit_by_vesicles"), tmp_path)["task"]["data"] == "digits"


@pytest.mark.parametrize("name", shipped_scenarios())
def test_every_shipped_scenario_is_the_same_once_written_and_read_again(name):
    data = Scenario.load(name).data
    assert tomllib.loads(document_of(data)) == data


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"loss": {}}, "loss", "is empty"),
        ({"loss": {"walker.aliv": 1.0}}, "loss", "walker.alive"),
        ({"loss": ["x"]}, "loss", "got \\['x'\\]; metrics with their weights"),
        ({"loss": {"walker.alive": "x"}}, "loss.walker.alive", "got 'x'; a finite number"),
        ({"generations": 0}, "generations", "got 0"),
        ({"batch": True}, "batch", "got True"),
        ({"batch": 5}, "batch", "at most training = 4"),
        ({"patience": 0}, "patience", "got 0"),
        ({"workers": 0}, "workers", "got 0"),
        ({"rule": va.SPSA(high=2.0)}, "rule", "low = 0 to high = 1"),
        ({"rule": "SPSA"}, "rule", "got 'SPSA'; a rule"),
        ({"ranges": None}, "ranges", "got None; a list of ranges"),
        ({"ranges": f"{COUNT}=0:9"}, "ranges", "a list of ranges"),
        ({"ranges": [3]}, "ranges", "a list of ranges"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_its_key(changes, key, words):
    with pytest.raises(InputError, match=words) as refusal:
        search(**{"generations": 1, **changes})
    assert refusal.value.key == key


@pytest.mark.parametrize(
    ("ranges", "words"),
    [
        ([f"{COUNT}=5:10"], "the scenario has 4, outside 5:10"),
        (["kinds.walker.emission.nodes=0:1"], "write the number in it"),
        ([f"{HAZARD}=0:2"], "hazard: got 2"),
        ([f"{COUNT}=0:9", f"{COUNT}=0:8"], "stands twice"),
        ([], "no range is given"),
    ],
)
def test_ranges_that_rules_do_not_allow_or_that_miss_the_scenario_are_refused(ranges, words):
    with pytest.raises(InputError, match=words):
        meta_learn(walk(), ranges, loss=LOSS)


def test_a_whole_number_is_searched_by_whole_numbers():
    found = meta_learn(walk(), ["steps=2:8:int"], loss={"walker.born": 1.0}, generations=1, training=1, batch=1)
    assert isinstance(found.settings["steps"], int)
    assert found.scenario.steps == found.settings["steps"]


def test_a_model_is_no_scenario():
    with pytest.raises(InputError, match=r"scenario: got .*; the name of a shipped one"):
        meta_learn(walk().build(), RANGES, loss=LOSS)
