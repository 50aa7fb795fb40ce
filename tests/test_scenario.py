"""Scenarios: every mistake is told, with file, key, what was given and what is allowed; overrides; building."""

import datetime
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

import vesicle_abm as va
from vesicle_abm.scenario import Scenario, ScenarioError
from vesicle_abm.schema.graph import GENERATORS
from vesicle_abm.schema.strict import construct

FIRST = next(iter(va.shipped_scenarios()))
GOOD = """
question = "Does it run?"
expect = "It does."
steps = 5

[graph]
generator = "path_graph"
arguments = { n = 4 }

[kinds.a]
emission = { rule = "constant", rate = 1.0 }
"""
GRAPHML = (
    '<?xml version="1.0"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    '<key id="w" for="edge" attr.name="weight" attr.type="double"/>'
    '<key id="d" for="node" attr.name="dose" attr.type="double"/>'
    '<graph edgedefault="directed">{}</graph></graphml>'
)
EDGE = '<node id="a"/><node id="b"/><edge source="a" target="b"><data key="w">{}</data></edge>'


def complaints(tmp_path: Path, text: str, name: str = "mine.toml") -> list[str]:
    """What ``check`` says about a scenario of that text, a line a problem; the file's folder is cut off."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    try:
        Scenario.load(path).check()
    except va.InputError as error:
        return str(error).replace(f"{tmp_path}/", "").splitlines()
    return []


def with_lines(lines: str) -> str:
    """The good scenario with more lines in its kind."""
    return GOOD + lines + "\n"


def test_the_good_scenario_has_no_problem(tmp_path):
    assert complaints(tmp_path, GOOD) == []


BAD = {
    # a misspelt key, at each depth
    GOOD.replace("steps", "stpes"): "stpes: unknown key; did you mean 'steps'? Allowed: question, expect, graph, kinds",
    GOOD.replace("generator", "genrator"): "graph.genrator: unknown key; did you mean 'generator'? Allowed: dataset",
    GOOD.replace("{ n", "{ m"): "graph.arguments.m: networkx.path_graph has no such argument; Allowed: n, create_using",
    GOOD.replace("emission", "emision"): "kinds.a.emision: unknown key; did you mean 'emission'? Allowed: emission, ",
    GOOD.replace("rate", "rat"): "kinds.a.emission.rat: constant has no such parameter; did you mean 'rate'?",
    GOOD + "[neurons]\nbais = 1.0": "neurons.bais: hmn has no such parameter; did you mean 'bias'? Allowed: bias, ",
    # numbers out of bounds, and what is no number
    GOOD.replace("1.0", "-1.0"): "kinds.a.emission.rate: got -1; a number >= 0 is allowed",
    GOOD.replace("1.0", "nan"): "kinds.a.emission.rate: got nan; a number >= 0 is allowed",
    GOOD.replace("1.0", "inf"): "kinds.a.emission.rate: got inf; a number >= 0 is allowed",
    GOOD.replace("1.0", "1e300"): "kinds.a.emission: ConstantEmission.rate gave 1e+300; a finite number from 0 to 1638",
    GOOD.replace("1.0", "9" * 400): "kinds.a.emission.rate: got 999",
    GOOD.replace("1.0", "true"): "kinds.a.emission.rate: got True; a number >= 0 is allowed",
    GOOD.replace("1.0", "[1, -2, 3, 4]"): "kinds.a.emission.rate: got -2; a number >= 0 is allowed",
    GOOD.replace("1.0", "[1, 2]"): "kinds.a.emission.rate: got an array of length 2; this graph needs length 4",
    GOOD.replace("1.0", "[]"): "kinds.a.emission.rate: got an array of length 0; this graph needs length 4",
    GOOD.replace("1.0", "{ a = 1 }"): "kinds.a.emission.rate: got {'a': 1}; a number >= 0 is allowed",
    GOOD.replace("1.0", "2020-01-01"): "kinds.a.emission.rate: got datetime.date(2020, 1, 1); a number >= 0 is allowed",
    with_lines('docking = { rule = "constant", probability = 1.2 }'): "kinds.a.docking.probability: got 1.2; a number",
    with_lines("absorb = 1.2"): "kinds.a.absorb: got 1.2; a number >= 0 and <= 1 is allowed",
    with_lines("absorb = nan"): "kinds.a.absorb: got nan; a number >= 0 and <= 1 is allowed",
    with_lines("content_width = 1.5"): "kinds.a.content_width: got 1.5; a whole number >= 0 and < 2**31 is allowed",
    with_lines("clearance = 0"): "kinds.a.clearance: got 0; a number > 0 or none is allowed",
    with_lines("lifetime = 2.5"): "kinds.a.lifetime: got 2.5; a whole number >= 1",
    with_lines('lifetime = { rule = "exponential", mean = -2 }'): "kinds.a.lifetime.mean: got -2; a number > 0",
    GOOD.replace("= 5", '= "5"'): "steps: got '5'; a whole number is allowed",
    GOOD.replace("= 5", "= 5.0"): "steps: got 5.0; a whole number is allowed",
    GOOD.replace("= 5", "= 0"): "steps: got 0; a whole number >= 1 is allowed",
    GOOD.replace("= 5", "= 99999999999999999999"): "steps: got 99999999999999999999; a whole number <= 16777215 is all",
    "seed = -1\n" + GOOD: "seed: got -1; a whole number >= 0 is allowed",
    'view = "compield"\n' + GOOD: "view: got 'compield'; did you mean 'compiled'? Allowed: compiled, particles, densit",
    # rules
    GOOD.replace('"constant"', '"constnat"'): "kinds.a.emission.rule: got 'constnat'; did you mean 'constant'? Allowed",
    GOOD.replace('rule = "constant", ', ""): "kinds.a.emission.rule: a rule is missing; Allowed: constant, activity",
    GOOD.replace('"constant"', '["constant"]'): "kinds.a.emission.rule: got a list; Allowed: constant, activity",
    GOOD.replace('"constant"', "{ a = 1 }"): "kinds.a.emission.rule: got a table; Allowed: constant, activity",
    with_lines("docking = 3"): 'kinds.a.docking: got 3; a table is allowed, say { rule = "constant", … }',
    with_lines("release = 3"): 'kinds.a.release: got 3; a table is allowed, say { rule = "modulator", … }',
    with_lines('release = [{ rule = "modulator", amunt = 1 }]'): "kinds.a.release.0.amunt: modulator has no such",
    with_lines('release = [{ rule = "modulator", level = "b" }]'): "kinds.a.release.level: no kind 'b'; Allowed: a",
    with_lines('agent = "NoSuch"'): "kinds.a.agent: no subclass of Vesicle called 'NoSuch'; import it first; ",
    with_lines("agent = ['A']"): "kinds.a.agent: got a list; the name of a subclass of Vesicle is allowed",
    # what the graph lacks
    GOOD.replace("1.0", '"dose"'): "kinds.a.emission.rate: no node attribute 'dose'; Allowed: none",
    with_lines('migration = { rule = "weighted", layers = ["synptic"] }'): "kinds.a.migration.layers: no edge layer "
    "'synptic'; did you mean 'synaptic'? Allowed: synaptic",
    with_lines('migration = { rule = "weighted", layers = "synaptic" }'): "kinds.a.migration.layers: got 'synaptic'; a",
    with_lines('migration = { rule = "weighted", layers = 3 }'): "kinds.a.migration.layers: got 3; a list of layer",
    GOOD + '[neurons]\nlayers = ["synptic"]': "neurons.layers: no edge layer 'synptic'; did you mean 'synaptic'?",
    GOOD.replace('"constant", rate = 1.0', '"pulse", nodes = [0, 7]'): "kinds.a.emission.nodes: no node 7; Allowed: 0,",
    GOOD.replace('"constant", rate = 1.0', '"pulse", at = 9, nodes = ["0"]'): "kinds.a.emission.nodes: no node '0'; "
    "did you mean 0 (not text)? Allowed: 0, 1, 2, 3",
    GOOD.replace('"constant", rate = 1.0', '"pulse", nodes = 0'): "kinds.a.emission.nodes: got 0; a list of node",
    GOOD.replace('"constant", rate = 1.0', '"pulse", nodes = [[0]]'): "kinds.a.emission.nodes: no node (0,); Allowed:",
    # graphs
    GOOD.replace("path_graph", "pth_graph"): "graph.generator: got 'pth_graph'; did you mean 'path_graph'? Allowed: ",
    GOOD.replace("path_graph", "complement_graph"): "graph.generator: got 'complement_graph'; did you mean",
    GOOD.replace("n = 4", "n = -4"): "graph.arguments: networkx.path_graph refuses them: Negative number of nodes",
    GOOD.replace("n = 4", "n = 0"): "graph: the graph has no nodes; at least one is needed",
    GOOD.replace("n = 4", "n = 1000000000"): "graph.arguments.n: got 1,000,000,000; a graph has at most 1,048,576 node",
    GOOD.replace("n = 4", 'n = 4, backend = "x"'): "graph.arguments.backend: networkx.path_graph has no such argument",
    GOOD.replace("arguments = { n = 4 }", "arguments = 4"): "graph.arguments: got 4; a table is allowed",
    GOOD.replace("arguments = { n = 4 }", ""): "graph.arguments: networkx.path_graph refuses them: path_graph() missin",
    GOOD.replace("generator", 'dataset = "celegans"\ngenerator'): "graph: got dataset and generator; exactly one of",
    GOOD.replace('generator = "path_graph"\narguments = { n = 4 }', 'dataset = "elegans"'): "graph.dataset: got "
    "'elegans'; did you mean 'celegans'?",
    # tables
    GOOD.replace('question = "Does it run?"', ""): "question: is missing; it is the question that the scenario answers",
    GOOD.replace('"Does it run?"', '" "'): "question: is empty; write a sentence",
    GOOD.replace('"Does it run?"', "2020-01-01"): 'question: got 2020-01-01; text in "quotes" is allowed',
    GOOD.replace("[kinds.a]", "[[kinds]]"): "kinds: got a list; a table is allowed",
    GOOD.replace("[kinds.a]", '[kinds."a.b"]'): "kinds.a.b: 'a.b' cannot name a kind; letters, digits",
    GOOD.replace("[kinds.a]", '[kinds."../a"]'): "kinds.../a: '../a' cannot name a kind; letters, digits",
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD.items(), ids=[message.partition(";")[0] for message in BAD.values()])
def test_one_mistake_is_one_line_with_file_key_given_and_allowed(tmp_path, text, message):
    found = complaints(tmp_path, text)
    assert len(found) == 1
    assert found[0].startswith(f"mine.toml: {message}")


def test_every_problem_of_a_file_is_told_in_one_go(tmp_path):
    text = """
    stpes = 0
    [graph]
    genrator = "path_graph"
    arguments = { n = 4 }
    [kinds.a]
    absorb = 1.2
    emision = { rule = "constant", rat = 1.0 }
    docking = { rule = "constant", probability = -1, capacity = -2, gain = 3 }
    release = [{ rule = "modulator", amunt = 1 }, { rule = "gian" }]
    [kinds.b]
    emission = { rule = "pulse", count = "dose", nodes = [0, 8, 9] }
    migration = { rule = "weighted", stay = "stickiness", layers = ["x"] }
    [neurons]
    noise = -1
    activation = "tnah"
    """
    keys = [line.split(": ")[1] for line in complaints(tmp_path, text)]
    assert keys == [
        *("stpes", "question", "expect", "graph.genrator", "kinds.a.emision", "kinds.a.emission.rat"),
        *("kinds.a.docking.gain", "kinds.a.docking.capacity", "kinds.a.docking.probability"),
        *("kinds.a.release.0.amunt", "kinds.a.release.1.rule", "kinds.a.absorb", "steps"),
        *("neurons.noise", "neurons.activation"),
    ]


def test_what_the_graph_lacks_is_told_beside_mistakes_in_other_tables(tmp_path):
    text = GOOD.replace("steps = 5", "steps = 0") + (
        '[kinds.b]\nemission = { rule = "pulse", count = "dose", nodes = [0, 8, 9] }\n'
        'migration = { rule = "weighted", stay = "stickiness", layers = ["x", "y"] }\nabsorb = 0.5\n'
        '[neurons]\nbias = "offset"\nlayers = ["z"]\n'
    )
    keys = [line.split(": ")[1] for line in complaints(tmp_path, text)]
    b = ["kinds.b.emission.count", *["kinds.b.emission.nodes"] * 2, "kinds.b.migration.stay"]
    assert keys == ["steps", *b, *["kinds.b.migration.layers"] * 2, "neurons.bias", "neurons.layers"]


def test_several_rules_that_answer_out_of_bounds_are_all_told(tmp_path):
    text = GOOD.replace("1.0", "1e9") + '[kinds.b]\nemission = { rule = "constant", rate = 1e9 }\n'
    keys = [line.split(": ")[1] for line in complaints(tmp_path, text)]
    assert keys == ["kinds.a.emission", "kinds.b.emission"]


FILES = {
    "missing.graphml": (None, "graph.file: no file 'missing.graphml'"),
    "bad.graphml": ("hello", "graph.file: 'bad.graphml' is not a graphml graph: syntax error: line 1, column 0"),
    "empty.graphml": ("", "graph.file: 'empty.graphml' is not a graphml graph: no element found: line 1, column 0"),
    "bad.gexf": ("<gexf/>", "graph.file: 'bad.gexf' is not a gexf graph: No <graph> element in GEXF file."),
    "negative.graphml": (EDGE.format(-1), "graph.file: 'negative.graphml': edge 'a' -> 'b' has weight -1; a finite"),
    "nan.graphml": (EDGE.format("nan"), "graph.file: 'nan.graphml': edge 'a' -> 'b' has weight nan; a finite"),
    "nodeless.graphml": (" ", "graph.file: 'nodeless.graphml': the graph has no nodes; at least one is needed"),
    "table.csv": ("a,b", "graph.file: got 'table.csv'; Allowed: .graphml, .gexf, .npz, as its ending"),
    "folder": (None, "graph.file: got 'folder'; Allowed: .graphml, .gexf, .npz, as its ending"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_graph_file_that_is_none_is_refused(tmp_path, name):
    content, message = FILES[name]
    if content is not None:
        whole = content.startswith((" ", "<node"))
        (tmp_path / name).write_text(GRAPHML.format(content) if whole else content)
    text = GOOD.replace('generator = "path_graph"\narguments = { n = 4 }', f'file = "{name}"')
    (found,) = complaints(tmp_path, text)
    assert found.startswith(f"mine.toml: {message}")


def test_a_graph_file_lies_beside_its_scenario_and_its_attributes_can_be_named(tmp_path):
    nodes = '<node id="a"><data key="d">2</data></node><node id="b"><data key="d">{}</data></node>'
    (tmp_path / "g.graphml").write_text(GRAPHML.format(nodes.format(3)))
    text = GOOD.replace('generator = "path_graph"\narguments = { n = 4 }', 'file = "g.graphml"')
    assert complaints(tmp_path, text.replace("1.0", '"dose"')) == []
    (tmp_path / "g.graphml").write_text(GRAPHML.format(nodes.format("nan")))
    (found,) = complaints(tmp_path, text.replace("1.0", '"dose"'))
    assert found.endswith("kinds.a.emission.rate: node attribute 'dose' is missing or NaN on 1 nodes")
    (found,) = complaints(tmp_path, text.replace("1.0", '"dosis"'))
    assert found.endswith("kinds.a.emission.rate: no node attribute 'dosis'; did you mean 'dose'? Allowed: dose")


def test_layers_of_a_dataset_are_checked(tmp_path):
    text = GOOD.replace('generator = "path_graph"\narguments = { n = 4 }', 'dataset = "celegans"\nlayers = ["dopamin"]')
    (found,) = complaints(tmp_path, text)
    assert found.startswith("mine.toml: graph.layers: unknown layer 'dopamin': did you mean 'dopamine'?")


def test_a_random_generator_without_a_seed_makes_the_same_graph_each_time(tmp_path):
    text = GOOD.replace("path_graph", "gnp_random_graph").replace("n = 4", "n = 30, p = 0.2")
    (tmp_path / "mine.toml").write_text(text)
    scenario = Scenario.load(tmp_path / "mine.toml")
    assert scenario.build().graph.edges == scenario.build(seed=5).graph.edges
    other = scenario.override("graph.arguments.seed", 1)
    assert other.build().graph.edges != scenario.build().graph.edges


def test_a_list_names_a_node_whose_label_is_a_pair(tmp_path):
    text = GOOD.replace("path_graph", "grid_2d_graph").replace("n = 4", "m = 2, n = 2")
    text = text.replace('"constant", rate = 1.0', '"pulse", nodes = [[1, 0]]')
    (tmp_path / "mine.toml").write_text(text)
    model = Scenario.load(tmp_path / "mine.toml").build()
    model.step()
    assert model.state.emitted[0].tolist() == [0, 0, 1, 0]


def test_generators_are_those_that_make_a_graph_from_numbers():
    assert {"karate_club_graph", "connected_watts_strogatz_graph", "path_graph"} <= set(GENERATORS)
    assert not {"line_graph", "ego_graph", "to_networkx_graph", "relabel_gexf_graph"} & set(GENERATORS)
    assert all(callable(getattr(nx, name)) for name in GENERATORS)


FILES_THAT_ARE_NO_SCENARIO = {
    b"": ("question: is missing", 4),
    b"steps = 5\nrate = \n": ("is not TOML: Invalid value (at line 2, column 8)", 1),
    b"[a]\n[a]\n": ("is not TOML: Cannot declare ('a',) twice (at line 2, column 3)", 1),
    b"\xff\xfe\x00\x80": ("is not TOML: it is not text in UTF-8 (byte 0)", 1),
    b"a = " + b"[" * 20_000: ("is not TOML: brackets within brackets, too many", 1),
    b"a = " + b"9" * 20_000: ("is not TOML: Exceeds the limit", 1),
}


@pytest.mark.parametrize("content", FILES_THAT_ARE_NO_SCENARIO, ids=range(len(FILES_THAT_ARE_NO_SCENARIO)))
def test_a_file_that_is_no_scenario_is_refused_with_the_place(tmp_path, content):
    (tmp_path / "mine.toml").write_bytes(content)
    message, count = FILES_THAT_ARE_NO_SCENARIO[content]
    with pytest.raises(va.InputError) as caught:
        Scenario.load(tmp_path / "mine.toml")
    lines = str(caught.value).splitlines()
    assert len(lines) == count
    assert message in lines[0]
    assert str(tmp_path / "mine.toml") in lines[0]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("randomwalk", f"no scenario 'randomwalk'; did you mean 'random_walk'? Allowed: {FIRST},"),
        ("nothing.toml", f"no file 'nothing.toml'; shipped scenarios: {FIRST},"),
        ("x" * 5000, "cannot be read: "),
        ("nul\0.toml", "no file 'nul\\x00.toml'"),
        ("", f"no scenario ''; Allowed: {FIRST},"),
    ],
)
def test_a_name_that_is_no_scenario_is_refused_with_the_nearest(name, message):
    with pytest.raises(va.InputError) as caught:
        Scenario.load(name)
    assert message in str(caught.value)


def test_a_folder_is_no_scenario(tmp_path):
    with pytest.raises(va.InputError, match=r"is a folder; the path of a \.toml file is allowed"):
        Scenario.load(tmp_path)


# Overrides


@pytest.fixture
def scenario(tmp_path) -> Scenario:
    (tmp_path / "mine.toml").write_text(
        GOOD + 'release = [{ rule = "modulator", amount = 1.0 }, { rule = "gain", amount = 0.5 }]\n'
    )
    return Scenario.load(tmp_path / "mine.toml")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("steps", 7),
        ("question", "Why?"),
        ("kinds.a.absorb", 0.25),
        ("kinds.a.emission.rate", [1, 2.5, 3, 4]),
        ("kinds.a.docking", {"rule": "constant", "probability": 0.1}),
        ("kinds.a.migration", {"rule": "weighted", "travel": False}),
        ("kinds.a.release.1.amount", 0.75),
        ("kinds.a.release.0", {"rule": "gain", "amount": 2.0}),
        ("kinds.b", {"lifetime": 3}),
        ("neurons.bias", 0.1),
        ("graph.arguments.n", 9),
        ("kinds.a.lifetime", None),
    ],
)
def test_an_override_replaces_one_value_and_leaves_the_original_alone(scenario, key, value):
    before = repr(scenario.data)
    changed = scenario.override(key, value)
    found = changed.data
    for part in key.split("."):
        found = found[int(part) if isinstance(found, list) else part]
    assert found == value
    assert repr(scenario.data) == before
    assert changed.override(key, value).data == changed.data
    assert changed.build(seed=3).state.digest() == changed.override(key, value).build(seed=3).state.digest()


def test_the_value_given_to_an_override_may_change_later_without_effect(scenario):
    rates = [1, 2, 3, 4]
    changed = scenario.override("kinds.a.emission.rate", rates)
    rates[0] = -1
    assert changed.build().world.tables["a"].rate().tolist() == [1, 2, 3, 4]


def test_overrides_of_different_keys_commute(scenario):
    pairs = [("kinds.a.absorb", 0.5), ("steps", 9)]
    one = scenario.override(*pairs[0]).override(*pairs[1])
    other = scenario.override(*pairs[1]).override(*pairs[0])
    assert one.data == other.data


class Sleeper(va.Vesicle):
    """Stays where it is."""

    def migrate(self):
        pass


def test_the_vesicles_of_a_kind_are_of_the_class_that_the_scenario_names(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(with_lines('agent = "Sleeper"'), encoding="utf-8")
    for scenario in (Scenario.load(path), Scenario.load(path).override("kinds.a.agent", Sleeper)):
        model = scenario.build()
        model.run_for(3)
        assert all(type(vesicle) is Sleeper and vesicle.node == vesicle.birth[1] for vesicle in model.vesicles)


def test_numpy_numbers_and_rules_may_be_given_in_python(scenario):
    assert scenario.override("steps", np.int64(4)).steps == 4
    rule = va.ConstantDocking(probability=0.5)
    assert scenario.override("kinds.a.docking", rule).build().world.kinds["a"].docking.probability_ == 0.5


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("foo", 1, "foo: unknown key; Allowed: question"),
        ("stps", 1, "stps: unknown key; did you mean 'steps'?"),
        ("kinds.b.absorb", 1, "kinds.b.absorb: no 'b' in kinds; Allowed: a"),
        ("kinds.a.emission.rat", 1, "kinds.a.emission.rat: constant has no such parameter; did you mean 'rate'?"),
        ("kinds.a.docking.probability", 1, "kinds.a has no docking; give it whole, say kinds.a.docking={rule='…', …}"),
        ("kinds.a.release.2.amount", 1, "kinds.a.release.2.amount: no '2' in kinds.a.release; Allowed: 0, 1"),
        ("kinds.a.release.x.amount", 1, "no 'x' in kinds.a.release; Allowed: 0, 1"),
        ("kinds.a.release.7", {"rule": "gain"}, "no '7' in kinds.a.release; Allowed: 0, 1"),
        ("steps.x", 1, "steps.x: steps is a value, not a table"),
        ("", 1, "unknown key"),
        (".", 1, ".: no '' in the scenario"),
        ("a..b", 1, "a..b: no 'a' in the scenario"),
        ("steps", True, "steps: got true; a whole number is allowed"),
        ("steps", "5", "steps: got '5'; a whole number is allowed"),
        ("question", 3, 'question: got 3; text in "quotes" is allowed'),
        ("kinds.a.absorb", datetime.date(2020, 1, 1), "kinds.a.absorb: got datetime.date(2020, 1, 1); a number"),
        ("kinds", [], "kinds: got a list; a table is allowed"),
        ("graph", "karate", "graph: got 'karate'; a table is allowed"),
    ],
)
def test_a_bad_override_is_refused(scenario, key, value, message):
    with pytest.raises(ScenarioError) as caught:
        scenario.override(key, value)
    assert message in str(caught.value)


def test_the_name_question_and_expectation_of_a_scenario(scenario):
    assert (scenario.name, scenario.question, scenario.expect) == ("mine", "Does it run?", "It does.")
    assert (scenario.steps, scenario.seed, scenario.view) == (5, 0, "compiled")


def test_building_refuses_an_unknown_view_and_a_negative_seed(scenario):
    with pytest.raises(va.InputError, match="view: got 'fast'; Allowed: compiled, particles, density"):
        scenario.build(view="fast")
    with pytest.raises(ScenarioError, match="seed: got -1; a whole number from 0"):
        scenario.build(seed=-1)


def test_the_seed_given_to_build_is_the_models(scenario):
    digests = {scenario.build(seed=seed).state.digest() for seed in (1, 1, 2)}
    assert len(digests) == 2


def test_a_scenario_that_density_cannot_hold_is_refused_by_check(tmp_path):
    text = 'view = "density"\n' + with_lines('docking = { rule = "constant", probability = 0.1, capacity = 1 }')
    (found,) = complaints(tmp_path, text)
    assert "kinds.a.docking: has a capacity" in found


def test_a_rule_without_a_needed_parameter_says_so():
    class Needy(va.Docking, name="needy_in_a_test"):
        reads_vesicles = False
        need: float = va.parameter(doc="has no default")

        def probability(self, vesicles, nodes, xp):
            return self.need

    with pytest.raises(va.InputError, match="missing 1 required keyword-only argument: 'need'"):
        construct(Needy, {})
    del va.Docking.known["needy_in_a_test"]
