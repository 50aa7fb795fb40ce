"""A page of Mesa's SolaraViz with the model of ``dashboard_frames``: its vesicles on a network, drawn by matplotlib.

SolaraViz steps the model in one thread and draws in another. So that it does not draw vesicles that end meanwhile,
the model does not step while their places are read, all at once.
"""

import os
import threading
from types import SimpleNamespace

import mesa
from mesa.visualization import SolaraViz, make_space_component
from mesa.visualization.components import AgentPortrayalStyle

import vesicle_abm as va

COLOURS = ("tab:blue", "tab:orange", "tab:green")


class Grid(mesa.space.NetworkGrid):
    """The network, as SolaraViz looks for it; the agents on it are the model's vesicles as they stood last."""

    def __init__(self, model: va.VesicleModel):
        super().__init__(model.graph.to_networkx().to_undirected())  # Mesa cannot draw directed edges
        self.model, self.still = model, threading.Lock()

    @property
    def agents(self):
        """Where vesicles are, and of which kind."""
        with self.still:
            return [
                SimpleNamespace(pos=node, colour=COLOURS[k % len(COLOURS)])
                for k, columns in enumerate(self.model.state.vesicles.values())
                for node in columns["node"].tolist()
            ]


def portrayal(vesicle):
    """A small dot in the colour of its kind."""
    return AgentPortrayalStyle(color=vesicle.colour, size=8)


def step_in_peace() -> None:
    """A step, while nobody reads."""
    with model.grid.still:
        step()


model = va.Scenario.load(os.environ["BENCHMARK_SCENARIO"]).build(threads=1)
model.run_for(int(os.environ["BENCHMARK_WARM_UP"]))  # SolaraViz draws no space without agents
model.grid, step, model.step = Grid(model), model.step, step_in_peace
places = dict(enumerate(va.positions(model.graph)))
space = make_space_component(portrayal, layout_alg=lambda graph: places, layout_kwargs={})
given = {"graph": model.graph, "kinds": model.world.kinds}
page = SolaraViz(model, components=[space], model_params=given, play_interval=1)
