"""Problems of a scenario that show once its graph and its model are there: each with its key."""

import dataclasses
from collections.abc import Callable, Iterator

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import Rule, is_numeric, public_name
from vesicle_abm.model import VesicleModel

ANSWERS = ("rate", "content", "migration", "docking", "hazard")


def binding_problems(rule: Rule, graph: NeuralGraph) -> Iterator[InputError]:
    """Everything that a rule names and the graph lacks: attributes, ``layers`` of edges, labels of nodes."""
    left = {public_name(item): item for item in dataclasses.fields(rule)}
    while True:
        try:
            rule.bind(graph)
            break
        except InputError as error:
            refused = left.pop(error.key.partition(".")[0], None)  # told once, then passed over
            if refused is None:
                yield error
                break
            labels = getattr(rule, refused.name) if refused.metadata.get("option", {}).get("labels") else None
            yield from lacking(labels, graph.node, error.key) if isinstance(labels, list | tuple) else [error]
            rule = rule.with_values({refused.name: 0.0 if is_numeric(refused) else None})
    layers = getattr(rule, "layers", None)
    one_by_one = [[name] for name in layers] if isinstance(layers, list | tuple) else [layers]
    yield from lacking(one_by_one, graph.in_layers, "layers")


def lacking(names, look_up: Callable, key: str) -> Iterator[InputError]:
    """One problem, under ``key``, for each of the names that cannot be looked up."""
    for name in names:
        try:
            look_up(name)
        except InputError as error:
            yield InputError(error.message, key)


def answer_problems(model: VesicleModel) -> Iterator[InputError]:
    """What rules answer at the start that is out of bounds."""
    for tables in model.world.tables.values():
        for answer in ANSWERS:
            try:
                getattr(tables, answer)()
            except InputError as error:
                yield error
    model.world.forget_changing_tables()
