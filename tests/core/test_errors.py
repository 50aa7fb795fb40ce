"""Errors name the thing, and the nearest right name."""

import pytest

from vesicle_abm.core.errors import InputError, nearest


def test_an_error_is_a_value_error_that_starts_with_its_key():
    error = InputError("got 3; 4 is allowed", "rate")
    assert isinstance(error, ValueError)
    assert str(error) == "rate: got 3; 4 is allowed"
    assert (error.key, error.message) == ("rate", "got 3; 4 is allowed")
    assert str(InputError("no key")) == "no key"


def test_an_error_moves_under_its_parents():
    error = InputError("bad", "rate").inside("emission").inside("kinds.reward")
    assert error.key == "kinds.reward.emission.rate"
    assert InputError("bad").inside("emission").key == "emission"
    assert InputError("bad", "rate").inside("").key == "rate"


@pytest.mark.parametrize(
    ("given", "allowed", "phrase"),
    [
        ("serotonine", ["dopamine", "serotonin"], "did you mean 'serotonin'? Allowed: dopamine, serotonin"),
        ("xyz", ["dopamine"], "Allowed: dopamine"),
        ("xyz", [], "Allowed: none"),
        (("a", 1), [("a", 2)], "did you mean ('a', 2)? Allowed: ('a', 2)"),
    ],
)
def test_the_nearest_name_comes_first_then_all_names(given, allowed, phrase):
    assert nearest(given, allowed) == phrase


def test_a_long_list_of_names_is_cut_at_forty():
    phrase = nearest("zzz", range(100))
    assert phrase.endswith("38, 39, …")
