"""Settings: any change of a scenario can be said in keys and values, and said back."""

import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.run.plan import original
from vesicle_abm.dashboards.run.settings import settings, toml, written
from vesicle_abm.experiments.texts import parse_setting


def applied(base, found):
    for key, value in found:
        base = base.override(key, value)
    return base


def test_only_what_differs_is_named():
    base = va.Scenario.load("worm_wireless")
    assert settings(base, base) == []
    changed = base.override("kinds.serotonin.release.1.amount", 0.5)
    assert settings(changed, base) == [("kinds.serotonin.release.1.amount", 0.5)]


def test_a_whole_number_and_the_same_number_with_a_point_differ():
    base = va.Scenario.load("worm_wireless").override("neurons.bias", 1.0)
    assert settings(base.override("neurons.bias", 1), base) == [("neurons.bias", 1)]


def test_what_was_taken_out_of_a_table_gives_the_table_whole():
    base = va.Scenario.load("worm_wireless")
    data = {**base.data, "kinds": {**base.data["kinds"]}}
    data["kinds"]["dopamine"] = {k: v for k, v in data["kinds"]["dopamine"].items() if k != "clearance"}
    changed = va.Scenario(data, base.source, base.folder, base.text)
    ((key, value),) = settings(changed, base)
    assert key == "kinds.dopamine"
    assert "clearance" not in value
    assert applied(base, [(key, value)]).data == changed.data


def test_changes_come_in_an_order_in_which_each_is_allowed():
    base = va.Scenario.load("random_walk")
    graph = {"generator": "path_graph", "arguments": {"n": 7}}
    found = settings(va.Scenario({**base.data, "graph": graph}, base.source, base.folder, base.text), base)
    assert applied(base, found).data["graph"] == graph


def test_a_table_that_is_gone_is_refused_in_words():
    base = va.Scenario.load("worm_wireless")
    data = {key: value for key, value in base.data.items() if key != "steps"}
    with pytest.raises(va.InputError, match="take the scenario's file"):
        settings(va.Scenario(data, base.source, base.folder, base.text), base)


@pytest.mark.parametrize("name", va.shipped_scenarios())
def test_every_value_of_a_shipped_scenario_is_read_back_from_a_setting(name):
    for key, value in va.Scenario.load(name).data.items():
        assert parse_setting(written((key, value))) == (key, value)


@pytest.mark.parametrize("value", [1e-05, 1e300, -0.0, 2**63, True, "a 'b' \"c\"\n", [], {}, [[1, 2.0], {"a b": [1]}]])
def test_any_value_is_written_on_one_line_and_read_back(value):
    text = toml(value).as_string()
    assert "\n" not in text
    assert repr(parse_setting(f"a={text}")[1]) == repr(value)


def test_the_original_of_a_changed_scenario_is_its_file():
    base = va.Scenario.load("random_walk")
    assert original(base.override("seed", 5)).data == base.data
