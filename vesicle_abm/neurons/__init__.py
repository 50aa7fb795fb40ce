"""Neurons, rates and spikes, and how their synapses learn, as pure stages."""

from vesicle_abm.neurons import activation, spiking  # noqa: F401 - so that scenarios and checkpoints know them by name
