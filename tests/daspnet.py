"""Izhikevich's daspnet.m (ModelDB 84167), line by line in numpy, with our draws in place of MATLAB's: an oracle.

Iteration t = 1, 2, … of the program is step t - 1 here. Dopamine is 0 but where ``rewards`` are given; the rewarded
pair is left to the task's own tests.
"""

import numpy as np

import vesicle_abm as va
from vesicle_abm.core import stages


def daspnet(graph: va.NeuralGraph, seed: int, iterations: int, rewards=(), silent: int | None = None):
    """The neurons that fired, (iterations, N) bool; weights of the excitatory synapses and their derivatives."""
    excitatory = graph.attribute("excitatory", "node") > 0.0
    nodes, cap = graph.size, 4.0
    synapses = np.flatnonzero(graph.in_layers(["excitatory", "inhibitory"]))
    pre, post = graph.source[synapses], graph.target[synapses]
    s = np.where(excitatory[pre], 1.0, -1.0)
    if silent is not None:
        s[synapses == silent] = 0.0
    learns = excitatory[pre]
    sd = np.zeros(len(s))
    a, d = np.where(excitatory, 0.02, 0.1), np.where(excitatory, 8.0, 2.0)
    v = np.full(nodes, -65.0)
    u = 0.2 * v
    stdp_before, stdp = np.zeros(nodes), np.zeros(nodes)  # columns t and t + 1 of STDP, as D = 1
    dopamine, spikes = 0.0, np.zeros((iterations, nodes), bool)
    for t in range(1, iterations + 1):
        current = 13.0 * (va.uniform(seed, np.arange(nodes), t - 1, stages.JITTER) - 0.5)
        fired = v >= 30.0
        spikes[t - 1] = fired
        v[fired] = -65.0
        u[fired] += d[fired]
        stdp[fired] = 0.1
        sd += np.where(fired[post] & learns, stdp_before[pre], 0.0)
        arriving = fired[pre]
        np.add.at(current, post[arriving], s[arriving])
        sd -= np.where(arriving & learns, 1.5 * stdp[post], 0.0)
        v = v + 0.5 * ((0.04 * v + 5.0) * v + 140.0 - u + current)
        v = v + 0.5 * ((0.04 * v + 5.0) * v + 140.0 - u + current)
        u = u + a * (0.2 * v - u)
        stdp_before, stdp = stdp.copy(), 0.95 * stdp
        dopamine *= 0.995
        if t % 10 == 0:
            s = np.where(learns, np.maximum(0.0, np.minimum(cap, s + (0.002 + dopamine) * sd)), s)
            sd = 0.99 * sd
        if t in rewards:
            dopamine += 0.5
    return spikes, s[learns], sd[learns]
