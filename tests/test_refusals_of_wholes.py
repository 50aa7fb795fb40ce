"""What does not fit together is refused: from a scenario with every problem and its dotted key, and from Python.

Each refusal says what was given, what is allowed, and what to write instead.
"""

import networkx as nx
import numpy as np
import pytest
from test_scenario import GOOD, complaints

import vesicle_abm as va

NEURONS = "\n[neurons]\nbias = 0.1"
MEMORY = "\n[memory]\nwidth = 2"
LEARNS = NEURONS + "\n[plasticity]\n"
WIDE = "\ncontent_width = 2"
OWN_TRAIL = 'give it one, trail=ConstantTrail(), in a scenario trail = { rule = "constant" }'
GIVE_NEURONS = "acts on neurons; give neurons=HMNNeurons() too, in a scenario the table [neurons]"
GIVE_RULE = "acts on how synapses learn; give plasticity=Plasticity() too, in a scenario the table [plasticity]"
GIVE_MEMORY = "uses the memory of nodes; give memory=Memory(...) too, in a scenario the table [memory]"
BAD = {
    # kinds that a rule names
    'turn = { rule = "constant" }\n[kinds.b]': "kinds.a.turn.into: is missing; it is the kind that vesicles become; "
    "Allowed: b, a",
    'turn = { rule = "constant", into = "bb" }\n[kinds.bbb]': "kinds.a.turn.into: no kind 'bb'; did you mean 'bbb'?",
    'turn = { rule = "constant", into = ["a"] }': "kinds.a.turn.into: got ['a']; the name of one kind is allowed, no l",
    'turn = { rule = "constant", into = { a = 1 } }': "kinds.a.turn.into: no kind {'a': 1}; Allowed: a",
    'trail = { rule = "constant", onto = "aa" }': "kinds.a.trail.onto: no kind 'aa'; did you mean 'a'? Allowed: a",
    'trail = { rule = "constant", onto = "b" }\n[kinds.b]':
        f"kinds.a.trail.onto: 'b' has no trail of its own; {OWN_TRAIL}; "
    "Allowed: none",
    'migration = { rule = "trail" }':
        f"kinds.a.migration.follow: 'a' has no trail of its own; {OWN_TRAIL}; Allowed: none",
    'migration = { rule = "trail", follow = "b" }\n[kinds.b]\n[kinds.c]\ntrail = { rule = "constant" }':
        "kinds.a.migration"
    f".follow: 'b' has no trail of its own; {OWN_TRAIL}; Allowed: c",
    'migration = { rule = "trail", follow = "aa" }': "kinds.a.migration.follow: no kind 'aa'; did you mean 'a'?",
    'release = [{ rule = "gain" }, { rule = "modulator", level = "aa" }]':
        "kinds.a.release.1.level: no kind 'aa'; did y",
    '[kinds.b]\ncap = 5\nemission = { rule = "cascade", of = ["c"] }':
        "kinds.b.emission.of: no kind 'c'; Allowed: a, b",
    '[kinds.b]\ncap = 5\nemission = { rule = "cascade", of = [["a"]] }':
        "kinds.b.emission.of: no kind ['a']; Allowed: ",
    # cascades
    '[kinds.b]\nemission = { rule = "cascade", of = ["a"] }':
        "kinds.b.cap: is missing; a cascade needs one, the most ves",
    '[kinds.b]\ncap = 5\nemission = { rule = "cascade" }': "kinds.b.emission.of: is missing; a list of the kinds whose "
    "dockings bear is allowed, say ['kind']",
    '[kinds.b]\ncap = 5\nemission = { rule = "cascade", of = "a" }':
        "kinds.b.emission.of: got 'a'; a list of the kinds "
    "whose dockings bear is allowed, say ['a']",
    '[kinds.b]\ncap = 5\nemission = { rule = "cascade", of = [] }': "kinds.b.emission.of: got []; a list of the kinds",
    # widths
    f'turn = {{ rule = "constant", into = "b" }}\n[kinds.b]{WIDE}':
        "kinds.a.turn.into: content_width of 'b' is 2, what "
    "turns carries 0 numbers",
    f'turn = {{ rule = "constant", into = "b", value = [1, 2, 3] }}\n[kinds.b]{WIDE}':
        "kinds.a.turn.into: content_width "
    "of 'b' is 2, what turns carries 3 numbers",
    f'turn = {{ rule = "constant", into = "b", value = "dose" }}\n[kinds.b]{WIDE}':
        "kinds.a.turn.value: no node attribut",
    f'content_width = 3\nrelease = {{ rule = "memory" }}{MEMORY}': "kinds.a.release: uses memory, whose width is 2, by "
    "contents of 3 numbers; make memory.width and kinds.a.content_width the same",
    f'docking = {{ rule = "memory" }}{MEMORY}':
        "kinds.a.docking: uses memory, whose width is 2, by contents of 0 numbers",
    f'content_width = 1\nturn = {{ rule = "recall", into = "a" }}{MEMORY}':
        "kinds.a.turn: uses memory, whose width is 2",
    # components
    f'release = {{ rule = "film", scale_component = 2 }}{WIDE}{NEURONS}': "kinds.a.release.scale_component: got 2; the "
    "content has 2 components, counted from 0",
    f'release = {{ rule = "film", shift_component = -1 }}{NEURONS}':
        "kinds.a.release.shift_component: got -1; a whole num",
    f'release = {{ rule = "read", component = 2 }}{WIDE}{NEURONS}{MEMORY}':
        "kinds.a.release.component: got 2; the conten",
    f'release = {{ rule = "bias", component = 0 }}{NEURONS}':
        "kinds.a.release.component: got 0; the content has 0 compo",
    'trail = { rule = "constant", component = 0 }': "kinds.a.trail.component: got 0; the content has 0 components",
    f'release = {{ rule = "low_rank" }}{NEURONS}':
        "kinds.a.release.here: there is no content to compare it with; content_",
    f'release = {{ rule = "low_rank", here = [1, 2, 3] }}{WIDE}{NEURONS}':
        "kinds.a.release.here: got 3 components; conte",
    # what a model has not
    'release = { rule = "film" }': f"kinds.a.release: {GIVE_NEURONS}",
    'release = [{ rule = "gain" }, { rule = "bias" }]': f"kinds.a.release.1: {GIVE_NEURONS}",
    'release = { rule = "scale" }': f"kinds.a.release: {GIVE_NEURONS}",
    'release = { rule = "additive" }': f"kinds.a.release: {GIVE_NEURONS}",
    f'release = {{ rule = "low_rank" }}{WIDE}': f"kinds.a.release: {GIVE_NEURONS}",
    'release = { rule = "learning_rate" }': f"kinds.a.release: {GIVE_RULE}",
    f'release = {{ rule = "phase" }}{NEURONS}': f"kinds.a.release: {GIVE_RULE}",
    f'release = {{ rule = "memory" }}{WIDE}': f"kinds.a.release: {GIVE_MEMORY}",
    f'docking = {{ rule = "memory" }}{WIDE}': f"kinds.a.docking: {GIVE_MEMORY}",
    f'turn = {{ rule = "recall", into = "a" }}{WIDE}': f"kinds.a.turn: {GIVE_MEMORY}",
    f'release = {{ rule = "phase" }}{LEARNS}':
        "kinds.a.release: changes shift of plasticity.phase, which is absent; give "
    'phase=PhaseGate(), in a scenario plasticity.phase = { rule = "phase" }',
    f'release = [{{ rule = "gain" }}, {{ rule = "update_gate" }}]{LEARNS}':
        "kinds.a.release.1: changes theta of plasticity.chance, which is absent; give chance=ProbabilisticGate(), in a",
    f'release = {{ rule = "trace_time", time = "tau_mid" }}{LEARNS}':
        "kinds.a.release.time: got 'tau_mid'; did you mean ",
    # numbers of a kind, a memory, a rule
    "spend = 0": "kinds.a.spend: got 0; a number > 0 and <= 1 or none is allowed",
    "spend = 1.5": "kinds.a.spend: got 1.5; a number > 0 and <= 1 or none is allowed",
    "spend = nan": "kinds.a.spend: got nan; a number > 0 and <= 1 or none is allowed",
    'spend = "half"': "kinds.a.spend: got 'half'; a number > 0 and <= 1 or none is allowed",
    "releases = 0": "kinds.a.releases: got 0; a whole number >= 1 or none is allowed",
    "releases = 1.5": "kinds.a.releases: got 1.5; a whole number >= 1 or none is allowed",
    "releases = true": "kinds.a.releases: got True; a whole number >= 1 or none is allowed",
    "remembers = -1": "kinds.a.remembers: got -1; a whole number >= 0 and <= 64 is allowed",
    "remembers = 65": "kinds.a.remembers: got 65; a whole number >= 0 and <= 64 is allowed",
    "cap = -1": "kinds.a.cap: got -1; a whole number >= 0 or none is allowed",
    "cap = inf": "kinds.a.cap: got inf; a whole number >= 0 or none is allowed",
    "cap = 2.5": "kinds.a.cap: got 2.5; a whole number >= 0 or none is allowed",
    "[memory]\nwidht = 2":
        "memory.widht: memory has no such parameter; did you mean 'width'? Allowed: width, slots, tau",
    "[memory]\nslots = 0": "memory.slots: got 0; a whole number >= 1 is allowed",
    "[memory]\ntau = 0": "memory.tau: got 0; a number > 0, or none is allowed",
    'trail = { rule = "constant", tau = 0 }': "kinds.a.trail.tau: got 0; a number > 0, or none is allowed",
    'trail = { rule = "constant", amount = -1 }': "kinds.a.trail.amount: got -1; a number >= 0 is allowed",
    f'release = {{ rule = "memory", gate = 2 }}{WIDE}{MEMORY}':
        "kinds.a.release.gate: got 2; a number >= 0 and <= 1 is al",
    f'release = {{ rule = "bias", recovery = 0 }}{NEURONS}':
        "kinds.a.release.recovery: got 0; a number > 0, or none is a",
    f'release = {{ rule = "scale", synapses = "inn" }}{NEURONS}':
        "kinds.a.release.synapses: got 'inn'; did you mean 'in'?",
    'turn = { rule = "constant", into = "a", when = "dockd" }':
        "kinds.a.turn.when: got 'dockd'; did you mean 'docked'? All",
    'turn = { rule = "constant", into = "a", probability = 2 }':
        "kinds.a.turn.probability: got 2; a number >= 0 and <= 1",
    'migration = { rule = "homing", pul = 1 }':
        "kinds.a.migration.pul: homing has no such parameter; did you mean 'pull'?",
    'migration = { rule = "self_avoiding", revisit = -1 }':
        "kinds.a.migration.revisit: got -1; a number >= 0 is allowed",
    'migration = { rule = "selfavoiding" }':
        "kinds.a.migration.rule: got 'selfavoiding'; did you mean 'self_avoiding'? A",
    # broadcast
    'delivery = "broadcast"\nturn = { rule = "constant", into = "a" }':
        "kinds.a.turn: needs vesicles; a broadcast makes n",
    'delivery = "broadcast"\ntrail = { rule = "constant" }': "kinds.a.trail: needs vesicles; a broadcast makes none",
    f'delivery = "broadcast"\nrelease = {{ rule = "memory" }}{WIDE}{MEMORY}':
        "kinds.a.release: writes to memory, which n",
    # estimators
    f'{NEURONS}\n[estimators]\nnew = {{ rule = "noveltly" }}':
        "estimators.new.rule: got 'noveltly'; did you mean 'novelty",
    f'{NEURONS}\n[estimators]\nnew = {{ rule = "novelty", rate = 2 }}':
        "estimators.new.rate: got 2; a number > 0 and < 1",
    f'{NEURONS}\n[estimators]\nnew = {{ rule = "novelty", nodes = [0, 9] }}':
        "estimators.new.nodes: no node 9; Allowed: 0",
    f'{NEURONS}\n[estimators]\nnew = {{ rule = "novelty", nodes = "0" }}':
        "estimators.new.nodes: got '0'; a list of node",
    f'{NEURONS}\n[estimators]\nnew = {{ rule = "uncertainty", nodes = [0] }}':
        "estimators.new.nodes: got 1 neurons; at le",
    f'{NEURONS}\n[estimators]\n"a.b" = {{ rule = "novelty" }}':
        "estimators.a.b: 'a.b' cannot name a signal; letters, digi",
    '[estimators]\nnew = { rule = "novelty" }':
        "estimators.new: looks at activity; give neurons=HMNNeurons() too, in a sc",
}  # fmt: skip


@pytest.mark.parametrize(("lines", "message"), BAD.items(), ids=range(len(BAD)))
def test_one_mistake_is_one_line_with_key_given_and_allowed(tmp_path, lines, message):
    found = complaints(tmp_path, GOOD + lines + "\n")
    assert len(found) == 1, found
    assert found[0].startswith(f"mine.toml: {message}")


def test_all_that_a_scenario_lacks_is_told_at_once(tmp_path):
    lines = """
    content_width = 3
    turn = { rule = "recall", into = "b" }
    trail = { rule = "constant", onto = "c" }
    migration = { rule = "trail", follow = "d" }
    release = [{ rule = "film" }, { rule = "learning_rate" }, { rule = "memory" }, { rule = "modulator", level = "e" }]
    [kinds.b]
    emission = { rule = "cascade", of = ["a", "f"] }
    docking = { rule = "memory" }
    [kinds.c]
    turn = { rule = "constant" }
    [memory]
    width = 3
    [estimators]
    new = { rule = "novelty", nodes = [8, 9] }
    """
    keys = [line.split(": ")[1] for line in complaints(tmp_path, GOOD + lines)]
    assert sorted(keys) == sorted(
        [
            *("kinds.a.turn.into", "kinds.a.trail.onto", "kinds.a.migration.follow"),
            *("kinds.a.release.0", "kinds.a.release.1", "kinds.a.release.3.level"),
            *("kinds.b.emission.of", "kinds.b.cap", "kinds.b.docking", "kinds.c.turn.into"),
            *("estimators.new", "estimators.new.nodes"),
        ]
    )


def test_what_is_lacking_is_told_beside_mistakes_in_other_tables(tmp_path):
    """A table that is there but wrong is not told to be missing."""
    lines = """
    release = [{ rule = "film" }, { rule = "update_gate" }]
    cap = -1
    [kinds.b]
    content_width = 1
    release = [{ rule = "film" }, { rule = "memory" }, { rule = "phase" }]
    [neurons]
    bias = "offset"
    noise = -1
    [plasticity.chance]
    rule = "probabilistc"
    [estimators]
    new = { rule = "uncertainty", nodes = [0] }
    "o.ld" = { rule = "novelty" }
    """
    keys = [line.split(": ")[1] for line in complaints(tmp_path, GOOD + lines)]
    wrong = ["kinds.a.cap", "neurons.noise", "plasticity.chance.rule", "estimators.o.ld"]
    assert sorted(keys) == sorted([*wrong, "kinds.b.release.1", "estimators.new.nodes"])


# The density view


OWN_WAY = "gives each vesicle its own way; the density view does not hold that"
HAS_NO_MEAN = {
    'docking = { rule = "constant", capacity = 2 }': "kinds.a.docking: has a capacity, so who docks depends on who",
    'migration = { rule = "homing" }': f"kinds.a.migration: {OWN_WAY}",
    'migration = { rule = "self_avoiding" }\nremembers = 2': f"kinds.a.migration: {OWN_WAY}",
    f'release = {{ rule = "memory" }}{WIDE}{MEMORY}\nslots = 2':
        "kinds.a.release: chooses one of 2 slots by each vesicle's own content",
    '[neurons]\nrule = "lif"': "neurons: fire or do not, which a mean activation is not",
}  # fmt: skip
HAS_A_MEAN = [
    "cap = 3",
    "releases = 2",
    "remembers = 3",
    "spend = 0.5",
    'trail = { rule = "constant" }',
    'trail = { rule = "constant" }\nmigration = { rule = "trail" }',
    'turn = { rule = "constant", into = "a" }',
    'turn = { rule = "constant", into = "b" }\n[kinds.b]',
    f'docking = {{ rule = "activity" }}{NEURONS}',
    f'docking = {{ rule = "memory" }}{WIDE}{MEMORY}',
    '[kinds.b]\ncap = 9\nemission = { rule = "cascade", of = ["a"] }',
    f'[kinds.b]\nemission = {{ rule = "signal", signal = "news" }}{NEURONS}\n[estimators.news]\nrule = "uncertainty"',
]


@pytest.mark.parametrize(("lines", "message"), HAS_NO_MEAN.items(), ids=range(len(HAS_NO_MEAN)))
def test_the_density_view_names_what_it_cannot_hold(tmp_path, lines, message):
    found = complaints(tmp_path, 'view = "density"\n' + GOOD + lines + "\n")
    assert len(found) == 1, found
    assert found[0].startswith(f"mine.toml: {message}")


@pytest.mark.parametrize("lines", HAS_A_MEAN, ids=range(len(HAS_A_MEAN)))
def test_the_density_view_holds_all_else(tmp_path, lines):
    assert complaints(tmp_path, 'view = "density"\n' + GOOD + lines + "\n") == []


# From Python


FIT = {"neurons": va.HMNNeurons(), "plasticity": va.Plasticity(modulation=None)}
PYTHON = {
    "a rate where nothing modulates": (
        {"a": va.Kind(release=va.RateRelease())}, FIT,
        "kinds.a.release: changes eta_global of plasticity.modulation, which is absent; give modulation=Modulation()",
    ),
    "a trace of which nothing is left": (
        {"a": va.Kind(release=va.TraceRelease())}, {**FIT, "plasticity": va.Plasticity(trace=None)},
        "kinds.a.release: changes tau_fast, tau_slow of plasticity.trace, which is absent; give trace=CompositeTrace()",
    ),
    "no estimator": ({"a": va.Kind()}, {**FIT, "estimators": {"new": va.Memory()}}, "estimators.new: got Memory"),
    "neurons of another family": ({"a": va.Kind()}, {"neurons": va.Novelty()}, "neurons: got Novelty"),
    "neurons not yet made": ({"a": va.Kind()}, {"neurons": va.HMNNeurons}, "neurons: got <class"),
    "layers that are no list": (
        {"a": va.Kind(migration=va.WeightedMigration(layers=3))}, {}, "kinds.a.migration.layers: got 3; a list",
    ),
    "a node that is none": (
        {"a": va.Kind(emission=va.PulseEmission(nodes=[{}]))}, {}, "kinds.a.emission.nodes: got {}; a node's label",
    ),
    "a clearance beyond all numbers": (lambda: {"a": va.Kind(clearance=10**400)}, {}, "clearance: got 1000"),
    "a content beyond all memory": (lambda: {"a": va.Kind(content_width=10**30)}, {}, "content_width: got 1000"),
    "no memory": ({"a": va.Kind()}, {"memory": va.Novelty()}, "memory: got Novelty"),
    "a name with a dot": (
        {"a": va.Kind()}, {**FIT, "estimators": {"a.b": va.Novelty()}}, "estimators.a.b: 'a.b' cannot name a signal",
    ),
    "a turn of another family": (lambda: {"a": va.Kind(turn=va.ConstantTrail())}, {}, "turn: got ConstantTrail"),
    "a trail of another family": (lambda: {"a": va.Kind(trail=va.ConstantTurn())}, {}, "trail: got ConstantTurn"),
}  # fmt: skip


@pytest.mark.parametrize("what", PYTHON)
def test_what_does_not_fit_is_refused_when_the_model_is_built(what):
    kinds, parts, message = PYTHON[what]
    with pytest.raises(va.InputError) as caught:
        va.VesicleModel(nx.path_graph(3), kinds() if callable(kinds) else kinds, **parts)
    assert str(caught.value).startswith(message)


class Flat(va.Trace, name="flat_in_test_refusals_of_wholes"):
    """Remembers nothing, and has no time constants."""

    def eligibility(self, synapses, xp):
        return synapses.correlation


def test_a_trace_of_ones_own_that_lacks_the_numbers_is_named():
    kinds, rule = {"a": va.Kind(release=va.TraceRelease())}, va.Plasticity(trace=Flat())
    with pytest.raises(
        va.InputError, match=r"^kinds\.a\.release: changes tau_fast, .* of plasticity\.trace, which lacks"
    ):
        va.VesicleModel(nx.path_graph(3), kinds, neurons=va.HMNNeurons(), plasticity=rule)


def test_a_value_of_attributes_is_as_wide_as_there_are_names():
    graph = nx.path_graph(3)
    nx.set_node_attributes(graph, {0: 1.0, 1: 2.0, 2: 3.0}, "dose")
    for value, width in (("dose", 1), (["dose", "dose"], 2), (np.ones((3, 2)), 2)):
        turn = va.ConstantTurn(into="b", value=value)
        va.VesicleModel(graph, {"a": va.Kind(turn=turn), "b": va.Kind(content_width=width)})
        with pytest.raises(
            va.InputError, match=r"^kinds\.a\.turn\.into: content_width of 'b' is 3, what turns carries"
        ):
            va.VesicleModel(graph, {"a": va.Kind(turn=turn), "b": va.Kind(content_width=3)})


# Signals that nobody gives

READS = {
    '[kinds.b]\nemission = { rule = "signal", signal = "rewrd" }': ("kinds.b.emission.signal", "rewrd"),
    '[kinds.b]\ncontent_width = 1\ncontent = { rule = "signal", signal = "eror" }': ("kinds.b.content.signal", "eror"),
}


@pytest.mark.parametrize(("lines", "wanted"), READS.items(), ids=range(len(READS)))
def test_a_signal_that_nobody_gives_is_refused_and_the_nearest_named(tmp_path, lines, wanted):
    key, name = wanted
    words = f"mine.toml: {key}: no signal {name!r} is given by a task or an estimator; "
    assert complaints(tmp_path, GOOD + lines + "\n") == [f"{words}Allowed: none"]
    told = NEURONS + '\n[estimators.reward]\nrule = "uncertainty"\n[estimators.error]\nrule = "uncertainty"\n'
    near = {"rewrd": "reward", "eror": "error"}[name]
    found = complaints(tmp_path, GOOD + lines + told)
    assert found == [f"{words}did you mean {near!r}? Allowed: reward, error"]


def test_a_task_that_reads_or_gives_a_misspelt_signal_is_refused():
    shipped = va.Scenario.load("conditioning")
    for change in ({"task.error": "rpx"}, {"kinds.dopamine.emission.signal": "rpo"}):
        with pytest.raises(va.InputError, match=r"no signal 'rp[xo]' is given .*; did you mean 'rpe'\?"):
            for key, value in change.items():
                shipped.override(key, value).build()


def test_a_kind_whose_table_is_wrong_is_not_said_to_be_missing(tmp_path):
    lines = 'trail = { rule = "constant", tau = -1.0 }\n[kinds.b]\nmigration = { rule = "trail", follow = "a" }\n'
    found = complaints(tmp_path, GOOD + lines)
    assert len(found) == 1 and found[0].startswith("mine.toml: kinds.a.trail.tau: got -1")


def test_self_avoiding_needs_a_memory():
    with pytest.raises(va.InputError, match=r"remembers: is 0; self_avoiding migration needs"):
        va.Kind(migration=va.SelfAvoidingMigration())


def test_a_function_that_xp_lacks_is_named_with_the_nearest():
    from vesicle_abm.core import functions

    with pytest.raises(AttributeError, match="xp has no function 'absolut'; did you mean 'absolute'"):
        _ = functions.absolut
