"""The board and its lanes: what is sent to the browser of which step, and what is answered when it asks."""

import io
import time
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest

import vesicle_abm as va
from vesicle_abm.dashboards.plots.board import Board
from vesicle_abm.dashboards.plots.charts import ChartsWidget
from vesicle_abm.dashboards.plots.tab import recorded
from vesicle_abm.dashboards.run.field import Field

LOOK = {"steps": None, "hidden": [], "logarithmic": False, "dark": False}


class Browser:
    """A board, a model on its first lane, and what its widget has sent."""

    def __init__(self, name="contextual_bandit", **changes):
        self.scenario = va.Scenario.load(name)
        for key, value in changes.items():
            self.scenario = self.scenario.override(key, value)
        self.model = self.scenario.build(threads=1)
        self.sent = []
        widget = ChartsWidget()
        widget.send = lambda content, buffers=None: self.sent.append((content, buffers))
        self.board = Board(widget)
        self.lane = self.board.lanes[0]
        self.lane.begin(self.model, self.scenario)

    def run(self, steps):
        for _ in range(steps):
            self.model.step()
            self.lane.show(self.model, 10.0)
        self.lane.rest(self.model)

    def ask(self, **content):
        self.board._hear(None, content, None)

    def rows(self):
        """The rows as a browser puts them together, by step."""
        held = {}
        for content, buffers in self.sent:
            if content["what"] == "rows" and content["lane"] == 0:
                if content["anew"]:
                    held.clear()
                for row in np.frombuffer(buffers[0]).reshape(-1, content["width"]):
                    held[int(row[0])] = row
        return held

    def saved(self, **content):
        before = len(self.sent)
        self.ask(what="save", **(LOOK | content))
        end = time.monotonic() + 60
        while len(self.sent) == before:
            assert time.monotonic() < end, "no file was made"
            time.sleep(0.01)
        about, (made,) = self.sent[-1]
        return about, made


def test_every_step_is_sent_once_and_all_of_it_again_when_a_browser_is_ready():
    browser = Browser()
    browser.run(20)
    assert list(browser.rows()) == list(range(21))
    before = browser.rows()
    browser.ask(what="ready")
    assert browser.sent[-2][0]["anew"]
    assert {step: row.tobytes() for step, row in browser.rows().items()} == {s: r.tobytes() for s, r in before.items()}


def test_after_a_jump_back_rows_stay_and_the_step_is_marked_and_a_cut_forgets_them():
    browser = Browser("reward_wave")
    browser.run(10)
    other = browser.scenario.build(threads=1)
    other.run_for(4)
    browser.lane.jump(other)
    assert (browser.sent[-1][0]["now"], max(browser.rows())) == (4, 10)
    browser.lane.cut(4)
    assert max(browser.rows()) == 4
    browser.model = other
    browser.run(2)
    assert list(browser.rows()) == list(range(7))


def test_a_synapse_is_drawn_from_the_step_at_which_it_was_chosen():
    browser = Browser()
    browser.run(15)
    browser.ask(what="strongest")
    browser.run(5)
    at = browser.lane.table.columns.index("chosen synapse.weight")
    weight = {step: row[at] for step, row in browser.rows().items()}
    assert all(np.isnan(weight[step]) for step in range(15))
    edge = browser.lane.series.edge
    assert weight[20] == browser.model.state.weight[edge]
    assert "synapse_traces" in browser.board.widget.shown
    assert "→" in browser.board.widget.synapse


def test_a_synapse_that_is_not_there_is_refused_in_words():
    browser = Browser()
    browser.ask(what="offer", text="act", pre="input0")
    assert browser.sent[-1][0]["names"] == ["action0", "action1", "action2"]
    browser.ask(what="synapse", pre="input0", post="input1")
    assert "no synapse that learns leads from input0 to input1" in browser.sent[-1][0]["message"]
    browser.ask(what="synapse", pre="input0", post="action1")
    assert browser.board.widget.synapse == "input0 → action1"


def test_what_was_chosen_stays_chosen_when_the_same_network_begins_again():
    browser = Browser()
    browser.ask(what="synapse", pre="input0", post="action1")
    browser.board.select_neuron(2)
    browser.lane.begin(browser.scenario.build(threads=1), browser.scenario)
    assert (browser.board.widget.synapse, browser.board.widget.neuron) == ("input0 → action1", "input2")
    other = va.Scenario.load("learn_by_error")
    browser.lane.begin(other.build(threads=1), other)
    assert (browser.board.widget.synapse, browser.board.widget.neuron) == ("", "")


def test_plots_that_are_shown_stay_when_a_model_with_the_same_ones_begins():
    browser = Browser()
    browser.board.widget.shown = ["etas"]
    browser.lane.begin(browser.model, browser.scenario)
    assert browser.board.widget.shown == ["etas"]
    other = va.Scenario.load("random_walk")
    browser.lane.begin(other.build(threads=1), other)
    assert "population" in browser.board.widget.shown


def test_a_second_view_is_drawn_dashed_into_the_same_plots_until_it_leaves():
    browser = Browser("random_walk")
    beside, field = browser.board.lanes[1], Field(browser.model)
    beside.begin(field, browser.scenario.override("view", "density"))
    field.step()
    beside.show(field, 10.0)
    assert beside.table.column("walker.alive")[-1] == field.occupancy().sum()
    lines = browser.board.widget.plots[0]["lines"]
    assert [(line["name"], line["dash"], line["lane"]) for line in lines] == [
        ("walker", "solid", 0),
        ("walker (density)", "dashed", 1),
    ]
    browser.lane.begin(browser.model, browser.scenario)
    assert [line["name"] for line in browser.board.widget.plots[0]["lines"]] == ["walker"]


def test_rules_that_change_while_it_runs_take_lines_away_and_bring_others_and_the_past_stays():
    browser = Browser()
    browser.ask(what="strongest")
    browser.run(6)
    ablated = browser.scenario.override("plasticity.ablated", {"attention": "none"}).build(threads=1)
    browser.lane.cut(6)
    browser.model = browser.model.with_rules_of(ablated)
    browser.lane.jump(browser.model)
    browser.run(4)
    attention = browser.lane.table.column("chosen synapse.attention")
    assert np.isnan(attention).tolist() == [step >= 6 for step in range(11)]
    assert np.isfinite(browser.lane.table.column("chosen synapse.weight")).all()
    described = {plot["key"]: plot for plot in browser.board.widget.plots}
    names = [line["name"] for line in described["synapse_attention"]["lines"]]
    assert "attention" in names


def test_a_neuron_chosen_in_a_pause_has_its_number_at_once():
    browser = Browser("reward_wave")
    browser.run(5)
    browser.board.select_neuron(3)
    column = browser.lane.table.column("chosen neuron.activation")
    assert np.isnan(column[:5]).all()
    assert column[5] == browser.model.state.activation[3]
    assert browser.board.widget.neuron == str(browser.model.graph.nodes[3])
    browser.board.select_neuron(-1)
    assert browser.board.widget.neuron == ""


@pytest.mark.parametrize(("form", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_a_plot_is_saved_as_a_picture_under_a_good_name(form, begins):
    browser = Browser()
    browser.run(10)
    for key in ("population", "weights"):
        about, made = browser.saved(plot=key, form=form)
        assert about["name"] == f"contextual_bandit-seed{browser.scenario.seed}-{key}.{form}"
        assert made.startswith(begins)


def test_a_picture_shows_what_the_visitor_sees():
    browser = Browser()
    browser.run(30)
    _, whole = browser.saved(plot="population", form="svg")
    _, part = browser.saved(plot="population", form="svg", hidden=["dip"], steps=[0, 3], dark=True)
    assert b">dip<" in whole
    assert b">dip<" not in part
    assert b"#1e1e1e" in part
    assert b"#1e1e1e" not in whole


def test_the_numbers_of_a_plot_are_its_lines_by_step():
    browser = Browser(record_every=1)
    browser.run(25)
    _, made = browser.saved(plot="born", form="csv")
    table = pd.read_csv(io.BytesIO(made), index_col="step")
    record = browser.model.record
    assert table.columns.tolist() == ["reward", "dip"]
    assert table["dip"].loc[2:].tolist() == record["dip.born"].diff().loc[2:].tolist()
    _, made = browser.saved(plot="weights", form="csv")
    weights = pd.read_csv(io.BytesIO(made), index_col="step")
    assert weights.sum(axis=1).unique().tolist() == [len(browser.model.world.wiring.edge)]


def test_all_recorded_rows_are_downloaded_as_they_were_recorded():
    browser = Browser("reward_wave")
    browser.run(12)
    frame = pd.read_parquet(io.BytesIO(recorded(lambda: nullcontext(browser.model), "Parquet")))
    pd.testing.assert_frame_equal(frame, browser.model.record)
    assert recorded(lambda: nullcontext(browser.model), "CSV") == browser.model.record.to_csv().encode()
