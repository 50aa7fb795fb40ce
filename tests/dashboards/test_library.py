"""Library: runs of one folder, scenarios by name, an uploaded file; and nothing else, however it is asked for."""

import json
import os

import pytest

import vesicle_abm as va
from vesicle_abm.cli import main
from vesicle_abm.dashboards.away import arrivals, library
from vesicle_abm.dashboards.away.recipe import python
from vesicle_abm.dashboards.away.replay import compared, digest_of, recorded
from vesicle_abm.dashboards.run.course import Course
from vesicle_abm.dashboards.run.plan import Plan
from vesicle_abm.dashboards.server import start
from vesicle_abm.dashboards.server.limits import HOSTED, Limits


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with one run, and something secret beside it."""
    place = tmp_path_factory.mktemp("place")
    words = ["run", "random_walk", "--steps", "20", "--seed", "5", "--set", "kinds.walker.absorb=0.5"]
    assert main([*words, "--quiet", "--out", str(place / "runs" / "walk-5")]) == 0
    (place / "secret").mkdir()
    (place / "secret" / "run.json").write_text('{"secret": 1}')
    return place / "runs"


@pytest.fixture(autouse=True)
def started(folder, monkeypatch):
    monkeypatch.setattr(start, "runs", folder)


def replayed(steps):
    course = Course(Plan(library.run("walk-5")))
    course.seek(steps)
    return course.models[0]


def test_a_run_is_replayed_to_the_bit():
    assert library.runs() == ["walk-5"]
    model = replayed(20)
    assert compared(recorded("walk-5"), model.record) == (
        "All 20 rows replayed so far agree with the 20 recorded, to the bit."
    )
    assert digest_of(library.request("walk-5"), model) == "The final state has the recorded digest."


def test_where_a_replay_differs_is_told():
    rows = recorded("walk-5")
    rows.loc[7, "walker.alive"] += 1
    assert "differ first at step 7, in walker.alive" in compared(rows, replayed(20).record)
    asked = {**library.request("walk-5"), "digest": "0"}
    assert "another digest" in digest_of(asked, replayed(20))
    assert digest_of(asked, replayed(19)) == ""


def test_the_code_of_a_run_names_the_shipped_scenario_and_what_was_set():
    text = python(Plan(library.run("walk-5")), 3)
    assert "va.Scenario.load('random_walk')" in text
    assert "override('kinds.walker.absorb', 0.5)" in text
    assert "override('seed', 5)" in text


def test_a_link_opens_a_run_at_a_step():
    arrival = arrivals.first("run=walk-5&step=7")
    assert (arrival.step, arrival.source, arrival.problem) == (7, {"run": "walk-5"}, "")
    assert arrival.plan.scenario.seed == 5


def test_the_token_of_ones_own_server_is_no_part_of_a_link():
    assert arrivals.first("token=abc").problem == ""
    assert arrivals.first("token=abc&run=walk-5&step=7").step == 7


@pytest.mark.parametrize(
    "name",
    ["..", ".", "", "../secret", "walk-5/../../secret", "/etc", "walk-5/", "..\\secret", "walk-5\0", "a" * 300, "gone"],
)
def test_no_run_outside_of_the_folder_can_be_named(name):
    with pytest.raises(va.InputError, match="no run"):
        library.run(name)
    assert "cannot be followed" in arrivals.first(f"run={name.replace(chr(0), '%00')}").problem


def test_a_link_in_the_file_system_that_leads_out_is_not_followed(folder):
    os.symlink(folder.parent / "secret", folder / "out")
    (folder / "mixed").mkdir()
    os.symlink(folder.parent / "secret" / "run.json", folder / "mixed" / "run.json")
    try:
        assert "out" not in library.runs()
        with pytest.raises(va.InputError, match="no run"):
            library.run("out")
        with pytest.raises(va.InputError, match="lies in another folder"):
            library.run("mixed")
    finally:
        (folder / "out").unlink()
        (folder / "mixed" / "run.json").unlink()
        (folder / "mixed").rmdir()


@pytest.mark.parametrize("content", ["", "[]", "{}", "nonsense", "[" * 100_000, '{"data": 1, "scenario": 2}'])
def test_a_damaged_run_is_words(folder, content):
    (folder / "bad").mkdir(exist_ok=True)
    (folder / "bad" / "run.json").write_text(content)
    with pytest.raises(va.InputError):
        library.run("bad")


def test_a_run_that_is_too_large_is_refused(folder, monkeypatch):
    monkeypatch.setitem(library.LARGEST, library.MANIFEST, 10)
    with pytest.raises(va.InputError, match="larger than"):
        library.run("walk-5")


def test_a_scenario_is_named_and_never_a_path(tmp_path, monkeypatch):
    own = tmp_path / "own.toml"
    own.write_text(va.Scenario.load("random_walk").text)
    for name in (str(own), "own.toml", "../scenarios/random_walk.toml", "scenarios/random_walk.toml", ""):
        with pytest.raises(va.InputError, match="no scenario"):
            library.scenario(name)
    monkeypatch.setattr(start, "scenario", str(own))
    assert library.scenario("own.toml").source == str(own)
    assert arrivals.first("").source == {"scenario": "own.toml"}
    with pytest.raises(va.InputError, match="no scenario"):
        library.scenario(str(own))


def test_a_link_to_ones_own_file_waits_for_what_the_tab_has_kept(monkeypatch):
    text = va.Scenario.load("random_walk").text
    query = "file=mine.toml&set=kinds.walker.absorb=0.5&step=4"
    assert arrivals.first(query) is None
    arrival = arrivals.first(query, ("mine.toml", text))
    assert (arrival.step, arrival.source, arrival.problem) == (4, {"file": "mine.toml"}, "")
    assert arrival.plan.scenario.data["kinds"]["walker"]["absorb"] == 0.5
    assert "does not have that file" in arrivals.first(query, ("", "")).problem
    assert "does not have that file" in arrivals.first(query, ("other.toml", text)).problem
    assert "not TOML" in arrivals.first(query, ("mine.toml", "=")).problem
    assert "graph.file" in arrivals.first(query, ("mine.toml", "[graph]\nfile = '/etc/passwd'")).problem
    monkeypatch.setattr(start, "limits", Limits(upload=1))
    assert "1 are allowed here" in arrivals.first(query, ("mine.toml", text + "#" * 2000)).problem


def test_an_uploaded_scenario_opens_and_keeps_its_name():
    scenario = library.uploaded("mine.toml", va.Scenario.load("random_walk").text.encode())
    assert (scenario.name, scenario.data) == ("mine", va.Scenario.load("random_walk").data)
    assert library.uploaded("../../x.toml", scenario.text.encode()).source == "uploaded.toml"


@pytest.mark.parametrize(
    "text",
    [
        b"\xff",
        b"question = ",
        b"a = " + b"[" * 50_000,
        b"a = 1",
        b"graph = 3",
        b'question = "?"\nexpect = "!"\nkinds.a = {}\ngraph.file = "/etc/passwd"',
        b'question = "?"\nexpect = "!"\nkinds.a = {}\n[graph]\nfile = "x"\ngenerator = "path_graph"',
        b'question = ""\nexpect = "!"\nkinds.a = {}\n[graph]\nsmall_world = { nodes = 900000000 }',
        b'question = "?"\nexpect = "!"\nkinds.a = {}\n[graph]\ngenerator = "read_gml"',
    ],
)
def test_a_wrong_upload_is_words(text, monkeypatch):
    monkeypatch.setattr(start, "limits", HOSTED)
    with pytest.raises(va.InputError):
        library.uploaded("x.toml", text)


def test_a_link_that_asks_for_a_huge_graph_is_refused_before_any_is_made(monkeypatch):
    monkeypatch.setattr(start, "limits", HOSTED)
    query = "scenario=cascade&set=graph.arguments.n=1000000&set=kinds.nothing.absorb=7"
    assert "this server allows" in arrivals.first(query).problem


def test_a_run_whose_graph_is_a_file_is_not_opened_for_strangers(folder, monkeypatch):
    monkeypatch.setattr(start, "hosted", True)
    asked = library.request("walk-5")
    (folder / "filed").mkdir()
    (folder / "filed" / "run.json").write_text(json.dumps({**asked, "data": {"graph": {"file": "/etc/passwd"}}}))
    with pytest.raises(va.InputError, match="a graph in a file"):
        library.run("filed")
