"""The workload in ambr, in its vectorised lane: columns are read as arrays, computed, and committed at once.

Run by an interpreter that has it, through ``peer_worker.py``.
"""

import ambr
import numpy as np
import polars as pl
from column_cycle import ColumnCycle, ColumnModel
from steady_state import Choices, Start
from workload import LIFETIME, Workload


class AmbrModel(ambr.Model, ColumnModel):
    """The model; ``born``, ``docked``, ``absorbed`` count events."""

    def __init__(self, workload: Workload, start: Start, choices: Choices, seed: int):
        super().__init__({"seed": seed, "show_progress": False})
        self.cycle = ColumnCycle(workload, choices, start.level, seed)
        self.components = [f"content_{j}" for j in range(workload.width)]
        core = {"id": np.arange(len(start.node)), "step": np.zeros(len(start.node), np.int64)}
        self.agents_df = pl.DataFrame(core | columns(start.node, start.ttl, start.content))

    def step(self):
        """One step of the vectorised lane."""
        self.run_step()

    def step_vectorized(self):
        """Vesicles are born, and each lives one step."""
        node, content = self.cycle.begin()
        self.add_agents(len(node), **columns(node, np.full(len(node), LIFETIME), content))
        ttl = self.agents.numpy("ttl").copy()
        carried = self.agents_df.select(self.components).to_numpy() if self.components else None
        node, ends = self.cycle.live(self.agents.numpy("node"), ttl, carried)
        self.agents.commit(node=node, ttl=ttl)
        self.agents_df = self.agents_df.filter(~ends)

    @property
    def alive(self) -> int:
        """Vesicles alive."""
        return self.population.size

    @property
    def bytes_per_vesicle(self) -> float:
        """Bytes of the frame for each vesicle alive."""
        return self.agents_df.estimated_size() / self.alive

    def where(self) -> np.ndarray:
        """(alive,) the node of each vesicle."""
        return self.agents.numpy("node")


def columns(node: np.ndarray, ttl: np.ndarray, content: np.ndarray) -> dict[str, np.ndarray]:
    """Vesicles as columns, one for each component of their content."""
    return {"node": node, "ttl": ttl} | {f"content_{j}": component for j, component in enumerate(content.T)}
