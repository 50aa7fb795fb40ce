"""The distal reward network in NEST, run by an interpreter that has it: simulated seconds in, a line of JSON out."""

import json
import sys
import time

import nest

EXCITATORY, INHIBITORY, SYNAPSES = 800, 200, 100


def network():
    """Izhikevich's neurons, noise of the same variance, and NEST's own dopamine synapses; the recorder of spikes."""
    nest.ResetKernel()
    nest.set(resolution=1.0, local_num_threads=1, rng_seed=1, print_time=False)
    cells = nest.Create(
        "izhikevich", EXCITATORY + INHIBITORY, {"V_m": -65.0, "U_m": -13.0, "b": 0.2, "c": -65.0, "V_th": 30.0}
    )
    cells.consistent_integration = False  # the two half steps of Izhikevich's programs
    cells[:EXCITATORY].set(a=0.02, d=8.0)
    cells[EXCITATORY:].set(a=0.1, d=2.0)
    noise = nest.Create("noise_generator", params={"mean": 0.0, "std": 13.0 / 12.0**0.5, "dt": 1.0})
    nest.Connect(noise, cells)
    source = nest.Create("poisson_generator", params={"rate": 0.1})
    relay = nest.Create("parrot_neuron")
    volume = nest.Create("volume_transmitter", params={"deliver_interval": 1000})  # ms: its synapses move at spikes
    nest.Connect(source, relay)
    nest.Connect(relay, volume)
    nest.CopyModel(
        "stdp_dopamine_synapse",
        "learns",
        {
            "volume_transmitter": volume,
            "A_plus": 0.1,
            "A_minus": 0.15,
            "tau_plus": 20.0,
            "tau_c": 1000.0,
            "tau_n": 200.0,
            "Wmin": 0.0,
            "Wmax": 4.0,
            "b": 0.0,
        },
    )
    drawn = {"rule": "fixed_outdegree", "outdegree": SYNAPSES}
    nest.Connect(cells[:EXCITATORY], cells, drawn, {"synapse_model": "learns", "weight": 1.0, "delay": 1.0})
    nest.Connect(cells[EXCITATORY:], cells[:EXCITATORY], drawn, {"weight": -1.0, "delay": 1.0})
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    return recorder


def main() -> None:
    """Run as many seconds as each line says."""
    nest.verbosity = nest.VerbosityLevel.ERROR
    recorder = network()
    for line in sys.stdin:
        before, begun = recorder.n_events, time.process_time()
        nest.Simulate(1000.0 * float(line))
        rate = (recorder.n_events - before) / (EXCITATORY + INHIBITORY) / float(line)
        print(json.dumps({"cpu": time.process_time() - begun, "rate": rate}), flush=True)


if __name__ == "__main__":
    main()
