"""HMN neurons: activation, and (to come) plasticity, as pure stages over synapses."""
