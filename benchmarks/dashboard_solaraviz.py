"""A page of Mesa's SolaraViz with the model of ``dashboard_frames``: its vesicles on a network, drawn by matplotlib."""

import os

import mesa
from mesa.visualization import SolaraViz, make_space_component
from mesa.visualization.components import AgentPortrayalStyle

import vesicle_abm as va

COLOURS = ("tab:blue", "tab:orange", "tab:green")


class Grid(mesa.space.NetworkGrid):
    """The network, as SolaraViz looks for it; the agents on it are the model's vesicles."""

    def __init__(self, model: va.VesicleModel):
        super().__init__(model.graph.to_networkx())
        self.model = model

    @property
    def agents(self):
        """The vesicles."""
        return self.model.vesicles


def portrayal(vesicle):
    """A small dot in the colour of its kind."""
    return AgentPortrayalStyle(color=COLOURS[vesicle.model.kinds.index(vesicle.kind) % len(COLOURS)], size=8)


model = va.Scenario.load(os.environ["BENCHMARK_SCENARIO"]).build(threads=1)
model.run_for(int(os.environ["BENCHMARK_WARM_UP"]))  # SolaraViz draws no space without agents
model.grid = Grid(model)
places = dict(enumerate(va.positions(model.graph)))
space = make_space_component(portrayal, layout_alg=lambda graph: places, layout_kwargs={})
page = SolaraViz(model, components=[space], play_interval=1)
