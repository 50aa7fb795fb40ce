"""The workload in mesa-frames: an ``AgentSetPolars`` whose step computes whole columns and sets them at once.

Run by an interpreter that has it, through ``peer_worker.py``.
"""

import numpy as np
import polars as pl
from column_cycle import ColumnCycle, ColumnModel
from mesa_frames import AgentSetPolars, ModelDF
from steady_state import Choices, Start
from workload import LIFETIME, Workload


class Vesicles(AgentSetPolars):
    """All vesicles."""

    def __init__(self, model, start: Start):
        super().__init__(model)
        self.agents = frame(np.arange(len(start.node)), start.node, start.ttl, start.content)
        self.next_id = len(start.node)

    def step(self):
        """Vesicles are born, and each lives one step."""
        cycle = self.model.cycle
        node, content = cycle.begin()
        ids = np.arange(self.next_id, self.next_id + len(node))
        self.next_id += len(node)
        self.agents = pl.concat([self.agents, frame(ids, node, np.full(len(node), LIFETIME, np.int32), content)])
        ttl = self.agents["ttl"].to_numpy().copy()
        carried = self.agents.select(pl.col("^content_.*$")).to_numpy() if cycle.width else None
        node, ends = cycle.live(self.agents["node"].to_numpy(), ttl, carried)
        self.agents = self.agents.with_columns(node=node, ttl=ttl).filter(~ends)


class FramesModel(ModelDF, ColumnModel):
    """The model; ``born``, ``docked``, ``absorbed`` count events."""

    def __init__(self, workload: Workload, start: Start, choices: Choices, seed: int):
        super().__init__(seed)
        self.cycle = ColumnCycle(workload, choices, start.level, seed)
        self.vesicles = Vesicles(self, start)
        self.agents += self.vesicles

    def step(self):
        """One step of all agent sets."""
        self.agents.do("step")

    @property
    def alive(self) -> int:
        """Vesicles alive."""
        return len(self.vesicles)

    @property
    def bytes_per_vesicle(self) -> float:
        """Bytes of the frame for each vesicle alive."""
        return self.vesicles.agents.estimated_size() / self.alive

    def where(self) -> np.ndarray:
        """(alive,) the node of each vesicle."""
        return self.vesicles.agents["node"].to_numpy()


def frame(ids: np.ndarray, node: np.ndarray, ttl: np.ndarray, content: np.ndarray) -> pl.DataFrame:
    """Vesicles as a frame, a column for each component of their content."""
    components = {f"content_{j}": component for j, component in enumerate(content.T)}
    return pl.DataFrame({"unique_id": ids, "node": node, "ttl": ttl, **components})
