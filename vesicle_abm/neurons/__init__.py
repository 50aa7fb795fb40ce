"""HMN neurons: activation, and (to come) plasticity, as pure stages over synapses."""

from vesicle_abm.neurons import activation, spiking  # noqa: F401 - so that scenarios and checkpoints know them by name
