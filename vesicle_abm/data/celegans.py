"""The nervous system of C. elegans as a typed graph: 302 neurons, wired and wireless layers.

The two tables beside this file hold the facts; ``CELEGANS.md`` explains every column, names the papers
they come from and lists what is our simplification. ``make_celegans.py`` made them.
"""

import csv
import difflib
import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path

import networkx as nx

NEURONS = Path(__file__).with_name("celegans_neurons.csv")
EDGES = Path(__file__).with_name("celegans_edges.csv.gz")

WIRED = ("chemical", "gap")
MONOAMINES = ("dopamine", "serotonin", "octopamine", "tyramine")
RANGES = ("neuropeptide", "neuropeptide_mid", "neuropeptide_long")
"""Peptide layers from short to long range: each holds every edge of the one before it."""

LAYERS = WIRED + MONOAMINES + RANGES
DEFAULT_LAYERS = WIRED + MONOAMINES + RANGES[:1]
MODULATORS = (*MONOAMINES, "neuropeptide")
TEXT_ATTRIBUTES = ("role", "transmitter", "cotransmitters")


def celegans(layers: Iterable[str] | None = None) -> nx.MultiDiGraph:
    """Give the hermaphrodite's 302 neurons and the edges of the named layers.

    A node's key is the neuron's name. Its attributes are text (``role``, ``transmitter``,
    ``cotransmitters``) or floats: ``sign``; ``x``, ``y``, ``z`` in micrometres (towards the tail, the back,
    the left side); and for every modulator m ``{m}_source`` (1 if the neuron releases m) and
    ``{m}_receptors`` (receptor types for m).

    An edge's key is its layer's name. Its attributes are ``layer``, ``weight`` (float > 0) and, in the layer
    ``chemical``, the presynaptic ``sign``; in a monoamine layer, ``receptors`` joined by ";". A gap junction
    is two edges, one a direction.

    Args:
        layers: names out of ``LAYERS``, or one name; None gives ``DEFAULT_LAYERS``.

    Raises:
        ValueError: a layer is not one of ``LAYERS``.

    Sources: Cook et al. 2019 (wired layers, roles), Bentley et al. 2016 (monoamines), Ripoll-Sanchez et al.
    2023 (neuropeptides), Wang et al. 2024 (transmitters), the Virtual Worm (positions); see ``CELEGANS.md``.

    >>> graph = celegans(["dopamine"])
    >>> len(graph), graph.number_of_edges()
    (302, 1176)
    >>> graph.edges["CEPDL", "AS1", "dopamine"]["receptors"]
    'dop-1;dop-3'
    """
    chosen = _checked(layers)
    graph = nx.MultiDiGraph(name="C. elegans, adult hermaphrodite")
    graph.add_nodes_from(_neurons())
    graph.add_edges_from(_edges(chosen, graph.nodes))
    return graph


def _checked(layers: Iterable[str] | None) -> tuple[str, ...]:
    """Give the layers asked for in the order of ``LAYERS``, or refuse the first that does not exist."""
    if layers is None:
        return DEFAULT_LAYERS
    asked = {layers} if isinstance(layers, str) else set(layers)
    for name in sorted(asked.difference(LAYERS)):
        nearest = difflib.get_close_matches(name, LAYERS, n=1, cutoff=0.0)[0]
        raise ValueError(f"unknown layer {name!r}: did you mean {nearest!r}? Allowed: {', '.join(LAYERS)}")
    return tuple(layer for layer in LAYERS if layer in asked)


def _neurons() -> Iterator[tuple[str, dict[str, str | float]]]:
    """Give each neuron's name and attributes, in alphabetical order."""
    with NEURONS.open(newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            name = row.pop("name")
            yield name, {k: v if k in TEXT_ATTRIBUTES else float(v) for k, v in row.items()}


def _edges(chosen: tuple[str, ...], nodes) -> Iterator[tuple[str, str, str, dict[str, str | float]]]:
    """Give (source, target, key, attributes) of every edge in the chosen layers."""
    layers_of = {stored: [layer for layer in chosen if _holds(layer, stored)] for stored in LAYERS}
    with gzip.open(EDGES, "rt", newline="", encoding="utf-8") as table:
        rows = csv.reader(table)
        next(rows)
        for stored, source, target, weight, receptors in rows:
            for layer in layers_of[stored]:
                attributes: dict[str, str | float] = {"layer": layer, "weight": float(weight)}
                if layer == "chemical":
                    attributes["sign"] = nodes[source]["sign"]
                elif receptors:
                    attributes["receptors"] = receptors
                yield source, target, layer, attributes


def _holds(layer: str, stored: str) -> bool:
    """Tell whether an edge stored under one name belongs to a layer: peptide ranges are nested."""
    if layer in RANGES and stored in RANGES:
        return RANGES.index(stored) <= RANGES.index(layer)
    return layer == stored
