"""What has been learned as a scenario: a TOML file, and beside it its graph, that bears the arrays as attributes."""

import copy
from pathlib import Path
from typing import Any

import numpy as np

from vesicle_abm.core.errors import InputError
from vesicle_abm.core.graph import NeuralGraph
from vesicle_abm.core.parameters import EDGE, NODE, VECTORS
from vesicle_abm.learning.places import Place
from vesicle_abm.scenario import Scenario

try:
    import tomlkit
    from tomlkit.exceptions import ConvertError
except ImportError as missing:
    words = 'vesicle_abm.learning needs tomlkit, which is not installed: pip install "vesicle-abm[learn]"'
    raise ImportError(words) from missing

Attributes = dict[str, dict[str, np.ndarray]]


def write_scenario(
    scenario: Scenario, graph: NeuralGraph, places: dict[str, Place], arrays: dict[str, np.ndarray], path: Path
) -> Scenario:
    """Write the scenario with these values to ``path``, and its graph, with the arrays, to an .npz file beside it.

    A number is written into the TOML file. An array becomes an attribute of the edges or nodes that bears the dotted
    key without "kinds.", and the rule names it; an (N, D) array becomes D of them.

    Raises
    ------
    InputError
        for an ending other than .toml, or a scenario with values that TOML cannot hold.
    """
    if path.suffix != ".toml":
        raise InputError(f"got {path.name!r}; .toml, as its ending, is allowed", "path")
    data = copy.deepcopy(scenario.data)
    attributes: Attributes = {NODE: {}, EDGE: {}}
    for name, array in arrays.items():
        place = places[name]
        table = table_of(data["kinds"][place.kind], place)
        table[place.field.rstrip("_")] = carried(place, array, graph, attributes)
    data["expect"] = f"What {scenario.name} shows with other numbers, which were trained: {', '.join(arrays)}."
    data["graph"] = {"file": path.with_suffix(".npz").name}
    try:
        text = tomlkit.dumps(data)
    except ConvertError as error:
        raise InputError(f"the scenario cannot be written as TOML: {error}", "scenario") from None
    graph.with_data(attributes[NODE], attributes[EDGE]).write(path.with_suffix(".npz"))
    path.write_text(text, encoding="utf-8")
    return Scenario.load(path)


def carried(place: Place, array: np.ndarray, graph: NeuralGraph, attributes: Attributes) -> Any:
    """What stands in the file for an array: numbers, or the names of ``attributes``, to which it is added."""
    name, vector = place.key.removeprefix("kinds."), place.about["per"] in VECTORS
    if array.ndim <= int(vector):
        return array.tolist()
    if vector:
        names = [f"{name}.{i}" for i in range(array.shape[1])]
        attributes[NODE] |= dict(zip(names, array.T.copy(), strict=True))
        return names
    per = EDGE if place.about["per"] == EDGE or (place.about["per"] is None and len(array) != graph.size) else NODE
    attributes[per][name] = array
    return name


def table_of(kind: dict, place: Place) -> dict:
    """The table of a rule in a kind's own, made where the rule was a plain number, or the default."""
    rule, _, number = place.rule.partition(".")
    given = kind.get(rule)
    if rule == "release":
        given = given[int(number or 0)] if isinstance(given, list) else given
    if given is None or isinstance(given, int | float | list):
        given = kind[rule] = {"rule": place.name}
    if not isinstance(given, dict) or given["rule"] != place.name:
        words = "is another rule in the scenario's own table, perhaps since it is ablated; write it there as it runs"
        raise InputError(words, f"kinds.{place.kind}.{place.rule}")
    return given
