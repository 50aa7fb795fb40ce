"""Make the tables of C. elegans from two MIT-licensed packages: ``python -m vesicle_abm.data.make_celegans``.

Needs what ``INSTALL`` says. Wiring, monoamines, neuropeptides, transmitters and roles come from ``cect``,
soma positions from the data files of ``c302``. The papers behind them are cited in ``CELEGANS.md``.
The same packages give the same bytes.
"""

import contextlib
import csv
import gzip
import importlib.metadata
import importlib.util
import io
import re
import sys
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np

from vesicle_abm.data.celegans import EDGES, MONOAMINES, NEURONS, RANGES

VERSIONS = {"cect": "0.3.5", "c302": "0.12.1"}
READERS = ("openpyxl", "pandas", "webcolors")
"""What importing ``cect`` and reading its files needs beyond numpy and networkx."""

INSTALL = "pip install --no-deps cect==0.3.5 c302==0.12.1 && pip install openpyxl pandas webcolors"

COOK_MATRICES = {"chemical": "Generic_CS", "gap": "Generic_GJ"}
COOK_WITH_ALL_CELLS = {"chemical": 4879, "gap": 2883}
"""Non-zero entries of Cook's matrices before muscles and other cells are dropped."""

BENTLEY = "edgelist_MA.csv"
RIPOLL_SANCHEZ = "01022024_neuropeptide_connectome_{}_range_model.csv"
WANG = "elife-95402-supp2-v1.xlsx"
WANG_NAMES = {"DB1/3": "DB1", "DB3/1": "DB3"}
WANG_FIRST_ROW, WANG_NEURON, WANG_TRANSMITTERS = 5, 2, slice(20, 23)
WANG_WORDS = {
    "ACh": "acetylcholine",
    "Glu": "glutamate",
    "GABA": "GABA",
    "GABA (uptake)": "GABA (uptake)",
    "DA": "dopamine",
    "5-HT": "serotonin",
    "5-HT (synthesis + uptake)": "serotonin",
    "5-HT (alternative synthesis/uptake mechanism)": "serotonin",
    "5-HT (uptake)": "serotonin (uptake)",
    "5-HTP": "5-HTP",
    "octopamine": "octopamine",
    "tyramine (synthesis + uptake)": "tyramine",
    "betaine (uptake)": "betaine (uptake)",
    "unknown monoamine?": "unknown monoamine",
    "bas-1-depen unknown monoamine?": "unknown monoamine",
    "male - 5-HT (alternative synthesis/uptake mechanism?)": "",
    "unknown (orphan)": "",
    "unknown (orphan, unc-46 expression)": "",
    "unknown (orphan, unc-47 expression)": "",
    "Unknown (orphan, unc-47 expression)": "",
}
"""Wang's words without the marks "*" (dim) and "- NEW", and ours for them; "" is no known transmitter."""

SOMA = re.compile(r'name="Seg0_soma_0">\s*<proximal x="([^"]+)" y="([^"]+)" z="([^"]+)"')

Edge = tuple[str, str, str, int, str]
"""Layer, source, target, weight, receptors joined by ";"."""


def main() -> None:
    """Write both tables beside this file."""
    neurons, edges = tables()
    NEURONS.write_text(neurons, encoding="utf-8", newline="\n")
    EDGES.write_bytes(gzip.compress(edges.encode(), compresslevel=9, mtime=0))
    sys.stdout.write(f"wrote {NEURONS} and {EDGES}\n")


def tables() -> tuple[str, str]:
    """Give the text of the neuron table and of the edge table."""
    _require_packages()
    roles = cook_roles()
    names = sorted(roles)
    peptides = ripoll_sanchez(names)
    edges = [*cook(names), *bentley(), *peptides]
    transmitters, positions = wang(), soma_positions()
    releases, receptors = modulators(edges)
    header = ["name", "role", "transmitter", "cotransmitters", "sign", "x", "y", "z"]
    header += [f"{m}_{what}" for m in releases for what in ("source", "receptors")]
    rows = []
    for name in names:
        first, *others = transmitters[name] or [""]
        sign = -1 if first == "GABA" else 1
        row = [name, roles[name], first, ";".join(others), sign, *positions[name]]
        rows.append(row + [v for m in releases for v in (int(name in releases[m]), receptors[m][name])])
    return _csv(header, rows), _csv(["layer", "source", "target", "weight", "receptors"], edges)


def cook_roles() -> dict[str, str]:
    """Give each neuron's role, after the cell classes of Cook et al. 2019."""
    with contextlib.redirect_stdout(io.StringIO()):
        from cect import Cells
    groups = {
        "sensory": Cells.SENSORY_NEURONS_NONPHARYNGEAL_COOK,
        "interneuron": Cells.INTERNEURONS_NONPHARYNGEAL_COOK,
        "motor": Cells.MOTORNEURONS_NONPHARYNGEAL_COOK,
        "pharyngeal": Cells.PHARYNGEAL_NEURONS,
        "unknown": Cells.UNKNOWN_FUNCTION_NEURONS,
    }
    roles = {name: role for role, members in groups.items() for name in members}
    _expect("neurons", sum(map(len, groups.values())), 302)
    _expect("names", set(roles), set(Cells.PREFERRED_HERM_NEURON_NAMES))
    return roles


def cook(names: list[str]) -> list[Edge]:
    """Give the chemical synapses and gap junctions between neurons, in serial sections of contact."""
    with contextlib.redirect_stdout(io.StringIO()):
        from cect.readers import Cook2019HermReader

        data = Cook2019HermReader.get_instance(from_cache=True)
    index = {name: data.nodes.index(name) for name in names}
    edges = []
    for layer, key in COOK_MATRICES.items():
        matrix = np.asarray(data.connections[key])  # (cells, cells)
        _expect(f"{layer} with muscles", np.count_nonzero(matrix), COOK_WITH_ALL_CELLS[layer])
        for source in names:
            for target in names:
                if weight := int(matrix[index[source], index[target]]):
                    edges.append((layer, source, target, weight, ""))
    return edges


def bentley() -> list[Edge]:
    """Give one edge for each (monoamine, source, target); its weight is the number of receptor types."""
    receptors = defaultdict(set)
    with (_files("cect") / "data" / BENTLEY).open(newline="", encoding="utf-8") as table:
        for source, target, ligand, receptor in csv.reader(table):
            receptors[ligand.strip(), source.strip(), target.strip()].add(receptor.strip())
    _expect("monoamines", {ligand for ligand, _, _ in receptors}, set(MONOAMINES))
    ordered = sorted(receptors.items(), key=lambda item: (MONOAMINES.index(item[0][0]), item[0]))
    return [(*edge, len(found), ";".join(sorted(found))) for edge, found in ordered]


def ripoll_sanchez(names: list[str]) -> list[Edge]:
    """Give the long-range peptide edges, each under the shortest range that holds it.

    The weight is the number of peptide-receptor pathways. It is the same in every range that has the edge.
    """
    matrices = {layer: _matrix(layer, names) for layer in RANGES}  # (302, 302) each
    longest = matrices[RANGES[-1]]
    for layer, matrix in matrices.items():
        same = np.array_equal(matrix[matrix > 0], longest[matrix > 0])
        _expect(f"{layer} is part of the longest range", same, True)
    for shorter, longer in pairwise(RANGES):
        nested = bool(np.all(matrices[longer][matrices[shorter] > 0]))
        _expect(f"{shorter} is part of {longer}", nested, True)
    edges = []
    for i, j in zip(*np.nonzero(longest), strict=True):
        layer = next(layer for layer in RANGES if matrices[layer][i, j])
        edges.append((layer, names[i], names[j], int(longest[i, j]), ""))
    return sorted(edges, key=lambda edge: (RANGES.index(edge[0]), edge))


def _matrix(layer: str, names: list[str]) -> np.ndarray:
    """Give one range's matrix, senders in rows, in the order of the names."""
    word = layer.removeprefix("neuropeptide").removeprefix("_") or "short"
    with (_files("cect") / "data" / RIPOLL_SANCHEZ.format(word)).open(newline="", encoding="utf-8") as table:
        head, *rows = csv.reader(table)
    columns = [re.sub(r"(?<=[A-Z])0(?=\d$)", "", name) for name in head[1:]]  # VA01 is VA1
    _expect("peptide rows", [row[0] for row in rows], head[1:])
    order = [columns.index(name) for name in names]
    return np.array([row[1:] for row in rows], dtype=int)[np.ix_(order, order)]


def wang() -> dict[str, list[str]]:
    """Give each neuron's transmitters in the order of Wang et al. 2024, supplementary file 2."""
    from openpyxl import load_workbook

    sheet = load_workbook(_files("cect") / "data" / WANG, read_only=True).worksheets[0]
    found = {}
    for row in sheet.iter_rows(min_row=WANG_FIRST_ROW, values_only=True):
        if name := row[WANG_NEURON]:
            words = [_unmarked(word) for word in row[WANG_TRANSMITTERS] if word]
            found[WANG_NAMES.get(name, name)] = [ours for word in words if (ours := WANG_WORDS[word])]
    return found


def _unmarked(word: str) -> str:
    """Give one of Wang's words without its marks "*" and "- NEW"."""
    return word.strip(" *").removesuffix("- NEW").strip()


def soma_positions() -> dict[str, tuple[float, float, float]]:
    """Give each soma's centre in micrometres along (head to tail, belly to back, right to left)."""
    positions = {}
    for path in (_files("c302") / "NeuroML2").glob("*.cell.nml"):
        if found := SOMA.search(path.read_text(encoding="utf-8")):
            left, tail, back = (round(float(value), 3) for value in found.groups())
            positions[path.name.removesuffix(".cell.nml")] = (tail, back, left)
    return positions


def modulators(edges: list[Edge]) -> tuple[dict[str, set[str]], dict[str, Counter[str]]]:
    """Give who releases each modulator, and how many receptor types for it each neuron bears.

    A releasing neuron has a wireless edge out. In Bentley's network every releaser reaches every bearer, so
    the receptors on a neuron's incoming edges are all it bears. For the pooled peptides the number is the
    most pathways that any one sender has to the neuron, at any distance. [our formula]
    """
    kinds = {layer: layer for layer in MONOAMINES} | dict.fromkeys(RANGES, "neuropeptide")
    releases: dict[str, set[str]] = {kind: set() for kind in kinds.values()}
    receptors: dict[str, Counter[str]] = {kind: Counter() for kind in kinds.values()}
    for layer, source, target, weight, _ in edges:
        if kind := kinds.get(layer):
            releases[kind].add(source)
            receptors[kind][target] = max(receptors[kind][target], weight)
    return releases, receptors


def _require_packages() -> None:
    """Refuse to go on without the versions that made the committed tables, and what reads them."""
    for package, wanted in VERSIONS.items():
        try:
            found = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found = "not installed"
        if found != wanted:
            raise ImportError(f"{package} {wanted} is needed, found: {found}; install: {INSTALL}")
    if missing := [name for name in READERS if importlib.util.find_spec(name) is None]:
        raise ImportError(f"{', '.join(missing)} is needed; install: {INSTALL}")


def _files(package: str) -> Path:
    """Give the folder of an installed package without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ImportError(f"{package} is not installed; install: {INSTALL}")
    return Path(spec.origin).parent


def _expect(what: str, found: object, expected: object) -> None:
    """Stop where the source is not what the tables' description says."""
    if found != expected:
        raise ValueError(f"{what}: the source gives {found!r}, expected {expected!r}")


def _csv(header: list[str], rows: list) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


if __name__ == "__main__":
    main()
