"""The committed tables of C. elegans say what their sources and known biology say."""

import gzip
import importlib
import importlib.util
import time
from collections import Counter
from math import isfinite

import networkx as nx
import pytest

from vesicle_abm.data.celegans import (
    DEFAULT_LAYERS,
    EDGES,
    LAYERS,
    MODULATORS,
    MONOAMINES,
    NEURONS,
    RANGES,
    TEXT_ATTRIBUTES,
    celegans,
)


@pytest.fixture(scope="module")
def worm() -> nx.MultiDiGraph:
    return celegans()


@pytest.fixture(scope="module")
def all_layers() -> nx.MultiDiGraph:
    return celegans(LAYERS)


def sources(worm, modulator):
    return {n for n, released in worm.nodes(data=f"{modulator}_source") if released}


def receptor_counts(worm, layer):
    return Counter(
        receptor
        for *_, attributes in worm.edges(data=True)
        if attributes["layer"] == layer
        for receptor in attributes["receptors"].split(";")
    )


def test_there_are_302_neurons_with_their_roles(worm):
    assert len(worm) == 302
    assert Counter(role for _, role in worm.nodes(data="role")) == {
        "motor": 116,
        "sensory": 83,
        "interneuron": 81,
        "pharyngeal": 20,
        "unknown": 2,
    }


def test_every_layer_has_the_edges_of_its_source(all_layers):
    assert Counter(layer for *_, layer in all_layers.edges(keys=True)) == {
        "chemical": 3709,  # 4879 with muscles and other cells
        "gap": 2196,  # 2883 with muscles and other cells
        "dopamine": 1176,
        "serotonin": 492,
        "tyramine": 228,
        "octopamine": 56,
        "neuropeptide": 31_417,
        "neuropeptide_mid": 40_425,
        "neuropeptide_long": 53_558,
    }


def test_monoamine_weights_count_bentleys_rows_one_a_receptor(worm):
    weights = Counter()
    for *_, layer, weight in worm.edges(keys=True, data="weight"):
        weights[layer] += weight
    assert [weights[m] for m in MONOAMINES] == [1752, 540, 72, 262]
    for *_, attributes in worm.edges(data=True):
        if attributes["layer"] in MONOAMINES:
            assert attributes["weight"] == len(attributes["receptors"].split(";"))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ("dopamine", {"dop-1": 576, "dop-2": 160, "dop-3": 664, "dop-4": 80, "lgc-53": 272}),
        ("serotonin", {"mod-1": 216, "ser-1": 132, "ser-4": 78, "ser-5": 36, "ser-7": 78}),
        ("octopamine", {"octr-1": 24, "ser-3": 24, "ser-6": 24}),
        ("tyramine", {"lgc-55": 54, "ser-2": 118, "tyra-2": 36, "tyra-3": 54}),
    ],
)
def test_each_receptor_has_bentleys_number_of_edges(worm, layer, expected):
    assert receptor_counts(worm, layer) == expected


def test_short_range_peptide_density_counts_self_loops():
    assert celegans("neuropeptide").number_of_edges() / 302**2 == pytest.approx(0.3445, abs=5e-5)


def test_longer_peptide_ranges_hold_the_shorter_with_equal_weights(all_layers):
    weights = {layer: {} for layer in RANGES}
    for source, target, layer, weight in all_layers.edges(keys=True, data="weight"):
        if layer in RANGES:
            weights[layer][source, target] = weight
    short, mid, long = (weights[layer] for layer in RANGES)
    assert short.items() < mid.items() < long.items()


@pytest.mark.parametrize(
    ("modulator", "neurons"),
    [
        ("dopamine", "CEPDL CEPDR CEPVL CEPVR ADEL ADER PDEL PDER"),
        ("serotonin", "NSML NSMR ADFL ADFR HSNL HSNR"),
        ("octopamine", "RICL RICR"),
        ("tyramine", "RIML RIMR"),
    ],
)
def test_the_monoamine_neurons_are_the_known_ones(worm, modulator, neurons):
    assert sources(worm, modulator) == set(neurons.split())


def test_wang_and_bentley_agree_on_the_dopaminergic_neurons(worm):
    by_transmitter = {n for n, first in worm.nodes(data="transmitter") if first == "dopamine"}
    assert by_transmitter == sources(worm, "dopamine")


def test_the_gabaergic_cord_motor_neurons_and_only_gaba_neurons_are_inhibitory(worm):
    negative = {n for n, sign in worm.nodes(data="sign") if sign == -1.0}
    assert negative == {n for n, first in worm.nodes(data="transmitter") if first == "GABA"}
    assert {f"DD{i}" for i in range(1, 7)} | {f"VD{i}" for i in range(1, 14)} <= negative
    assert {sign for _, sign in worm.nodes(data="sign")} == {1.0, -1.0}


def test_a_chemical_edge_has_the_sign_of_its_presynaptic_neuron_and_no_other_edge_has_one(worm):
    for source, _, layer, sign in worm.edges(keys=True, data="sign"):
        assert sign == (worm.nodes[source]["sign"] if layer == "chemical" else None)


def test_each_gap_junction_is_two_edges_of_one_weight(worm):
    gap = celegans("gap")
    for source, target, weight in gap.edges(data="weight"):
        assert gap.edges[target, source, "gap"]["weight"] == weight


def test_every_wireless_edge_starts_at_a_source_and_ends_at_a_bearer(all_layers):
    for source, target, layer in all_layers.edges(keys=True):
        modulator = "neuropeptide" if layer in RANGES else layer
        if modulator in MODULATORS:
            assert all_layers.nodes[source][f"{modulator}_source"] == 1.0
            assert all_layers.nodes[target][f"{modulator}_receptors"] > 0.0


@pytest.mark.parametrize("modulator", MONOAMINES)
def test_every_monoamine_source_reaches_every_bearer(worm, modulator):
    reached = {(a, b) for a, b, layer in worm.edges(keys=True) if layer == modulator}
    bearers = {n for n, receptors in worm.nodes(data=f"{modulator}_receptors") if receptors}
    assert reached == {(a, b) for a in sources(worm, modulator) for b in bearers}


def test_attributes_are_text_or_finite_floats_and_weights_are_positive(all_layers):
    for _, attributes in all_layers.nodes(data=True):
        for name, value in attributes.items():
            assert isinstance(value, str) if name in TEXT_ATTRIBUTES else isfinite(value)
            assert type(value) in (str, float)
    for *_, layer, attributes in all_layers.edges(keys=True, data=True):
        assert attributes["layer"] == layer
        assert {type(value) for value in attributes.values()} <= {str, float}
        assert attributes["weight"] > 0.0


def test_somata_lie_where_the_worm_has_them(worm):
    x, y, z = (dict(worm.nodes(data=axis)) for axis in "xyz")
    assert x["I2L"] < x["AVAL"] < x["ALML"] < x["HSNL"] < x["PVDL"] < x["PLML"]
    assert [x[f"DD{i}"] for i in range(1, 7)] == sorted(x[f"DD{i}"] for i in range(1, 7))
    assert y["SDQL"] > y["AS8"] and y["PDEL"] > y["VD8"]  # lateral somata above the ventral cord
    assert z["AVM"] < 0 < z["PVM"]  # AVM lies on the right, PVM on the left
    assert all(z[n] > z[f"{n[:-1]}R"] for n in ("ALML", "CANL", "HSNL", "PVDL", "AWCL", "ASEL"))


def test_the_default_is_the_seven_layers_and_order_of_names_does_not_matter(worm):
    assert {layer for *_, layer in worm.edges(keys=True)} == set(DEFAULT_LAYERS)
    assert len(DEFAULT_LAYERS) == 7
    backwards = celegans(reversed(DEFAULT_LAYERS))
    assert list(backwards.edges(keys=True, data=True)) == list(worm.edges(keys=True, data=True))
    assert celegans([]).number_of_edges() == 0


def test_an_unknown_layer_is_refused_with_the_nearest_right_name():
    with pytest.raises(ValueError, match=r"'dopamin': did you mean 'dopamine'\? Allowed: chemical, gap, dop"):
        celegans(["gap", "dopamin"])


def test_graphml_gives_the_graph_back(tmp_path):
    graph = celegans(["dopamine", "chemical"])
    nx.write_graphml(graph, tmp_path / "worm.graphml")
    back = nx.read_graphml(tmp_path / "worm.graphml", force_multigraph=True)
    assert dict(back.nodes(data=True)) == dict(graph.nodes(data=True))
    assert nx.utils.edges_equal(back.edges(keys=True, data=True), graph.edges(keys=True, data=True), directed=True)


def test_loading_takes_less_than_a_second():
    seconds = []
    for _ in range(3):
        start = time.process_time()
        celegans()
        seconds.append(time.process_time() - start)
    assert min(seconds) < 1.0


def test_the_committed_tables_are_what_the_script_makes():
    make = importlib.import_module("vesicle_abm.data.make_celegans")
    needed = (*make.VERSIONS, *make.READERS)
    if missing := [name for name in needed if importlib.util.find_spec(name) is None]:
        pytest.skip(f"needs {', '.join(missing)}; install: {make.INSTALL}")
    neurons, edges = make.tables()  # also checks 4879 and 2883, the counts with muscles
    assert neurons == NEURONS.read_text(encoding="utf-8")
    assert edges == gzip.decompress(EDGES.read_bytes()).decode()
