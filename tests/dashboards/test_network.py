"""The network's screen: what it sends and when, and what it answers; no browser is needed."""

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.stage.canvas import NetworkWidget
from vesicle_abm.dashboards.stage.network import WINDOW, NetworkScreen
from vesicle_abm.dashboards.stage.picture import HEAT, PATHS

from .worlds import Density, crowd, learning, ring_walk

pytest.importorskip("anywidget", reason="the extra 'dashboard' is not installed")


class Plain:
    """As much of a scenario as a screen looks at."""

    data: dict = {}  # noqa: RUF012


class Shown:
    """A screen and what it has sent."""

    def __init__(self, model, monkeypatch):
        self.model, self.messages, widget = model, [], NetworkWidget()
        monkeypatch.setattr(widget, "send", lambda meta, buffers=(): self.messages.append((meta, buffers)))
        self.widget, self.screen = widget, NetworkScreen(widget)
        self.screen.begin(model, Plain)

    def hear(self, **content):
        """The browser says something."""
        self.screen._hear(self.widget, content, [])

    def step(self, steps=1):
        """Steps that are shown and seen."""
        for _ in range(steps):
            self.hear(what="seen", id=self.screen.sent)
            self.model.step()
            self.screen.show(self.model, 10.0)

    @property
    def frame(self) -> dict:
        """What the last frame says."""
        return next(meta for meta, _ in reversed(self.messages) if meta["what"] == "frame")

    def buffer(self, number: int, kind) -> np.ndarray:
        """A buffer of the last frame."""
        return np.frombuffer(self.messages[-1][1][number], kind)


@pytest.fixture
def shown(monkeypatch):
    return lambda model: Shown(model, monkeypatch)


def test_frames_are_dropped_while_the_browser_is_behind_and_steps_are_not(shown):
    seen = shown(ring_walk())
    for _ in range(5):
        seen.model.step()
        seen.screen.show(seen.model, 10.0)
    assert (seen.screen.sent, seen.screen.dropped) == (WINDOW, 5 - WINDOW + 1)
    seen.screen.rest(seen.model)
    assert seen.frame["step"] == 5
    last = WINDOW - 1  # the step that was shown last; the first frame is of the beginning
    assert seen.buffer(2, seen.screen.picture.motion.type)["from"].tolist() == [last, last, last]


def test_after_a_jump_the_model_is_shown_where_it_stands_without_gliding(shown):
    seen = shown(ring_walk())
    seen.step(2)
    back = ring_walk()
    seen.screen.jump(back)
    dots = seen.buffer(2, seen.screen.picture.motion.type)
    assert (seen.frame["step"], seen.frame["glide"]) == (0, 0.0)
    assert dots["from"].tolist() == dots["to"].tolist() == [0, 0, 0]
    assert len(seen.messages[-1][1][3]) == 0  # no flashes


def test_a_density_shows_expected_numbers_and_says_so(shown):
    model = crowd()
    model.run_for(5)
    seen = shown(Density(model))
    assert seen.frame["expected"]
    assert (seen.frame["scale"]["title"], seen.frame["step"]) == ("vesicles at a neuron", 7)
    assert len(seen.messages[-1][1][2]) == 0
    seen.screen.colour("activation")
    assert seen.frame["scale"]["title"] == "vesicles at a neuron"
    seen.screen.overlay(HEAT)
    assert seen.frame["overlay"]["high"] > 0.0
    seen.screen.show(Density(model), 10.0)
    seen.hear(what="follow", node=0)
    assert seen.messages[-1][0]["what"] == "told"


def test_a_hidden_kind_is_left_out_of_paths_and_heat(shown):
    seen = shown(crowd())
    seen.step(10)
    seen.screen.overlay(PATHS)
    both = seen.buffer(4, "<u4")
    seen.widget.hidden = [0, 1]
    assert len(both) > 0
    assert len(seen.buffer(4, "<u4")) == 0
    seen.screen.overlay(HEAT)
    assert seen.frame["overlay"]["high"] == 1.0  # nothing: the scale has no reach
    seen.widget.hidden = [0]
    assert seen.buffer(4, "u1").max() == 255


def test_more_kinds_than_colours_are_all_sent(shown):
    seen = shown(crowd(kinds=11))
    seen.step(8)
    dots = seen.buffer(2, seen.screen.picture.motion.type)
    assert set(dots["kind"].tolist()) == set(range(11))
    assert len(seen.widget.kinds) == 11


def test_weights_are_sent_again_only_where_they_learn(shown):
    seen = shown(learning())
    seen.model.state.weight[:] = [0.5, -2.0]
    seen.screen.rest(seen.model)
    assert np.frombuffer(seen.widget.strengths, np.int8).tolist() == [32, -127]
    seen.screen.colour("weight change")
    assert seen.frame["scale"]["high"] == 0.25


# One vesicle


def test_a_picked_dot_is_followed_from_node_to_node(shown):
    seen = shown(ring_walk())
    seen.step()
    seen.hear(what="pick", frame=seen.screen.sent, row=1)
    assert seen.frame["followed"] is None  # it runs: from the next step on
    seen.step(2)
    told = seen.frame["followed"]
    assert told["path"] == [2, 3] or told["path"] == [3]
    assert told["way"][:2] == [2, 3]
    assert ("born", "step 0, 0") in told["rows"]
    assert ("age", "3 steps") in told["rows"]


def test_at_rest_a_vesicle_is_followed_at_once(shown):
    seen = shown(ring_walk())
    seen.hear(what="follow", node=0)
    assert seen.frame["followed"]["way"][:2] == [0, 0]
    first = seen.screen.picture.followed.id
    seen.hear(what="follow", node=0)
    assert seen.screen.picture.followed.id != first
    seen.hear(what="follow", node=3)
    assert seen.messages[-1][0] == {"what": "told", "text": "no vesicle at 3 now"}
    seen.hear(what="unfollow")
    assert seen.frame["followed"] is None


def test_one_of_a_group_is_followed_where_vesicles_are_not_drawn_one_by_one(shown):
    seen = shown(ring_walk())
    seen.screen.picture.motion.budget = 1
    seen.step()
    assert seen.frame["grouped"] == {"most": 3, "missing": 0}
    seen.screen.rest(seen.model)
    seen.hear(what="pick", frame=seen.screen.sent, row=0)
    seen.step()
    assert seen.frame["followed"]["way"][:2] == [1, 2]


@pytest.mark.parametrize(
    ("rules", "fate"),
    [
        ({"lifetime": 2}, "expired in step 2"),
        ({"docking": va.ConstantDocking(probability=1.0)}, "taken up in step 1"),
        ({"decay": va.HazardDecay(hazard=1.0)}, "cleared in step 1"),
    ],
)
def test_the_end_of_a_followed_vesicle_is_told_with_its_fate(shown, rules, fate):
    seen = shown(ring_walk(**rules))
    seen.hear(what="follow", node=0)
    seen.step(3)
    followed = seen.frame["followed"]
    assert (followed["ended"], followed["way"]) == (fate, None)
    assert followed["rows"][0] == ("vesicle", "walker, ended")


def test_what_befalls_a_followed_vesicle_is_told_the_latest_first(shown):
    seen = shown(ring_walk(docking=va.ConstantDocking(probability=1.0), absorb=0.0, content_width=6))
    seen.hear(what="follow", node=0)
    seen.step(2)
    rows = seen.frame["followed"]["rows"]
    assert rows[-4:] == [
        ("step 2", "docked at 2"),
        ("step 2", "1 → 2"),
        ("step 1", "docked at 1"),
        ("step 1", "0 → 1"),
    ]
    assert dict(rows)["content"] == "1, 1, 1, 1 …"


def test_a_vesicle_under_way_tells_where_to_and_how_long(shown):
    graph = nx.DiGraph([("a", "b", {"delay": 2}), ("b", "a", {"delay": 2})])
    model = va.VesicleModel(graph, {"v": va.Kind(migration=va.WeightedMigration(stay=0.0))}, seed=1)
    model.place("v", "a")
    seen = shown(model)
    seen.hear(what="follow", node=0)
    seen.step()
    assert dict(seen.frame["followed"]["rows"])["where"] == "a → b, there in 2 steps"


@pytest.mark.parametrize("content", [{"what": "pick", "frame": 99, "row": 0}, {"what": "pick", "frame": 1, "row": 99}])
def test_a_dot_that_is_no_longer_there_is_not_followed(shown, content):
    seen = shown(ring_walk())
    seen.hear(**content)
    assert seen.frame["followed"] is None


def test_after_a_jump_to_before_its_birth_a_followed_vesicle_is_not_there(shown):
    born = va.Kind(emission=va.PulseEmission(count=1, at=2, nodes=[0]))
    model = va.VesicleModel(nx.path_graph(3), {"v": born}, seed=1)
    early = model.copy()
    seen = shown(model)
    seen.step(4)
    seen.screen.rest(model)
    seen.hear(what="follow", node=int(model.state.vesicles["v"]["node"][0]))
    assert seen.frame["followed"]["ended"] == ""
    seen.screen.jump(early)
    assert seen.frame["followed"]["ended"] == "not there in step 0"
