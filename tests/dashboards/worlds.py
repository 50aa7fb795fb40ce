"""Small worlds that tests of the stage share."""

import networkx as nx

import vesicle_abm as va


def ring_walk(delay=0, size=6, **options):
    """Three vesicles that go round a ring: one edge a step, each taking ``delay`` steps more."""
    graph = nx.DiGraph((i, (i + 1) % size, {"delay": delay}) for i in range(size))
    walker = va.Kind(migration=va.WeightedMigration(stay=0.0), **options)
    model = va.VesicleModel(graph, {"walker": walker}, seed=1)
    model.place("walker", 0, 3)
    return model


def crowd(kinds=2, seed=3):
    """Many short lives of several kinds on a small world: births, moves, dockings and deaths in every step."""
    rules = {
        f"kind{k}": va.Kind(
            emission=va.ConstantEmission(rate=0.5),
            migration=va.WeightedMigration(stay=1.0),
            docking=va.ConstantDocking(probability=0.1),
            release=va.ModulatorRelease() if k % 2 else (),
            decay=va.HazardDecay(hazard=0.05),
        )
        for k in range(kinds)
    }
    return va.VesicleModel(va.small_world(30, degree=4, rewired=0.2, seed=1), rules, seed=seed)


def learning():
    """Two synapses lead to neuron c, one inhibitory; only they exist."""
    graph = nx.DiGraph()
    graph.add_edge("a", "c", weight=1.0)
    graph.add_edge("b", "c", weight=2.0, sign=-1.0)
    rule = va.Plasticity(modulation=va.Modulation(weights={}))
    return va.VesicleModel(graph, {"v": va.Kind()}, neurons=va.HMNNeurons(), plasticity=rule)


class Density:
    """What a screen is given of a field view: expected numbers, and no single vesicles."""

    def __init__(self, model):
        self.graph, self.kinds, self.time = model.graph, model.kinds, 7
        self._model = model

    def occupancy(self):
        return self._model.occupancy() + 0.25
