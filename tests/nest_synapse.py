"""A dopamine synapse in NEST with given trains of spikes, run by an interpreter that has it: JSON in, weights out.

``parrot_neuron`` repeats the spikes that it is sent; with ``receptor_type`` 1 it keeps what arrives by the synapse to
itself, and its ``tau_minus`` is the synapse's. Weights are told as they are at each presynaptic spike.
"""

import json
import sys

import nest

COMMON = ("A_plus", "A_minus", "tau_plus", "tau_c", "tau_n", "b", "Wmin", "Wmax")
BEFORE = 1.0  # ms from a generator to its parrot


def parrots(trains: list[list[float]], **given):
    """A neuron each, which fires at these times (ms)."""
    cells = nest.Create("parrot_neuron", len(trains), params=given)
    for cell, train in zip(cells, trains, strict=True):
        generator = nest.Create("spike_generator", params={"spike_times": [t - BEFORE for t in train]})
        nest.Connect(generator, cell, syn_spec={"delay": BEFORE})
    return cells


def main() -> None:
    """Build, run, tell the times and weights of each synapse, in the order of ``pre``."""
    given = json.load(sys.stdin)
    numbers = given["synapse"]
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.set(resolution=given["dt_ms"], print_time=False)
    pre, source = parrots(given["pre"]), parrots([given["dopamine"]])
    post = parrots([given["post"]], tau_minus=numbers["tau_minus"])
    volume = nest.Create("volume_transmitter", params={"deliver_interval": given["deliver_interval"]})
    nest.Connect(source, volume, syn_spec={"delay": given["dopamine_delay_ms"]})
    recorder = nest.Create("weight_recorder")
    common = {"volume_transmitter": volume, "weight_recorder": recorder} | {name: numbers[name] for name in COMMON}
    nest.CopyModel("stdp_dopamine_synapse", "learns", common)
    way = {"synapse_model": "learns", "weight": given["weight"], "delay": given["delay_ms"], "receptor_type": 1}
    nest.Connect(pre, post, "all_to_all", way)
    nest.Simulate(given["until_ms"])
    seen, synapses = recorder.events, []
    for cell in pre:
        own = seen["senders"] == cell.global_id
        synapses.append({"times": seen["times"][own].tolist(), "weights": seen["weights"][own].tolist()})
    json.dump({"version": nest.__version__, "synapses": synapses}, sys.stdout)


if __name__ == "__main__":
    main()
