"""snnTorch: a network made there, and written by its own export, spikes here as it did there."""

import numpy as np
import pytest

import vesicle_abm as va

STEPS, INPUTS, HIDDEN, OUTPUTS = 200, 10, 20, 6


@pytest.mark.slow
def test_a_network_made_in_snntorch_gives_the_spikes_that_it_gives_there():
    """Runs where snnTorch is installed: ``pip install snntorch nirtorch``; its export takes dt as 0.1 ms."""
    pytest.importorskip("nir")
    torch = pytest.importorskip("torch")
    snn = pytest.importorskip("snntorch")
    export = pytest.importorskip("snntorch.export_nir")
    torch.manual_seed(1)
    how = {"reset_mechanism": "zero", "init_hidden": True}
    net = torch.nn.Sequential(
        torch.nn.Linear(INPUTS, HIDDEN),
        snn.Leaky(beta=torch.full((HIDDEN,), 0.9), threshold=torch.ones(HIDDEN), **how),
        torch.nn.Linear(HIDDEN, OUTPUTS),
        snn.Leaky(beta=torch.full((OUTPUTS,), 0.95), threshold=torch.ones(OUTPUTS), output=True, **how),
    )
    net[0].weight.data = 0.6 * torch.rand(HIDDEN, INPUTS) - 0.1
    net[2].weight.data = 0.5 * torch.rand(OUTPUTS, HIDDEN) - 0.15
    given = (torch.rand(STEPS, 1, INPUTS) < 0.2).float()
    with torch.no_grad():
        there = np.array([net(row)[0][0].numpy() for row in given])
    network = va.from_nir(export.export_to_nir(net, given[0], ignore_dims=[0]), dt_ms=0.1)
    found = network.run({"input": given[:, 0].numpy()})
    assert there.sum() > 100
    assert np.array_equal(found[network.outputs[0]], there)
