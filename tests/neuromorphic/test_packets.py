"""Packets: what is written into flits is read from them again, bit by bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vesicle_abm.core.errors import InputError
from vesicle_abm.neuromorphic.mesh import Mesh
from vesicle_abm.neuromorphic.packets import (
    BODY,
    DATA_BITS,
    FLITS,
    FLOW,
    HEAD,
    LAYOUTS,
    REWARD,
    SPIKE,
    TAIL,
    TYPES,
    bounds_of,
    decode,
    encode,
)

PAYLOAD = 81  # bits of a flow packet, published


@st.composite
def packets(draw) -> tuple[str, dict[str, np.ndarray]]:
    """A type, and for some of its fields numbers that they can hold."""
    packet = draw(st.sampled_from(TYPES))
    count = draw(st.integers(1, 5))
    fields = {
        name: np.array(draw(st.lists(st.integers(*bounds_of(name, width)), min_size=count, max_size=count)))
        for name, width in LAYOUTS[packet]
        if name != "type" and draw(st.booleans())
    }
    return packet, fields


@given(packets())
def test_what_is_encoded_is_decoded(case):
    packet, fields = case
    flits = encode(packet, **fields)
    assert flits.dtype == np.uint32
    assert flits.shape[1] == FLITS[packet]
    found = decode(packet, flits)
    for name, values in found.items():
        assert (values == fields.get(name, 0)).all(), name


def test_a_flow_packet_by_hand():
    """Head 01: type 10, dx 3, dy -1, neuron 17 (12 bits), event 1, and 5 of the bits of kind and ttl."""
    (head, *body), (tail,) = np.split(encode(FLOW, dx=3, dy=-1, neuron=17, event=1, kind=2, ttl=40)[0], [3])
    data = "10" + "00011" + "11111" + "000000010001" + "1" + "0010" + "00101000"
    assert f"{head:032b}" == "01" + data[:DATA_BITS]
    assert f"{body[0]:032b}" == "10" + data[DATA_BITS:].ljust(DATA_BITS, "0")
    assert (body[1], tail) == (BODY << DATA_BITS, TAIL << DATA_BITS)


def test_the_fields_of_a_vesicle_fit_the_published_payload_and_every_layout_its_flits():
    payload = sum(width for name, width in LAYOUTS[FLOW] if name not in ("type", "dx", "dy", "neuron"))
    assert payload == 77 <= PAYLOAD
    for packet, layout in LAYOUTS.items():
        assert sum(width for _, width in layout) <= FLITS[packet] * DATA_BITS
    mesh = Mesh()
    assert (FLITS[SPIKE], FLITS[REWARD], FLITS[FLOW]) == (mesh.spike_flits, mesh.reward_flits, mesh.flow_flits)
    widths = dict(LAYOUTS[FLOW])
    assert (widths["kind"], widths["ttl"], widths["content0"]) == (mesh.kind_bits, mesh.ttl_bits, mesh.content_bits)
    assert sum(name.startswith("content") for name in widths) == mesh.content_size
    assert bounds_of("dx", widths["dx"])[1] == mesh.reach
    assert 1 << widths["neuron"] == mesh.neurons_per_core


@pytest.mark.parametrize(
    ("packet", "fields", "words"),
    [
        ("flew", {}, "did you mean 'flow'"),
        ("flow", {"ttl": 256}, "ttl: got 256; 8 bits hold 0 … 255"),
        ("flow", {"dx": [1, 16]}, "dx: got 16; 5 bits hold -16 … 15"),
        ("flow", {"kind": -1}, "kind: got -1; 4 bits hold 0 … 15"),
        ("spike", {"kind": 1}, "kind: a spike packet has no such field"),
        ("spike", {"type": 1}, "type: a spike packet has no such field"),
    ],
)
def test_what_no_packet_holds_is_refused(packet, fields, words):
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        encode(packet, **fields)


def test_flits_of_another_packet_are_refused():
    with pytest.raises(InputError, match="head to tail"):
        decode(FLOW, encode(SPIKE))
    with pytest.raises(InputError, match="no reward packets"):
        decode(REWARD, encode(SPIKE, value=1))
    broken = encode(FLOW)
    broken[0, 1] |= np.uint32(HEAD << DATA_BITS)
    with pytest.raises(InputError, match="head to tail"):
        decode(FLOW, broken)
