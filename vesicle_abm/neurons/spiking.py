"""Spiking neurons: leaky integrate-and-fire, and Izhikevich's; their activation is 1 in the step of a spike, else 0.

Potentials are in mV, times in ms; a step lasts ``dt_ms``. A spike of step t reaches other neurons in step t + 1 +
delay. What arrives works as ``synapse`` says, with I_j = g_j * input_j + b_j + drive_j + noise_j for the rest:

============= ==========================================================================================================
"pulse"       the sum of the weights is a current in this one step: I
"current"     it is added to currents s+ and s-, which decay by exp(-dt / tau); I with input = s+ - s-
"conductance" it is added to conductances s+ and s-, which decay likewise: I = g s+ (E+ - v) + g s- (E- - v) + b + …
============= ==========================================================================================================

s+ gains the weights >= 0, s- the others' sizes; both act in the step in which they have gained, then decay.
"""

from abc import abstractmethod

from vesicle_abm.core.parameters import NODE, SCALAR, option, parameter
from vesicle_abm.neurons.neuron import Cells, NeuronModel

PULSE, CURRENT, CONDUCTANCE = "pulse", "current", "conductance"
EXACT, EULER = "exact", "euler"


class SpikingNeurons(NeuronModel, contract=True):
    """Contract: ``beginning``, what they keep beside synaptic currents; ``fire``, from what has arrived."""

    spikes = True
    dt_ms: float = parameter(1.0, "length of a step", per=SCALAR, unit="ms", gt=0.0)
    synapse: str = option(PULSE, "how what arrives works", choices=(PULSE, CURRENT, CONDUCTANCE))
    tau_exc_ms: float = parameter(5.0, "time constant of excitatory synapses", unit="ms", gt=0.0)
    tau_inh_ms: float = parameter(10.0, "time constant of inhibitory synapses", unit="ms", gt=0.0)
    reversal_exc: float = parameter(0.0, "E+, reversal potential of excitation", unit="mV")
    reversal_inh: float = parameter(-80.0, "E-, reversal potential of inhibition", unit="mV")

    @abstractmethod
    def beginning(self):
        """name -> what each neuron keeps, at the start: a number, or (N,)."""

    @abstractmethod
    def fire(self, current, excited, inhibited, kept, xp):
        """(n,) spikes, and what is kept, from the current, and from the conductances, 0 where there are none."""

    @property
    def apart(self):
        """Where synapses have time constants of their own."""
        return self.synapse != PULSE

    def first(self):
        """Membranes at rest, no synaptic currents, no spikes so far."""
        return self.beginning() | {"fired": 0.0} | ({"exc": 0.0, "inh": 0.0} if self.apart else {})

    def answer(self, cells: Cells, xp):
        """Spikes, and how many there were so far."""
        spikes, kept = self.answer_to(cells, xp)
        return spikes, kept | {"fired": cells.kept["fired"] + spikes}

    def answer_to(self, cells: Cells, xp):
        """(n,) spikes, and what is kept, by how synapses work."""
        base = cells.bias + cells.drive + cells.noise
        if not self.apart:
            return self.fire(cells.gain * cells.input + base, 0.0, 0.0, cells.kept, xp)
        exc = cells.kept["exc"] * xp.exp(-self.dt_ms / self.tau_exc_ms) + cells.excited
        inh = cells.kept["inh"] * xp.exp(-self.dt_ms / self.tau_inh_ms) + cells.inhibited
        if self.synapse == CURRENT:
            spikes, kept = self.fire(cells.gain * (exc - inh) + base, 0.0, 0.0, cells.kept, xp)
        else:
            spikes, kept = self.fire(base, cells.gain * exc, cells.gain * inh, cells.kept, xp)
        return spikes, kept | {"exc": exc, "inh": inh}


class LIFNeurons(SpikingNeurons, name="lif"):
    """Leaky integrate-and-fire: tau dv/dt = leak (rest - v) + R I; at the threshold a spike, then v = reset.

    Weights, bias and drive are in units of which R makes mV; conductances are in units of the leak's. "exact" solves
    the equation over each step, in which I and conductances are constant (Rotter and Diesmann 1999; exponential Euler
    where conductances change); "euler" takes v + dt dv/dt, as most machine learning libraries do.

    >>> LIFNeurons(tau_ms=10.0, threshold=-50.0).tau_ms
    10.0
    """

    tau_ms: float = parameter(20.0, "membrane time constant", per=NODE, unit="ms", gt=0.0)
    rest: float = parameter(-65.0, "potential to which it leaks; and at the start", per=NODE, unit="mV", begins=True)
    threshold: float = parameter(-50.0, "potential at which it fires", per=NODE, unit="mV")
    reset: float = parameter(-65.0, "potential after a spike", per=NODE, unit="mV")
    leak: float = parameter(1.0, "how strongly it leaks; 0: not at all, tau dv/dt = R I", per=NODE, ge=0.0)
    resistance: float = parameter(1.0, "R, of the membrane", per=NODE, unit="mV per unit of input")
    refractory_ms: float = parameter(0.0, "time at the reset potential after a spike", per=NODE, unit="ms", ge=0.0)
    integration: str = option(EXACT, "how a step is solved", choices=(EXACT, EULER))

    def beginning(self):
        """v, and the ms that are left of the refractory time."""
        return {"v": self.rest, "refractory": 0.0}

    def fire(self, current, excited, inhibited, kept, xp):
        """Over the threshold, and not refractory."""
        leak = self.leak + excited + inhibited
        aim = (
            self.leak * self.rest
            + self.resistance * current
            + excited * self.reversal_exc
            + inhibited * self.reversal_inh
        )
        over = self.dt_ms * leak / self.tau_ms
        leaks = leak > 0.0
        moved = kept["v"] + self.dt_ms / self.tau_ms * aim
        aim = aim / xp.where(leaks, leak, 1.0)
        keep = xp.exp(-over) if self.integration == EXACT else 1.0 - over
        left = kept["refractory"]
        rests = left > 0.5 * self.dt_ms
        v = xp.where(rests, kept["v"], xp.where(leaks, aim + (kept["v"] - aim) * keep, moved))
        fires = (v >= self.threshold) & ~rests
        wait = xp.where(fires, self.refractory_ms, xp.maximum(0.0, left - self.dt_ms))
        return 1.0 * fires, {"v": xp.where(fires, self.reset, v), "refractory": wait}


class IzhikevichNeurons(SpikingNeurons, name="izhikevich"):
    """v' = 0.04 v**2 + 5 v + 140 - u + I, u' = a (b v - u), time in ms; at v >= peak a spike: v = c, u = u + d.

    Izhikevich (2003), "Simple model of spiking neurons", IEEE Transactions on Neural Networks 14:1569. v takes
    ``substeps`` Euler steps a step, then u one, as his programs do; of 1 ms and 2 substeps in those. Weights, bias,
    drive are currents in his units, which move v by so many mV a ms; conductances are per ms.

    >>> IzhikevichNeurons(a=0.1, d=2.0).b  # fast spiking, with b as it is
    0.2
    """

    a: float = parameter(0.02, "rate of recovery", per=NODE, unit="per ms", gt=0.0)
    b: float = parameter(0.2, "pull of v on u", per=NODE, unit="per ms")
    c: float = parameter(-65.0, "v after a spike", per=NODE, unit="mV")
    d: float = parameter(8.0, "what a spike adds to u", per=NODE, unit="mV per ms")
    peak: float = parameter(30.0, "v at which a spike is over", per=NODE, unit="mV")
    v_start: float = parameter(-65.0, "v at the start", per=NODE, unit="mV", begins=True)
    u_start: float = parameter(-13.0, "u at the start", per=NODE, unit="mV per ms", begins=True)
    substeps: int = parameter(2, "Euler steps of v in a step", per=SCALAR, whole=True, ge=1)

    def beginning(self):
        """v and u."""
        return {"v": self.v_start, "u": self.u_start}

    def fire(self, current, excited, inhibited, kept, xp):
        """At the peak."""
        v, u, part = kept["v"], kept["u"], self.dt_ms / self.substeps
        for _ in range(self.substeps):
            drawn = current + excited * (self.reversal_exc - v) + inhibited * (self.reversal_inh - v)
            v = v + part * ((0.04 * v + 5.0) * v + 140.0 - u + drawn)
        u = u + self.dt_ms * (self.a * (self.b * v - u))
        fires = v >= self.peak
        return 1.0 * fires, {"v": xp.where(fires, self.c, v), "u": xp.where(fires, u + self.d, u)}
