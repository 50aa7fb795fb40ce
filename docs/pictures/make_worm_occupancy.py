"""Makes worm_occupancy.png: run it from anywhere, ``python docs/pictures/make_worm_occupancy.py``."""

from pathlib import Path

import vesicle_abm as va
from vesicle_abm.experiments.figures import draw_occupancy, save
from vesicle_abm.experiments.run import node_table

scenario = va.Scenario.load("worm_wireless")
model = scenario.build()
model.run_for(scenario.steps)
save(draw_occupancy(model.graph, model.kinds, node_table(model)), Path(__file__).with_name("worm_occupancy.png"))
