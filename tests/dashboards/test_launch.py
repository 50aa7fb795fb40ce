"""Launch: what is missing or wrong is said before a server starts."""

import importlib.util

import pytest

import vesicle_abm as va
from vesicle_abm.dashboards import launch


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
