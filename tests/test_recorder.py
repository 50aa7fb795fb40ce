"""The recorder: hand-computed rows, and a ``mesa.DataCollector`` as Mesa knows it."""

import mesa
import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va


def one_pulse(**fields):
    kind = va.Kind(**{"emission": va.PulseEmission(count=1.0, at=0), "lifetime": 3, **fields})
    return va.VesicleModel(nx.path_graph(4), {"reward": kind}, seed=7, record_every=fields.pop("every", 1))


def test_the_rows_are_those_worked_out_by_hand():
    """4 nodes bear 1 each in step 1; all dock in every step, none is absorbed; each gives 2; they expire in step 3.
    Level: mean over 4 nodes of what 4 vesicles gave, 2 a step."""
    model = one_pulse(docking=va.ConstantDocking(probability=1.0), absorb=0.0, release=va.ModulatorRelease(amount=2.0))
    model.run_for(4)
    record = model.record
    assert record.index.tolist() == [1, 2, 3, 4]
    assert record["reward.born"].tolist() == [4, 4, 4, 4]
    assert record["reward.alive"].tolist() == [4, 4, 0, 0]
    assert record["reward.expired"].tolist() == [0, 0, 4, 4]
    assert record["reward.docked"].tolist() == [4, 4, 4, 0]  # also those that expire in the same step
    assert record["reward.level"].tolist() == [2.0, 4.0, 6.0, 6.0]
    assert record["reward.docked"].sum() == model.state.docked.sum()
    assert (record["reward.born"].dtype, record["reward.level"].dtype) == (np.int64, np.float64)


def test_docked_counts_the_absorbed():
    model = one_pulse(docking=va.ConstantDocking(probability=1.0), absorb=1.0)
    model.run_for(2)
    assert model.record["reward.docked"].tolist() == [4, 0]
    assert model.record["reward.absorbed"].tolist() == [4, 4]


def test_record_every_leaves_steps_out_and_zero_records_nothing():
    for every, steps in ((1, [1, 2, 3, 4, 5, 6, 7]), (3, [3, 6]), (0, [])):
        model = va.VesicleModel(nx.path_graph(3), {"reward": va.Kind()}, seed=1, record_every=every)
        model.run_for(7)
        assert model.record.index.tolist() == steps


def test_a_row_is_what_would_be_recorded_now_and_records_nothing():
    model = one_pulse(docking=va.ConstantDocking(probability=1.0))
    model.run_for(2)
    assert model.recorder.row(model) == model.recorder.table[-1].tolist()
    assert model.recorder.rows == 2


def test_the_books_of_every_row_balance_over_many_rows():
    kind = va.Kind(emission=va.ConstantEmission(rate=1.0), decay=va.HazardDecay(hazard=0.3), lifetime=4)
    model = va.VesicleModel(nx.path_graph(3), {"reward": kind}, seed=3)
    model.run_for(600)
    record = model.record
    ended = record[["reward.absorbed", "reward.expired", "reward.cleared"]].sum(axis=1)
    assert len(record) == 600
    assert (record["reward.born"] == record["reward.alive"] + ended).all()


class Watcher(mesa.Agent):
    """An ordinary agent."""

    size = 5


def test_mesas_datacollector_collects_from_our_model():
    model = one_pulse()
    watcher = Watcher(model)
    collector = mesa.DataCollector(
        model_reporters={"alive": lambda m: m.counts["alive"], "time": "time", "n": [lambda m: len(m.agents), [model]]},
        agent_reporters={"node": "node", "half": lambda a: a.unique_id / 2},
        agenttype_reporters={
            va.Vesicle: {"ttl": "ttl"},
            va.HMNNeuron: {"z": "activation"},
            Watcher: {"size": "size"},
            mesa.Agent: {"id": "unique_id"},
        },
    )
    for _ in range(2):
        model.step()
        collector.collect(model)
    assert collector.get_model_vars_dataframe()[["alive", "time", "n"]].values.tolist() == [[4, 1, 9], [4, 2, 9]]
    agents = collector.get_agent_vars_dataframe()
    assert agents.index.names == ["Step", "AgentID"]
    assert agents.loc[2].index.tolist() == model.agents.get("unique_id")
    assert agents.loc[2]["node"].dropna().tolist() == model.vesicles.get("node")
    assert collector.get_agenttype_vars_dataframe(va.Vesicle)["ttl"].tolist() == [2] * 4 + [1] * 4
    assert len(collector.get_agenttype_vars_dataframe(va.HMNNeuron)) == 8
    assert collector.get_agenttype_vars_dataframe(Watcher).loc[1].index.tolist() == [watcher.unique_id]
    assert len(collector.get_agenttype_vars_dataframe(mesa.Agent)) == 18


def test_the_recorder_is_a_datacollector_itself():
    model = one_pulse()
    model.recorder = va.Recorder(
        model.kinds,
        model_reporters={"alive": lambda m: m.counts["alive"]},
        agenttype_reporters={va.Vesicle: {"node": "node"}},
    )
    assert isinstance(model.recorder, mesa.DataCollector)
    model.run_for(3)
    frame = model.recorder.get_model_vars_dataframe()
    assert frame["alive"].tolist() == frame["reward.alive"].tolist() == [4, 4, 0]
    assert len(model.recorder.get_agenttype_vars_dataframe(va.Vesicle)) == 8
    assert model.recorder.get_agenttype_vars_dataframe(va.Vesicle).loc[2].index.is_unique


def test_reporters_given_after_a_load_begin_where_they_begin(tmp_path):
    model = one_pulse()
    model.run_for(2)
    model.save(tmp_path / "a.npz")
    back = va.VesicleModel.load(tmp_path / "a.npz")
    recorder = va.Recorder(back.kinds, model_reporters={"time": "time"})
    recorder.restore(back.recorder.table, back.recorder.presence)
    back.recorder = recorder
    back.step()
    frame = recorder.get_model_vars_dataframe()
    assert frame.index.tolist() == [1, 2, 3]
    assert frame["time"].tolist()[2] == 3
    assert frame["time"].isna().tolist() == [True, True, False]


def test_a_table_of_mesa_works():
    model = one_pulse()
    model.recorder = va.Recorder(model.kinds, tables={"ends": ["id", "step"]})
    model.recorder.add_table_row("ends", {"id": 3, "step": 1})
    assert model.recorder.get_table_dataframe("ends").values.tolist() == [[3, 1]]
    with pytest.raises(Exception, match="No such table"):
        model.recorder.get_table_dataframe("ease")


@pytest.mark.parametrize(
    "name", ["worm_wireless", "couriers", "novelty", "norepinephrine_astrocyte", "vesicles_or_broadcast", "cascade"]
)
def test_what_is_recorded_is_what_the_state_says(name):
    """A second, plain computation of every row, of shipped models whose vesicles travel, learn and are capped."""
    model = va.Scenario.load(name).build(seed=2, threads=1)
    model.recorder.every = 1
    state, presence = model.state, np.zeros((len(model.kinds), model.graph.size), np.int64)
    for _ in range(12):
        docked = state.docked.sum(axis=1)
        model.step()
        presence += model.occupancy()
        row = model.record.iloc[-1]
        for k, kind in enumerate(model.kinds):
            counts = model.counts_by_kind[kind]
            assert [row[f"{kind}.{what}"] for what in ("born", "alive", "absorbed", "expired", "cleared")] == [
                counts[what] for what in ("born", "alive", "absorbed", "expired", "cleared")
            ]
            assert row[f"{kind}.docked"] == state.docked[k].sum() - docked[k]
            assert row[f"{kind}.level"] == state.modulator[:, k].mean()
        assert row["activation"] == state.activation.mean()
        if model.world.plasticity is not None:
            learned = state.weight[np.sort(model.world.wiring.edge)]
            assert row["weight"] == learned.mean(dtype=np.float64)
    assert np.array_equal(model.recorder.presence, presence)


def test_vesicles_that_turn_are_born_once_and_those_under_way_are_at_no_node():
    graph = nx.path_graph(4)
    nx.set_edge_attributes(graph, 2, "delay")
    turn = va.ConstantTurn(into="moth", when="always", probability=0.4)
    caterpillar = va.Kind(emission=va.PulseEmission(count=3.0, at=0), turn=turn)
    moth = va.Kind(migration=va.WeightedMigration(stay=1.0))
    model = va.VesicleModel(graph, {"caterpillar": caterpillar, "moth": moth}, seed=3)
    presence = np.zeros((2, 4), np.int64)
    for _ in range(8):
        model.step()
        presence += model.occupancy()
    assert model.counts_by_kind["moth"]["came"] > 0
    assert model.record["caterpillar.born"].tolist() == [12] * 8
    assert model.record["moth.born"].tolist() == [0] * 8
    assert np.array_equal(model.recorder.presence, presence)
    assert presence[1].sum() < model.record["moth.alive"].sum()
