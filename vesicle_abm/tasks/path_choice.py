"""Path choice: which of two ways travellers take, as counted on bridges for ants (Goss et al. 1989).

A way is told by edges of it that the other lacks, its first and last say. With a and b the traversals of the edges of
the one and of the others in the same steps, by all vesicles that leave trails, the share is a / (a + b).
"""

from typing import ClassVar

import numpy as np

from vesicle_abm.core.errors import InputError, nearest
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import SCALAR, option, parameter
from vesicle_abm.tasks.task import Scene, Task

LAST = 4  # metrics are of the last fourth of the blocks
EVEN = 0.5  # the share while there is nothing to share


class PathChoice(Task, name="path_choice"):
    """Looks on, and counts. Recorded: ``path_share``, of the traversals in the last whole block of steps, and
    ``trail_share``, of what lies on the edges of both ways now; each 1/2 where there is none.

    >>> PathChoice(path=[["fork", "short"]], others=[["fork", "long"]]).recorded
    ('path_share', 'trail_share')
    """

    tells: ClassVar[tuple[str, ...]] = ()
    recorded: ClassVar[tuple[str, ...]] = ("path_share", "trail_share")
    measures: ClassVar[tuple[str, ...]] = ("path_share", "traversals", "trail_share")
    path: list = option(doc="edges of the path asked about, [source, target] each")
    others: list = option(doc="edges of the other path, or of several, likewise")
    block: int = parameter(20, "steps over which traversals are counted", per=SCALAR, unit="steps", whole=True, ge=1)

    def __post_init__(self):
        super().__post_init__()
        for name in ("path", "others"):
            value = getattr(self, name)
            pairs = isinstance(value, list | tuple) and all(isinstance(e, list | tuple) and len(e) == 2 for e in value)
            if not pairs or not value:
                raise InputError(f'got {value!r}; a list of edges is allowed, say [["fork", "short"]]', name)

    def first(self, graph: NeuralGraph, eta: np.ndarray) -> dict[str, np.ndarray]:
        """No traversal yet."""
        path, others = self.edges(graph)
        both = np.intersect1d(path, others)
        if len(both):
            words = f"names the edge {graph.edges[both[0]]!r}, which path names too; edges of other paths are allowed"
            raise InputError(words, "task.others")
        return {
            "path_share": np.array(EVEN),
            "trail_share": np.array(EVEN),
            "before": np.zeros(2, np.int64),
            "blocks": np.zeros((0, 2), np.int64),
            "path": path,
            "others": others,
        }

    def edges(self, graph: NeuralGraph) -> tuple[np.ndarray, np.ndarray]:
        """The indices of the edges of the path, and of the others."""
        path, others = (self._indices(graph, name) for name in ("path", "others"))
        return path, others

    def _indices(self, graph: NeuralGraph, name: str) -> np.ndarray:
        found = []
        for pair in getattr(self, name):
            try:
                start, end = (graph.node(label) for label in pair)
            except InputError as error:
                raise InputError(error.message, f"task.{name}") from None
            ways = np.flatnonzero((graph.source == start) & (graph.target == end))
            if not len(ways):
                ends = [str(graph.nodes[at]) for at in graph.target[graph.source == start]]
                words = f"no edge leads from {pair[0]!r} to {pair[1]!r}; {nearest(str(pair[1]), ends)}"
                raise InputError(words, f"task.{name}")
            found.append(ways)
        return np.unique(np.concatenate(found))

    def sense(self, scene: Scene) -> None:
        """Count what the steps before have brought."""
        kept = scene.kept
        kept["trail_share"][...] = share(sums(scene.trails, kept))
        if scene.step and scene.step % self.block == 0:
            so_far = sums(scene.traversals, kept)
            passed = so_far - kept["before"]
            kept["path_share"][...], kept["before"][:] = share(passed), so_far
            kept["blocks"] = np.vstack([kept["blocks"], passed])

    def metrics(self, kept: dict[str, np.ndarray]) -> dict[str, float]:
        """``path_share`` over the last fourth of the whole blocks, ``traversals`` in them; ``trail_share`` now.

        Left out while there is no whole block.
        """
        blocks = kept["blocks"]
        found = {"trail_share": float(kept["trail_share"])}
        if len(blocks):
            passed = blocks[-max(1, len(blocks) // LAST) :].sum(axis=0)
            found |= {"path_share": share(passed), "traversals": int(passed.sum())}
        return found


def sums(tables: dict[str, np.ndarray], kept: dict[str, np.ndarray]) -> np.ndarray:
    """(2,) sums over kinds, and over the edges of the path and of the others."""
    each = [[table[kept[part]].sum() for part in ("path", "others")] for table in tables.values()]
    return np.array(each or [[0, 0]]).sum(axis=0)


def share(pair: np.ndarray) -> float:
    """The first of two numbers, by their sum; 1/2 where both are 0."""
    total = float(pair.sum())
    return float(pair[0]) / total if total else EVEN
