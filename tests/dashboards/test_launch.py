"""Launch: what is missing or wrong is said before a server starts."""

import importlib.util

import pytest

import vesicle_abm as va
from vesicle_abm.cli import main
from vesicle_abm.dashboards import launch
from vesicle_abm.dashboards.server import start


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(va.InputError, match=r'pip install "vesicle-abm\[dashboard\]"'):
        launch.serve(None, 0)


def test_a_scenario_that_does_not_exist_is_refused_before_the_server_starts():
    with pytest.raises(va.InputError, match="worm_wireless"):
        launch.serve("worm_wireles", 0)


def test_listening_everywhere_is_refused():
    with pytest.raises(va.InputError, match="name the one address"):
        launch.serve(None, 0, host="0.0.0.0")


def test_listening_everywhere_is_for_a_hosted_server_that_knows_its_name(monkeypatch):
    monkeypatch.setattr(launch, "application", lambda hosts: (_ for _ in ()).throw(va.InputError(str(hosts))))
    with pytest.raises(va.InputError, match="name the one address"):
        launch.serve(None, 0, host="0.0.0.0", hosted=True)
    with pytest.raises(va.InputError, match=r"vesicles\.example\.org"):
        launch.serve(None, 0, host="0.0.0.0", hosted=True, names=["vesicles.example.org"])


@pytest.mark.parametrize("words", [["--limit", "nodes=0"], ["--limit", "people=3"], ["--host", "::"], ["nowhere"]])
def test_wrong_options_of_the_command_are_words(words, capsys):
    assert main(["dashboard", *words]) == 2
    assert capsys.readouterr().err.startswith("vesicle-abm: ")


def test_only_a_server_that_this_machine_alone_can_ask_has_a_secret_that_lets_text_be_run():
    assert launch.token_for("192.168.1.5") == launch.token_for("example.org") == ""
    first, second = launch.token_for("127.0.0.1"), launch.token_for("[::1]")
    assert min(len(first), len(second)) > 20
    assert first != second


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch):
    """What a launch sets is set back."""
    for name in ("scenario", "hosted", "limits", "runs", "rooms"):
        monkeypatch.setattr(start, name, getattr(start, name))
