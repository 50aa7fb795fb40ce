"""A small spiking network in Brian2, run by an interpreter that has it: JSON on stdin, spikes as JSON on stdout."""

import json
import sys

import brian2 as b

EQUATIONS = {
    "lif": """
        dv/dt = ((rest - v) + exc * (0.0 - v) + inh * (-80.0 - v) + bias) / (20.0 * ms) : 1
        dexc/dt = -exc / (5.0 * ms) : 1
        dinh/dt = -inh / (10.0 * ms) : 1
        bias : 1
        """,
    "izhikevich": """
        dv/dt = ((0.04 * v + 5.0) * v + 140.0 - u + exc + inh + bias) / ms : 1
        du/dt = 0.02 * (0.2 * v - u) / ms : 1
        exc : 1
        inh : 1
        bias : 1
        """,
}
THRESHOLD = {"lif": "v >= -50.0", "izhikevich": "v >= 30.0"}
RESET = {"lif": "v = -65.0", "izhikevich": "v = -65.0; u = u + 8.0"}
METHOD = {"lif": "exponential_euler", "izhikevich": "euler"}


def main() -> None:
    """Build, run, tell (neuron, step) of each spike."""
    given = json.load(sys.stdin)
    b.prefs.codegen.target = "numpy"
    model, dt = given["model"], given["dt_ms"]
    b.defaultclock.dt = dt * b.ms
    names = {"rest": -65.0}
    group = b.NeuronGroup(
        len(given["bias"]), EQUATIONS[model], threshold=THRESHOLD[model], reset=RESET[model], method=METHOD[model],
        namespace=names,
    )  # fmt: skip
    group.v, group.bias = -65.0, given["bias"]
    parts = [group]
    if model == "izhikevich":
        group.u = -13.0
        parts.append(group.run_regularly("exc = 0.0; inh = 0.0", when="after_groups"))  # a pulse acts in one step
    for what in ("exc", "inh"):
        rows = [edge for edge in given["edges"] if (edge[2] < 0) == (what == "inh")]
        way = b.Synapses(group, group, "w : 1", on_pre=f"{what}_post += w")
        way.connect(i=[int(edge[0]) for edge in rows], j=[int(edge[1]) for edge in rows])
        way.w = [abs(edge[2]) if model == "lif" else edge[2] for edge in rows]
        way.delay = [edge[3] * dt for edge in rows] * b.ms
        parts.append(way)
    monitor = b.SpikeMonitor(group)
    network = b.Network(*parts, monitor)
    network.run(given["steps"] * dt * b.ms)
    steps = [round(float(t / b.ms) / dt) for t in monitor.t]
    json.dump(
        {"version": b.__version__, "spikes": [[int(i), s] for i, s in zip(monitor.i, steps, strict=True)]}, sys.stdout
    )


if __name__ == "__main__":
    main()
