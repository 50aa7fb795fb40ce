"""Small worlds of the task path memory, and what probability says of them, sharing no formula with the package."""

import numpy as np
from scipy import integrate, stats

import vesicle_abm as va
from vesicle_abm.scenario import Scenario
from vesicle_abm.tasks.path_memory import PATTERN

NODES, PERIOD = 12, 16  # of the scenario, between input and output
THREE = va.NeuralGraph.from_edges([("in", "mid"), ("mid", "out")])
WIDE = 64


def task(**changes) -> va.PathMemory:
    return va.PathMemory(**{"input": "in", "output": "out", "patterns": 4, "period": 2, **changes})


def blending(gate: float, seed: int, *, width: int = WIDE, view: str = "compiled", **changes) -> va.VesicleModel:
    """Three nodes in a row: of each pattern one copy is written into the only slot of the middle one.

    Poisson(60) writers are born, one can dock, and the others expire at once; P(none is born) = 1e-26.
    """
    pattern = va.SignalContent(signal="pattern", per="component")
    middle, last = [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]
    common = {"content_width": width, "content": pattern, "lifetime": 3}
    kinds = {
        "writer": va.Kind(
            emission=va.SignalEmission(signal="store", scale=60.0),
            docking=va.ConstantDocking(probability=middle, capacity=1),
            release=va.MemoryRelease(gate=gate),
            **{**common, "lifetime": 1},
        ),
        "cue": va.Kind(
            emission=va.SignalEmission(signal="cue", scale=60.0),
            docking=va.ConstantDocking(probability=middle),
            turn=va.RecallTurn(into="answer"),
            **common,
        ),
        "answer": va.Kind(docking=va.ConstantDocking(probability=last), release=va.MemoryRelease(gate=1.0), **common),
    }
    memory = va.Memory(slots=1, width=width)
    return va.VesicleModel(THREE, kinds, task=task(**changes), memory=memory, seed=seed, view=view, record_every=0)


def scenario(**changes) -> Scenario:
    """The shipped one, with keys of the task, of the memory, or the number of copies, replaced."""
    keys = {"slots": "memory.slots", "tau": "memory.tau", "copies": "kinds.writer.emission.scale"}
    found = Scenario.load("path_memory")
    for name, value in changes.items():
        found = found.override(keys.get(name, f"task.{name}"), value)
    return found


def one_round(model: va.VesicleModel, patterns: int, period: int) -> np.ndarray:
    """(P, 4) the recalls, in the order of the patterns, once each has been asked for."""
    model.run_for(2 * patterns * period + 1)
    recalls = model.state.task["recalls"]
    assert recalls[:, PATTERN].tolist() == list(range(patterns))
    return recalls


def survival(patterns: int, slots: int, copies: float) -> np.ndarray:
    """(P,) P(still written somewhere): fewer than S later patterns were written to a node that it was written to."""
    written = -np.expm1(-copies / NODES)
    later = np.arange(patterns)[::-1]
    return 1.0 - (1.0 - written * stats.binom.cdf(slots - 1, later, written)) ** NODES


def among_lures(cosine: float, lures: int, width: int = WIDE) -> float:
    """P(recalled) of a pattern whose overlap with the blend is expected to be ``cosine``."""

    def density(v):
        own = stats.norm.pdf(v, cosine * np.sqrt(width), np.sqrt(1.0 - cosine**2))
        return own * stats.norm.cdf(v) ** lures

    return integrate.quad(density, -8.0, 8.0 + np.sqrt(width), limit=200)[0]
