"""What a model has become, as attributes for the nodes and edges of its graph."""

import numpy as np

from vesicle_abm.neurons.synapses import SYNAPSE
from vesicle_abm.views.world import World


def written_back(world: World) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Node and edge attributes, name -> array; at edges that do not learn, what synapses keep is 0."""
    state, neurons, rule = world.state, world.neurons, world.plasticity
    nodes = {"activation": state.activation, "bias": state.bias, "gain": state.gain}
    if neurons is None:
        return nodes, {}
    scale = neurons.weight_scale or 1.0
    edges = {"weight": np.abs(state.weight) / scale, "sign": np.where(np.signbit(state.weight), -1.0, 1.0)}
    if rule is None or world.wiring is None:
        return nodes, edges
    nodes |= {"eta_local": state.eta[:, 0], "eta_global": state.eta[:, 1]}
    for part, stage in rule.keepers():
        for name, scope in stage.keeps.items():
            if scope == SYNAPSE:
                edges[name] = np.zeros(world.graph.edge_count)
                edges[name][world.wiring.edge] = state.kept[f"{part}.{name}"]
    return nodes, edges
