"""The distal reward network in Brian2, run by an interpreter that has it: simulated seconds in, a line of JSON out."""

import json
import sys
import time

import brian2 as b
import numpy as np

EXCITATORY, INHIBITORY, SYNAPSES = 800, 200, 100


def network() -> tuple[b.Network, b.SpikeMonitor]:
    """Izhikevich (2007): neurons, synapses, and what learns."""
    b.seed(1)
    b.defaultclock.dt = 1.0 * b.ms
    random = np.random.default_rng(1)
    count = EXCITATORY + INHIBITORY
    cells = b.NeuronGroup(
        count,
        "v : 1\nu : 1\na : 1\nd : 1\ncurrent : 1\ndopamine : 1 (shared)",
        threshold="v >= 30.0",
        reset="v = -65.0; u += d",
    )
    cells.v, cells.u = -65.0, -13.0
    cells.a = np.repeat([0.02, 0.1], [EXCITATORY, INHIBITORY])
    cells.d = np.repeat([8.0, 2.0], [EXCITATORY, INHIBITORY])
    moves = cells.run_regularly(
        """
        drawn = current + 13.0 * (rand() - 0.5)
        v += 0.5 * ((0.04 * v + 5.0) * v + 140.0 - u + drawn)
        v += 0.5 * ((0.04 * v + 5.0) * v + 140.0 - u + drawn)
        u += a * (0.2 * v - u)
        current = 0.0
        """,
        when="groups",
    )
    fades = cells.run_regularly("dopamine *= 0.995", when="start")
    learns = b.Synapses(
        cells,
        cells,
        """
        w : 1
        eligibility : 1
        dpre/dt = -pre / (19.495725746 * ms) : 1 (event-driven)
        dpost/dt = -post / (19.495725746 * ms) : 1 (event-driven)
        """,
        on_pre="current_post += w; pre = 0.1; eligibility -= 1.5 * post",
        on_post="post = 0.1; eligibility += pre",
    )
    learns.connect(i=np.repeat(np.arange(EXCITATORY), SYNAPSES), j=random.integers(0, count, EXCITATORY * SYNAPSES))
    learns.w = 1.0
    updates = learns.run_regularly(
        "w = clip(w + (0.002 + dopamine_post) * eligibility, 0.0, 4.0); eligibility *= 0.99", dt=10.0 * b.ms, when="end"
    )
    inhibits = b.Synapses(cells, cells, on_pre="current_post -= 1.0")
    ends = random.integers(0, EXCITATORY, INHIBITORY * SYNAPSES)
    inhibits.connect(i=np.repeat(np.arange(EXCITATORY, count), SYNAPSES), j=ends)
    monitor = b.SpikeMonitor(cells, record=False)
    return b.Network(cells, moves, fades, learns, updates, inhibits, monitor), monitor


def main() -> None:
    """Run as many seconds as each line says."""
    whole, monitor = network()
    for line in sys.stdin:
        before, begun = monitor.num_spikes, time.process_time()
        whole.run(float(line) * b.second)
        rate = (monitor.num_spikes - before) / (EXCITATORY + INHIBITORY) / float(line)
        print(json.dumps({"cpu": time.process_time() - begun, "rate": rate}), flush=True)


if __name__ == "__main__":
    main()
