"""Whole emulations: books that balance, what is refused, what saturates, and what is written."""

import json

import numpy as np
import pandas as pd
import pytest
from mesh_worlds import learning

import vesicle_abm as va
from vesicle_abm.core.errors import InputError
from vesicle_abm.neuromorphic.comparison import difference, differences
from vesicle_abm.neuromorphic.counts import events_of, shortest_step_us, traffic_per_vesicle
from vesicle_abm.neuromorphic.emulation import emulate
from vesicle_abm.neuromorphic.findings import FITS, MISSING, SATURATES, VANISHES, findings, vanished
from vesicle_abm.neuromorphic.mesh import OURS, PUBLISHED, Mesh
from vesicle_abm.neuromorphic.writing import folder_for, report_of, write
from vesicle_abm.places import shipped_scenarios


@pytest.fixture(scope="module")
def worm():
    return emulate(va.Scenario.load("worm_wireless"), steps=40, seed=2)


def test_flits_over_links_are_those_of_packets_and_of_ticks(worm):
    tally, ticks, links = worm.tally, worm.tally.per_tick(), worm.tally.per_link()
    assert len(ticks) == 40
    assert tally.loads.sum() == ticks["flit_hops"].sum() == links["flits"].sum() > 0
    assert ticks[["spike", "reward", "flow"]].sum().tolist() == tally.packets.tolist()
    assert ticks["flits"].sum() == tally.flits.sum()
    flits = np.array([2, 2, 4])
    assert (tally.flits == flits * tally.packets).all()
    assert tally.loads.sum() == (flits * tally.hops).sum()
    assert ticks["busiest_link"].max() == tally.peaks.max() == links["most_in_a_tick"].max()
    assert (ticks["cycles"] >= ticks["busiest_link"]).all()
    assert len(links) == 4 * 24 * 23


def test_moves_packets_and_vesicles_balance(worm):
    ticks, model = worm.tally.per_tick(), worm.quantised
    assert (ticks["moves"] - ticks["local_moves"] == ticks["flow"]).all()
    counts = model.counts
    assert counts["born"] == counts["alive"] + counts["absorbed"] + counts["expired"] + counts["cleared"]
    each = traffic_per_vesicle(worm)
    assert each["packets"] == ticks["flow"].sum() / counts["born"]
    assert each["flits"] == 4 * each["packets"]
    assert each["links"] == pytest.approx(each["links_per_packet"] * each["packets"])
    cores = worm.tally.per_core(worm.sender)
    assert cores["neurons"].sum() == 302
    assert cores["neurons"][0] == 0  # the controller


def test_events_are_counted_by_hand(worm):
    """Rates: no activation is 0 but by rounding, so effective operations are those of weights that are not 0."""
    counts, model = events_of(worm), worm.quantised
    synapses = len(model.world.synapses.edge)
    assert counts["synaptic_operations_dense"] == 40 * synapses
    assert counts["effective_acs"] == 0
    nonzero = np.count_nonzero(model.state.weight[model.world.synapses.edge])
    assert 0.9 * 40 * nonzero < counts["effective_macs"] <= 40 * nonzero
    assert counts["memory_accesses"] == counts["effective_macs"]  # nothing learns
    assert counts["flit_hops"] == worm.tally.loads.sum()
    assert counts["vesicle_updates"] == worm.tally.per_tick()["alive"].sum()
    assert 0.0 <= counts["activation_sparsity"] < 0.1


def test_a_run_on_the_mesh_has_its_own_golden_bits_whatever_else_is_asked(worm):
    """Cores and placement change where packets go, and nothing of the model."""
    again = emulate(va.Scenario.load("worm_wireless"), steps=40, seed=2, cores=9)
    assert again.quantised.state.digest() == worm.quantised.state.digest()
    assert again.tally.packets[2] < worm.tally.packets[2]
    plain = va.Scenario.load("worm_wireless").build(seed=2)
    plain.run_for(40)
    assert worm.plain.state.digest() == plain.state.digest()


def test_the_run_held_to_eight_bits_is_nearer_than_another_seed(worm):
    rows = {row.what: row for row in differences(worm)}
    for name in ("neuropeptide.alive", "neuropeptide.level", "activation"):
        assert 0.0 < rows[name].error < rows[name].between_seeds, name


def test_a_difference_is_a_root_mean_square():
    found = difference("x", [1.0, 3.0], [4.0, 7.0], [1.0, 3.0])
    assert (found.plain, found.quantised, found.error, found.between_seeds) == (2.0, 5.5, np.sqrt(12.5), 0.0)


def test_findings_say_what_fits_and_what_saturates(worm):
    rows = {row.what: row for row in findings(worm)}
    assert (rows["neurons"].needed, rows["neurons"].limit, rows["neurons"].source) == ("302", "2,355,200", PUBLISHED)
    assert rows["neuropeptide: ttl"].verdict == SATURATES
    assert rows["kinds of vesicles"].verdict == FITS
    assert rows["kinds of vesicles"].source == OURS
    assert shortest_step_us(worm) == 10.24


def test_synapses_of_one_contact_vanish_in_eight_bits(worm):
    """The largest weight of the worm is 401 contacts: half a step is 401 / 127 / 2 = 1.6 of them."""
    graph = worm.plain.graph
    contacts = graph.weight[graph.in_layers(["chemical", "gap"])]
    assert contacts.max() == 401
    share = np.mean(contacts < 401 / 127 / 2)
    rows = {row.what: row for row in findings(worm)}
    assert (rows["weights rounded to 0"].needed, rows["weights rounded to 0"].verdict) == (f"{share:.1%}", VANISHES)
    assert vanished(worm) == share == np.mean(contacts == 1)


def test_slow_links_and_short_ticks_saturate_and_a_step_takes_longer():
    found = emulate(va.Scenario.load("worm_wireless"), steps=5, mesh=Mesh(cycles_per_us=10.0))
    rows = {row.what: row for row in findings(found)}
    assert rows["cycles that a tick needs"].verdict == SATURATES
    assert shortest_step_us(found) == found.tally.latest / 10.0 > 10.24


def test_what_no_field_holds_is_said():
    kinds = learning().data["kinds"]
    kinds["reward"] |= {"releases": 3, "spend": 0.5}
    found = emulate(learning(kinds=kinds), steps=5)
    missing = [row.what for row in findings(found) if row.verdict == MISSING]
    assert missing == ["reward: payload left", "reward: releases left"]


def test_a_broadcast_comes_from_the_controller():
    """One reward packet to each core that holds neurons, in each step that gives."""
    kinds = learning().data["kinds"]
    kinds["reward"] |= {"delivery": "broadcast"}
    found = emulate(learning(kinds=kinds), steps=5, cores=4)
    assert found.tally.per_tick()["reward"].tolist() == [4] * 5
    assert found.tally.packets[2] == 0


def test_spikes_along_a_chain_by_hand():
    """a is 1 always, and b, c, d are what the one before was a step before: 1, 2, 3, 3, 3 active synapses and spikes to
    other cores, of 3 synapses each step; and 1, 2, 3, 4, 4 of 4 activations.
    """
    bias = {"a": 1.0, "b": 0.0, "c": 0.0, "d": 0.0}
    graph = {
        "populations": {name: {"attributes": {"rest": value}} for name, value in bias.items()},
        "projections": [{"source": a, "target": b, "weight": 1.0} for a, b in ("ab", "bc", "cd")],
    }
    found = emulate(learning(graph=graph, neurons={"activation": "relu", "bias": "rest"}, plasticity=None), steps=5)
    counts = events_of(found)
    assert (counts["effective_acs"], counts["effective_macs"]) == (12, 0)
    assert counts["synaptic_operations_dense"] == 15
    assert found.tally.per_tick()["spike"].tolist() == [1, 2, 3, 3, 3]
    assert counts["activation_sparsity"] == pytest.approx(1 - 14 / 20)


def test_updates_of_synapses_read_and_write_the_weight_and_both_traces():
    found = emulate(learning(), steps=7)
    counts = events_of(found)
    assert counts["synapse_updates"] == 7 * 20
    assert counts["memory_accesses"] == counts["effective_macs"] + 2 * 3 * 7 * 20


def test_a_model_without_neurons_runs_too():
    found = emulate(va.Scenario.load("random_walk"), steps=10)
    assert found.tally.packets[0] == 0 < found.tally.packets[2]
    assert events_of(found)["activation_sparsity"] is None


def wide(width: int) -> va.Scenario:
    kinds = learning().data["kinds"]
    kinds["reward"] |= {"content_width": width, "content": {"rule": "gaussian", "mean": [0.1] * width}}
    return learning(kinds=kinds)


def many(count: int) -> va.Scenario:
    kind = {"emission": {"rule": "constant", "rate": 0.1}, "lifetime": 3}
    scenario = learning(kinds={f"kind{i}": kind for i in range(count)})
    return scenario.override("plasticity.modulation.weights", {"kind0": 1.0})


@pytest.mark.parametrize(
    ("scenario", "mesh", "words"),
    [
        (wide(9), Mesh(), "kinds.reward.content_width: got 9 components; a flow packet holds 8"),
        (many(17), Mesh(), "kinds: got 17 kinds; the 4 bits of a packet tell 16 apart"),
        (learning(), Mesh(width=2, height=1, neurons_per_core=9), "10 neurons need 2 cores of 9; the mesh has 1"),
    ],
)
def test_what_the_mesh_cannot_hold_is_refused(scenario, mesh, words):
    with pytest.raises(InputError, match=words):
        emulate(scenario, steps=2, mesh=mesh)


def test_as_much_as_a_packet_holds_is_not():
    assert emulate(wide(8), steps=2).tally.packets[2] > 0
    assert emulate(many(16), steps=2).tally.packets[2] > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", [name for name in shipped_scenarios() if name != "path_memory"])
def test_every_shipped_scenario_runs_on_the_mesh_whose_contents_are_narrow_enough(name):
    found = emulate(va.Scenario.load(name), steps=20)
    report = report_of(found)
    assert sum(packets["flits"] for packets in report["packets"].values()) == report["accounting"]["flits"]
    assert len(report["differences"]) >= 1


def test_patterns_of_64_components_are_refused():
    with pytest.raises(InputError, match=r"kinds.writer.content_width: got 64 components; a flow packet holds 8"):
        emulate(va.Scenario.load("path_memory"), steps=20)


@pytest.mark.parametrize("steps", [0, -1])
def test_no_steps_are_refused(steps):
    with pytest.raises(InputError, match="steps: got"):
        emulate(learning(), steps=steps)


def test_reports_tell_of_every_step():
    told = []
    emulate(learning(), steps=3, report=lambda done, steps: told.append((done, steps)))
    assert told == [(done, 9) for done in range(1, 10)]


def test_the_report_and_its_tables_say_the_same(worm, tmp_path):
    write(worm, tmp_path, {"flit_hops": 2e-12, "packets": 1e-12})
    report = json.loads((tmp_path / "mesh.json").read_text())
    links, ticks, cores = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("links", "ticks", "cores"))
    assert links["flits"].sum() == ticks["flit_hops"].sum() == report["accounting"]["flit_hops"]
    assert cores["neurons"].sum() == 302
    assert report["digest"] == worm.quantised.state.digest()
    expected = 2e-12 * report["accounting"]["flit_hops"] + 1e-12 * report["accounting"]["packets"]
    assert report["joules"]["sum"] == pytest.approx(expected)
    assert report["placement"]["flit_hops_placed"] < 0.6 * report["placement"]["flit_hops_shuffled"]
    sources = {row["limit"]: row["source"] for row in report["limits"]}
    assert sources["reach"] == PUBLISHED
    assert sources["cycles_per_us"] == OURS
    for name in ("links", "cores"):
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
    assert report_of(worm)["joules"] is None


def test_the_placement_made_for_the_traffic_is_about_what_the_packets_take(worm):
    """The flow counts a telling once for each synapse, the mesh once for each core: the mesh sends no more."""
    assert worm.tally.loads.sum() < worm.sender.placement.hops * 1.1


def test_folders_are_new_or_empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert [str(folder_for(None, "x-1")) for _ in range(2)] == ["mesh/x-1", "mesh/x-1-2"]
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(InputError, match="'full' is not empty"):
        folder_for("full", "x")
    with pytest.raises(InputError, match="cannot be made"):
        folder_for("full/file", "x")
