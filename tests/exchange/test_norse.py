"""Norse: a network made there spikes here as it did there, and one of ours there as here."""

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va

nir = pytest.importorskip("nir")

MADE = Path(__file__).parent / "norse"


def test_a_network_made_in_norse_gives_the_spikes_that_it_gave_there():
    """``make_norse.py`` made the file; no potential came nearer than 4e-5 to a threshold, float32 rounds at 1e-7."""
    network = va.from_nir(MADE / "layered.nir", dt_ms=1.0)
    with np.load(MADE / "layered.npz") as there:
        found = network.run({"input": there["given"]})
        assert there["margin"] > 1e-5
        assert there["out"].sum() == 393
        assert np.array_equal(found["1"], there["hidden"])
        assert np.array_equal(found["3"], there["out"])


def layers(rng, recurrent):
    """Inputs, a hidden population, and outputs, of Norse's sort: rest, reset 0."""
    graph = nx.DiGraph()
    for name, size, tau, threshold in (("in", 10, 1.0, 0.5), ("hidden", 16, 8.0, 1.0), ("out", 5, 12.0, 1.25)):
        graph.add_nodes_from((f"{name}{i}" for i in range(size)), population=name, tau=tau, threshold=threshold)
    ways = [("in", 10, "hidden", 16, -1.0, 6.0), ("hidden", 16, "out", 5, -2.0, 6.0)]
    for a, some, b, others, low, high in ways + [("hidden", 16, "hidden", 16, -3.0, 2.0)] * recurrent:
        for i in range(some):
            for j in range(others):
                weight = rng.uniform(low, high)
                graph.add_edge(f"{a}{i}", f"{b}{j}", weight=abs(weight), sign=np.sign(weight))
    neurons = va.LIFNeurons(tau_ms="tau", threshold="threshold", rest=0.0, reset=0.0, integration="euler")
    return va.VesicleModel(graph, {}, neurons=neurons)


@pytest.mark.slow
@pytest.mark.parametrize("recurrent", [False, True])
def test_a_network_of_ours_gives_the_same_spikes_in_norse(recurrent, tmp_path):
    """Runs where Norse is installed: ``pip install norse nirtorch``."""
    torch = pytest.importorskip("torch")
    norse = pytest.importorskip("norse.torch")
    rng = np.random.default_rng(3)
    graph = va.to_nir(layers(rng, recurrent))
    nir.write(tmp_path / "net.nir", graph)
    given = (rng.random((200, 10)) < 0.15).astype(np.float32)
    ours = va.from_nir(graph).run({"in": given})["out"]
    there, state, out = norse.from_nir(nir.read(tmp_path / "net.nir"), dt=0.001), None, []
    with torch.no_grad():
        for row in torch.from_numpy(given)[:, None]:
            spikes, state = there(row) if state is None else there(row, state)
            out.append(spikes[0].numpy())
    assert ours.sum() > 100
    assert np.array_equal(np.array(out), ours)
