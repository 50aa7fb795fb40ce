"""Packets: how events are written into flits, bit by bit, and read again.

A flit has 32 bits: two that say which flit of the packet it is (head, body, tail), and 30 of its data. The data of the
flits, one after another, are the packet's fields in the order of ``LAYOUTS``, each with its highest bit first. How many
flits a packet has, and that a flow brings 81 bits of payload, is published (Ma et al. 2024); the layout is ours.

========= ===== ===========================================================================================
packet    flits what it is here
========= ===== ===========================================================================================
spike     2     a neuron's activation, to each core that it has synapses in: 1, or the code of a rate
reward    2     a docking within its core, or what a broadcast brings: the kind, and the amount's code
flow      4     a vesicle that goes to another core: kind, ttl, content, and whether it was born in this step
========= ===== ===========================================================================================
"""

import numpy as np

from vesicle_abm.core.errors import InputError, nearest

FLIT_BITS, DATA_BITS = 32, 30
HEAD, BODY, TAIL = 1, 2, 3  # the first two bits of a flit
SPIKE, REWARD, FLOW = "spike", "reward", "flow"
TYPES = (SPIKE, REWARD, FLOW)
MIGRATION, EMISSION = 0, 1  # the field ``event`` of a flow
HEADER = (("type", 2), ("dx", 5), ("dy", 5), ("neuron", 12))
COMPONENTS = tuple((f"content{i}", 8) for i in range(8))
LAYOUTS: dict[str, tuple[tuple[str, int], ...]] = {
    SPIKE: (*HEADER, ("value", 8)),
    REWARD: (*HEADER, ("kind", 4), ("value", 8)),
    FLOW: (*HEADER, ("event", 1), ("kind", 4), ("ttl", 8), *COMPONENTS),
}
FLITS = {SPIKE: 2, REWARD: 2, FLOW: 4}
SIGNED = {"dx", "dy", "value", *(name for name, _ in COMPONENTS)}  # two's complement


def encode(packet: str, **fields) -> np.ndarray:
    """(n, flits) uint32: n packets of a type, each field a whole number or (n,) of them; those not given are 0.

    Raises
    ------
    InputError
        for an unknown type or field, and for a number that its bits cannot hold.

    >>> encode("flow", dx=3, dy=-1, neuron=17, kind=2, ttl=40, content0=-5).shape
    (1, 4)
    """
    layout = dict(layout_of(packet))
    for name in fields:
        if name not in layout or name == "type":
            raise InputError(f"a {packet} packet has no such field; {nearest(name, list(layout)[1:])}", name)
    given = {name: np.atleast_1d(np.asarray(value, np.int64)) for name, value in fields.items()}
    count = max((len(value) for value in given.values()), default=1)
    bits = np.zeros((count, FLITS[packet] * DATA_BITS), np.uint8)
    at = 0
    for name, width in layout.items():
        value = np.array([TYPES.index(packet)]) if name == "type" else given.get(name, np.zeros(1, np.int64))
        _check(name, value, width)
        bits[:, at : at + width] = (value[:, None] >> np.arange(width - 1, -1, -1)) & 1
        at += width
    return _framed(bits, FLITS[packet])


def decode(packet: str, flits: np.ndarray) -> dict[str, np.ndarray]:
    """The fields of packets of a type, (n,) each, from (n, flits) uint32.

    Raises
    ------
    InputError
        for flits that are no such packets.
    """
    layout = layout_of(packet)
    flits = np.atleast_2d(np.asarray(flits, np.uint32))
    frames = _frames(FLITS[packet])
    if flits.shape[1] != len(frames) or (flits >> DATA_BITS != frames).any():
        raise InputError(f"got flits {flits[0].tolist()}; a {packet} packet has {len(frames)}, head to tail", "flits")
    bits = (flits[:, :, None] >> np.arange(DATA_BITS - 1, -1, -1, dtype=np.uint32)) & np.uint32(1)
    bits = bits.reshape(len(flits), -1).astype(np.int64)
    fields, at = {}, 0
    for name, width in layout:
        value = bits[:, at : at + width] @ (1 << np.arange(width - 1, -1, -1))
        fields[name] = value - ((value >> (width - 1)) << width) if name in SIGNED else value
        at += width
    if (fields.pop("type") != TYPES.index(packet)).any():
        raise InputError(f"these are no {packet} packets", "flits")
    return fields


def layout_of(packet: str) -> tuple[tuple[str, int], ...]:
    """(field, bits) of a type of packets, in order."""
    if packet not in LAYOUTS:
        raise InputError(f"got {packet!r}; {nearest(packet, TYPES)}", "packet")
    return LAYOUTS[packet]


def bounds_of(name: str, width: int) -> tuple[int, int]:
    """The least and the largest number that a field can hold."""
    return (-(1 << (width - 1)), (1 << (width - 1)) - 1) if name in SIGNED else (0, (1 << width) - 1)


def _check(name: str, value: np.ndarray, width: int) -> None:
    low, high = bounds_of(name, width)
    if len(value) and (value.min() < low or value.max() > high):
        wrong = int(value[(value < low) | (value > high)][0])
        raise InputError(f"got {wrong}; {width} bits hold {low} … {high}", name)


def _frames(count: int) -> np.ndarray:
    return np.array([HEAD, *[BODY] * (count - 2), TAIL], np.uint32)


def _framed(bits: np.ndarray, count: int) -> np.ndarray:
    data = bits.reshape(len(bits), count, DATA_BITS).astype(np.uint32)
    words = (data << np.arange(DATA_BITS - 1, -1, -1, dtype=np.uint32)).sum(axis=2, dtype=np.uint32)
    return words | (_frames(count) << np.uint32(DATA_BITS))
