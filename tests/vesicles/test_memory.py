"""What vesicles write at nodes and read there, against plain Python and closed forms, in both views. Seed 69.

Contents are multiples of 1/4, which a vesicle carries without rounding. Writes are summed in units of 2**-32.
"""

from math import exp, log, sqrt

import numpy as np
import pytest
from oracles import Z, isolated, share_z

import vesicle_abm as va
from vesicle_abm.core import functions as xp
from vesicle_abm.vesicles.memory import attended, matches, slot_for
from vesicle_abm.views.step import VIEWS

SEED = 69
DOCK = va.ConstantDocking(probability=1.0)
UNIT = 2.0**-32
PATTERN = va.SignalContent(signal="pattern", per="component")
ITEMS = 4.0 * np.eye(6)


def kind_of(release=(), *, count=1.0, content=PATTERN, width=2, **rules) -> va.Kind:
    """Vesicles that are born, dock and are absorbed in every step, with what the signal "pattern" says."""
    usual = {"emission": va.PulseEmission(count=count, every=1), "docking": DOCK}
    return va.Kind(**(usual | rules), release=release, content_width=width, content=content)


def model_with(kind, memory=None, *, nodes=1, view="compiled", **world) -> va.VesicleModel:
    """One kind over isolated nodes with memory."""
    memory = va.Memory(width=kind.content_width) if memory is None else memory
    return va.VesicleModel(isolated(nodes), {"v": kind}, memory=memory, seed=SEED, view=view, **world)


def tell(model, pattern) -> None:
    """One step in which all vesicles carry this pattern."""
    model.signals["pattern"] = np.asarray(pattern, dtype=float)
    model.step()


# Writing


@pytest.mark.parametrize("view", VIEWS)
def test_one_write_keeps_1_minus_g_of_the_slot_and_adds_g_of_the_content(view):
    model = model_with(kind_of(va.MemoryRelease(gate=0.25, vigilance=-1.0)), view=view)
    stored = np.zeros(2)
    for content in ([1.0, -2.0], [0.5, 4.0], [-3.0, 0.25]):
        tell(model, content)
        stored = 0.75 * stored + 0.25 * np.array(content)
        assert model.state.memory[0, 0] == pytest.approx(stored, abs=20 * UNIT)


@pytest.mark.parametrize("view", VIEWS)
def test_a_gate_of_1_overwrites_to_the_bit_whatever_was_there_and_one_of_0_leaves_the_bits(view):
    model = model_with(kind_of(va.MemoryRelease(gate=np.array([1.0, 0.0]), vigilance=-1.0)), nodes=2, view=view)
    model.state.memory[:] = 1e15 / 3.0
    tell(model, [0.75, -1.25])
    assert model.state.memory[:, 0].tolist() == [[0.75, -1.25], [1e15 / 3.0] * 2]


@pytest.mark.parametrize("view", VIEWS)
def test_several_writes_in_a_step_follow_the_product_rule_of_a_second_implementation(view):
    """Kinds a, b and c with gates 0.25, 0.5 and 0.875 and 3, 1 and 2 vesicles write to one slot that holds (1, 1).

    keep = the product of 1 - g; the rest is the mean of the contents weighted by -log(1 - g).
    """
    writers = [(3, 0.25, [1.0, -2.0]), (1, 0.5, [4.0, 0.0]), (2, 0.875, [-0.5, 3.0])]
    for order in (writers, writers[::-1]):
        kinds = {
            f"k{i}": kind_of(va.MemoryRelease(gate=gate, vigilance=-1.0), count=count, content=content)
            for i, (count, gate, content) in enumerate(order)
        }
        model = va.VesicleModel(isolated(1), kinds, memory=va.Memory(width=2), seed=SEED, view=view)
        model.state.memory[:] = 1.0
        model.step()
        keep, weight, mean = 1.0, 0.0, [0.0, 0.0]
        for count, gate, content in writers:
            for _ in range(count):
                keep *= 1.0 - gate
                weight -= log(1.0 - gate)
                mean = [m - log(1.0 - gate) * c for m, c in zip(mean, content, strict=True)]
        wanted = [keep * 1.0 + (1.0 - keep) * m / weight for m in mean]
        assert model.state.memory[0, 0] == pytest.approx(wanted, abs=50 * UNIT)


def test_equal_writes_in_one_step_come_to_the_same_as_one_after_another():
    """n times (1 - g) M + g c = (1 - g)^n M + (1 - (1 - g)^n) c."""
    together, apart = (
        model_with(kind_of(va.MemoryRelease(gate=0.3, vigilance=-1.0), count=count)) for count in (4.0, 1.0)
    )
    for model, steps in ((together, 1), (apart, 4)):
        model.state.memory[:] = [2.0, -1.0]
        for _ in range(steps):
            tell(model, [0.5, 3.0])
    assert together.state.memory[0, 0] == pytest.approx(apart.state.memory[0, 0], abs=50 * UNIT)
    assert together.state.memory[0, 0, 0] == pytest.approx(0.7**4 * 2.0 + (1.0 - 0.7**4) * 0.5, abs=50 * UNIT)


@pytest.mark.parametrize("view", VIEWS)
def test_a_content_goes_to_the_slot_like_it_or_to_the_weakest(view):
    """Vigilance 0.9. (4, 0) and (0, 1) find an empty slot; (2, 0.5) has a cosine of 0.97 with (4, 0); (1, 1) has 0.86
    with (2, 0.5), too little, and replaces the weakest, (0, 1).
    """
    memory = va.Memory(width=2, slots=2)
    model = model_with(kind_of(va.MemoryRelease(gate=1.0, vigilance=0.9)), memory, view=view)
    seen = []
    for content in ([4.0, 0.0], [0.0, 1.0], [2.0, 0.5], [1.0, 1.0]):
        tell(model, content)
        seen.append(model.state.memory[0].tolist())
    assert seen == [
        [[4.0, 0.0], [0.0, 0.0]],
        [[4.0, 0.0], [0.0, 1.0]],
        [[2.0, 0.5], [0.0, 1.0]],
        [[2.0, 0.5], [1.0, 1.0]],
    ]


def test_slots_are_those_that_plain_python_chooses():
    """200 contents and memories of three slots by addressed draws; two slots of every other memory are empty."""
    draw = lambda *shape: va.normal(SEED, np.arange(np.prod(shape)), 0, "user", len(shape)).reshape(shape)  # noqa: E731
    content, memory = draw(200, 4), draw(200, 3, 4)
    memory[::2, 1:] = 0.0
    found = slot_for(content, memory, 0.3, xp)
    for c, slots, slot in zip(content.tolist(), memory.tolist(), found.tolist(), strict=True):
        size = [sqrt(sum(x * x for x in s)) for s in slots]
        cosine = [
            sum(x * y for x, y in zip(c, s, strict=True)) / (n * sqrt(sum(x * x for x in c))) if n else 0.0
            for s, n in zip(slots, size, strict=True)
        ]
        best = max(range(3), key=lambda k: cosine[k])
        assert slot == (best if cosine[best] >= 0.3 else min(range(3), key=lambda k: size[k]))


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_written_fades_exponentially(view):
    kind = kind_of(va.MemoryRelease(gate=1.0), emission=va.PulseEmission(count=1), content=[2.0, -1.0])
    model = model_with(kind, va.Memory(width=2, tau=6.0), view=view)
    for t in range(8):
        model.step()
        assert model.state.memory[0, 0] == pytest.approx(np.array([2.0, -1.0]) * exp(-t / 6.0), rel=1e-13)
    assert model.record["memory"].to_numpy() == pytest.approx(sqrt(2.5) * np.exp(-np.arange(8) / 6.0))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("gate", [0.25, 0.5])
def test_one_slot_holds_a_palimpsest(view, gate):
    """Six orthogonal items one after another in one slot: c_k . M / |c|^2 = g (1 - g)^(j - 1) for the j-th last."""
    model = model_with(kind_of(va.MemoryRelease(gate=gate, vigilance=-1.0), width=6), view=view)
    for item in ITEMS:
        tell(model, item)
    signal = ITEMS @ model.state.memory[0, 0] / 16.0
    assert signal[::-1] == pytest.approx(gate * (1.0 - gate) ** np.arange(6), abs=50 * UNIT)


# Reading


def test_attention_is_the_softmax_over_the_slots_in_use():
    """Plain numpy, for 50 random contents and memories of 4 slots, of which some are empty."""
    content = va.normal(SEED, np.arange(150), 1, "user").reshape(50, 3)
    memory = 2.0 * va.normal(SEED, np.arange(600), 2, "user").reshape(50, 4, 3)
    memory[::3, 2] = 0.0
    found = attended(content, memory, 1.7, xp)
    for c, slots, read in zip(content, memory, found, strict=True):
        used = slots[np.abs(slots).sum(axis=1) > 0.0]
        weight = np.exp(1.7 * used @ c / np.sqrt(3.0))
        assert read == pytest.approx(weight @ used / weight.sum(), rel=1e-12)


def test_attention_of_huge_scores_is_the_best_slot_and_of_an_empty_memory_nothing():
    memory = np.array([[[1e3, 0.0], [0.0, 1e3]], [[0.0, 0.0], [0.0, 0.0]]])
    content = np.array([[-1e3, -2e3], [1.0, 1.0]])
    assert attended(content, memory, 1e3, xp).tolist() == [[1e3, 0.0], [0.0, 0.0]]


def test_matches_are_cosines_and_0_where_something_is_0():
    memory = np.array([[[3.0, 4.0], [0.0, 0.0], [-6.0, -8.0]]])
    assert matches(np.array([[0.6, 0.8]]), memory, xp) == pytest.approx(np.array([[1.0, 0.0, -1.0]]))
    assert matches(np.zeros((1, 2)), memory, xp).tolist() == [[0.0] * 3]


@pytest.mark.parametrize("view", VIEWS)
def test_reading_feeds_the_activation_with_a_component_or_with_how_well_it_is_known(view):
    """Two vesicles of amount 0.5 and cue (1, 0). Slots (1, 0) and (0, 2), beta = sqrt(2) log 3: weights 3 and 1, read
    (3, 2) / 4, cosine 3 / sqrt(13). The bias is 1; nothing is stored at node 1.
    """
    for component, known in ((1, 0.5), (None, 3.0 / sqrt(13.0))):
        release = va.ReadRelease(amount=0.5, beta=sqrt(2.0) * log(3.0), component=component)
        neurons = va.HMNNeurons(activation="identity", bias=1.0)
        memory = va.Memory(width=2, slots=2)
        model = model_with(kind_of(release, count=2.0), memory, nodes=2, view=view, neurons=neurons)
        model.state.memory[0] = [[1.0, 0.0], [0.0, 2.0]]
        tell(model, [1.0, 0.0])
        assert model.state.activation == pytest.approx([1.0 + 2 * 0.5 * known, 1.0], abs=4 * UNIT)


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_read_is_what_was_there_as_the_stage_began(view):
    """One kind writes and reads: the first finds nothing, the second what the first wrote."""
    releases = [va.MemoryRelease(gate=1.0), va.ReadRelease(amount=2.0)]
    model = model_with(kind_of(releases), view=view, neurons=va.HMNNeurons(activation="identity"))
    seen = []
    for _ in range(3):
        tell(model, [3.0, 4.0])
        seen.append(model.state.activation[0])
    assert seen == pytest.approx([0.0, 2.0, 2.0])


def test_docking_is_the_stated_sigmoid_of_the_best_match_and_0_without_memory():
    """The best cosine is 0.6 at node 0 and 0 at node 1; at node 2 nothing is stored. Binomial."""
    count = 4_000
    kind = kind_of(count=float(count), docking=va.MemoryDocking(gain=3.0, threshold=0.25))
    model = model_with(kind, va.Memory(width=2, slots=2), nodes=3)
    model.state.memory[0] = [[0.6, 0.8], [-1.6, 1.2]]
    model.state.memory[1] = [[0.0, 5.0], [0.0, 0.0]]
    tell(model, [1.0, 0.0])
    p = np.array([1.0 / (1.0 + exp(-3.0 * (0.6 - 0.25))), 1.0 / (1.0 + exp(3.0 * 0.25)), 0.0])
    assert np.abs(share_z(model.state.docked[0], count, p)).max() < Z


@pytest.mark.parametrize("view", VIEWS)
def test_a_memory_that_fades_is_docked_at_as_before(view):
    """The cosine does not fall with the strength; gain 1e3 makes it certain, until there is nothing at all."""
    kind = kind_of(docking=va.MemoryDocking(gain=1e3))
    model = model_with(kind, va.Memory(width=2, tau=2.0), view=view)
    model.state.memory[0, 0] = [1.0, 0.0]
    for _ in range(20):
        tell(model, [1.0, 0.0])
    assert model.state.docked[0, 0] == 20
    assert model.state.memory[0, 0, 0] == pytest.approx(exp(-10.0), rel=1e-12)


def test_contents_too_large_to_be_summed_exactly_are_refused():
    """A gate of 1 has strength 40: 40 * 2^14.6 is 2^20, the most that may be added. Two thousand of these still fit."""
    for content, fits in ((26_000.0, True), (27_000.0, False)):
        model = model_with(kind_of(va.MemoryRelease(gate=1.0), count=2_000.0, content=[content, 1.0]))
        if fits:
            model.step()
            assert model.state.memory[0, 0].tolist() == [content, 1.0]
        else:
            with pytest.raises(va.InputError, match=r"kinds\.v\.release"):
                model.step()
