"""Beginnings: working texts to start one's own vesicle from."""

VESICLE = '''import vesicle_abm as va


class Lazy(va.Vesicle):
    """Walks in one step of ten, and rests in the others."""

    def migrate(self):
        if self.uniform() < 0.1:  # a draw between 0 and 1
            super().migrate()
'''

RULE = '''import vesicle_abm as va


class Eastward(va.Migration, name="eastward"):
    """Ways to a neuron with a higher number weigh more."""

    pull: float = va.parameter(4.0, "how much more", ge=0.0)

    def weights(self, graph, nodes, xp):  # (E,) a number for each way
        start, end = graph.ends(self.direction)
        return graph.weight * xp.where(end > start, self.pull, 1.0)

    def stay(self, graph, nodes, xp):  # of staying
        return 1.0
'''

BEGINNINGS = {"A vesicle": VESICLE, "A rule": RULE}
