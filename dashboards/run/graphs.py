"""Graphs that have been built: nothing changes a graph, so visitors of one scenario share it."""

import contextlib
import json
import threading
from collections import OrderedDict

import vesicle_abm as va

KEPT = 8
MOST_EDGES = 500_000  # of a graph that is kept
_kept: OrderedDict[str, va.NeuralGraph] = OrderedDict()
_lock = threading.Lock()


def built(scenario: va.Scenario) -> va.VesicleModel:
    """The scenario's model, with the graph that an earlier one had. One that is read from a file is read again."""
    table = scenario.data["graph"]
    if "file" in table:
        return scenario.build(threads=1)
    key = json.dumps(table, sort_keys=True, default=str)
    with _lock:
        graph = _kept.get(key)
    model = scenario.build(threads=1, graph=graph)
    if graph is None and model.graph.edge_count <= MOST_EDGES:
        with _lock:
            _kept[key] = model.graph
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    return model


def warm(scenario: va.Scenario) -> None:
    """Build it and take a step, so that the first visitor does not wait for the graph or for compiled loops."""
    with contextlib.suppress(va.InputError):  # the page says what is wrong, to whoever opens it
        built(scenario).step()
