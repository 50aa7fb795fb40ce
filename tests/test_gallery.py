"""docs/gallery.md is made from the scenarios as they are now, and so are its pictures."""

import importlib.util
from functools import cache
from pathlib import Path

import pytest
from PIL import Image

from vesicle_abm.places import shipped_scenarios
from vesicle_abm.scenario import Scenario

DOCS = Path(__file__).parents[1] / "docs"
MOST_BYTES = 60_000


@cache
def maker():
    """The script that makes the page."""
    spec = importlib.util.spec_from_file_location("make_gallery", DOCS / "make_gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_script_makes_of_the_scenarios():
    assert (DOCS / "gallery.md").read_text(encoding="utf-8") == maker().page()


def test_every_shipped_scenario_is_in_it_once():
    names = [name for part in maker().GALLERY.values() for name in part]
    assert sorted(names) == list(shipped_scenarios())


@pytest.mark.parametrize("name", shipped_scenarios())
def test_its_picture_is_small_and_of_the_scenario_as_it_is(name):
    path = maker().picture(name)
    assert path.stat().st_size < MOST_BYTES
    with Image.open(path) as picture:
        assert picture.text[maker().NOTE] == maker().state(Scenario.load(name))
        assert 300 < max(picture.size) <= maker().WIDTH
