"""Makes mesh_links.png: run it from anywhere, ``python docs/pictures/make_mesh_links.py``."""

from pathlib import Path

import vesicle_abm as va
from vesicle_abm.experiments.figures import save
from vesicle_abm.neuromorphic.pictures import draw_links

save(draw_links(va.emulate(va.Scenario.load("worm_wireless"))), Path(__file__).with_name("mesh_links.png"))
