"""How the files in ``norse/`` were made: networks of Norse's, as NIR, with spikes that they were given and gave.

Run by hand, with norse 1.1.0, nirtorch 2.6, torch 2.13.0: ``python tests/exchange/make_norse.py``. Norse computes in
float32; ``margin`` says how near a potential came to its threshold, so that a spike does not hang on rounding.
"""

import sys
from pathlib import Path

import nir
import norse.torch as norse
import numpy as np
import torch

HERE = Path(__file__).parent / "norse"
STEPS, INPUTS, HIDDEN, OUTPUTS = 300, 12, 20, 8
SECONDS = 1.0  # norse.to_nir divides dt by 1 / tau: with 1 s it gives tau in seconds


def cells(size, tau_ms, threshold):
    """LIF neurons without synaptic currents."""
    each = torch.ones(size)
    parameters = norse.LIFBoxParameters(tau_mem_inv=1000.0 / tau_ms * each, v_leak=0.0 * each, v_th=threshold * each)
    return norse.LIFBoxCell(parameters, dt=0.001)


def layered():
    """Two layers, the second with a bias."""
    torch.manual_seed(7)
    first, second = torch.nn.Linear(INPUTS, HIDDEN, bias=False), torch.nn.Linear(HIDDEN, OUTPUTS)
    first.weight.data = 6.0 * torch.rand(HIDDEN, INPUTS) - 1.0
    second.weight.data = 8.0 * torch.rand(OUTPUTS, HIDDEN) - 2.0
    second.bias.data = 0.8 * torch.rand(OUTPUTS)
    return norse.SequentialState(first, cells(HIDDEN, 10.0, 1.0), second, cells(OUTPUTS, 20.0, 1.5))


def main():
    """Run the network for so many steps, and write what it is and what it did."""
    net = layered()
    given = (torch.rand(STEPS, 1, INPUTS, generator=torch.Generator().manual_seed(8)) < 0.1).float()
    state, hidden, out, margin = None, [], [], np.inf
    with torch.no_grad():
        for row in given:
            currents = net[0](row)
            before = state[1].v if state is not None else torch.zeros(1, HIDDEN)
            margin = min(margin, float(abs(before + 0.1 * (currents - before) - 1.0).min()))
            z, first = net[1](currents, state[1] if state is not None else None)
            below = state[3].v if state is not None else torch.zeros(1, OUTPUTS)
            margin = min(margin, float(abs(below + 0.05 * (net[2](z) - below) - 1.5).min()))
            answer, state = net(row, state)
            assert torch.equal(first.v, state[1].v)
            hidden.append(z[0].numpy())
            out.append(answer[0].numpy())
        graph = norse.to_nir(net, given[0], dt=SECONDS)
    HERE.mkdir(exist_ok=True)
    nir.write(HERE / "layered.nir", graph)
    spikes = {"given": given[:, 0].numpy(), "hidden": np.array(hidden), "out": np.array(out)}
    np.savez_compressed(
        HERE / "layered.npz", margin=margin, **{name: array.astype(bool) for name, array in spikes.items()}
    )
    sys.stdout.write(f"{ {name: int(array.sum()) for name, array in spikes.items()} } {margin}\n")


if __name__ == "__main__":
    main()
