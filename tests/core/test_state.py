"""State: a digest for every bit, and a file that is read back whole or refused."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vesicle_abm.core import state as state_module
from vesicle_abm.core.columns import Columns
from vesicle_abm.core.errors import InputError
from vesicle_abm.core.state import State, load, save

N, E, K = 3, 4, 2
LAYOUT = {"id": ("i8", ()), "node": ("i4", ()), "ttl": ("i4", ()), "status": ("u1", ()), "content": ("f4", (2,))}


def population(ids):
    columns = Columns(LAYOUT)
    rows = columns.append(np.array(ids, np.int64))
    numbers = np.array(ids, np.int64)
    columns["node"][rows] = numbers % N
    columns["ttl"][rows] = numbers + 5
    columns["content"][rows] = np.stack([numbers / 8.0, -numbers], axis=-1)
    return columns


def small_state(ids=(40, 10, 30), step=6):
    rng = np.random.default_rng(4)
    return State(
        seed=2**64 - 1,
        step=step,
        weight=rng.random(E),
        bias=np.zeros(N),
        eta=np.zeros((N, 2)),
        activation=rng.random(N),
        history=rng.random((2, N)),
        drive=np.zeros(N),
        gain=np.ones(N),
        modulator=rng.random((N, K)),
        emitted=np.arange(K * N).reshape(K, N),
        docked=np.zeros((K, N), np.int64),
        born_now=np.zeros((K, N), np.int32),
        fates=np.zeros((K, 3), np.int64),
        vesicles={"reward": population(ids), "calm": population([])},
        kept={"trace.fast": rng.random(E)},
        task={"trial": np.array([3])},
    )


def stored(state):
    """The arrays themselves, where ``State.arrays`` gives sorted copies of columns."""
    plain = {f.name: getattr(state, f.name) for f in dataclasses.fields(state)}
    found = {name: value for name, value in plain.items() if isinstance(value, np.ndarray)}
    return found | {f"reward/{name}": state.vesicles["reward"][name] for name in LAYOUT}


def test_equal_states_have_one_digest():
    assert small_state().digest() == small_state().digest() == small_state().copy().digest()


@given(st.data())
def test_any_single_bit_of_any_array_changes_the_digest(data):
    state = small_state()
    before = state.digest()
    array = stored(state)[data.draw(st.sampled_from(sorted(stored(state))))]
    row, column = data.draw(st.integers(0, len(array) - 1)), data.draw(st.integers(0, 10**6))
    bits = array[row : row + 1].view(np.uint8).reshape(-1)
    bits[column % bits.size] ^= 1 << data.draw(st.integers(0, 7))
    assert state.digest() != before


@pytest.mark.parametrize("change", [{"seed": 5}, {"step": 7}])
def test_seed_and_step_change_the_digest(change):
    assert dataclasses.replace(small_state(), **change).digest() != small_state().digest()


def test_minus_zero_and_zero_are_different_states():
    state = small_state()
    before = state.digest()
    state.bias[0] = -0.0
    assert state.digest() != before


@given(st.permutations([3, 14, 15, 92, 65]))
def test_the_order_of_rows_does_not_change_the_digest(ids):
    assert small_state(ids).digest() == small_state([3, 14, 15, 92, 65]).digest()


def test_a_removed_row_leaves_no_trace_in_the_digest():
    state = small_state([40, 10, 77, 30])
    state.vesicles["reward"].remove(np.array([2]))
    assert state.digest() == small_state([40, 10, 30]).digest()


def test_the_same_bytes_under_another_type_or_shape_change_the_digest():
    digests = {small_state().digest()}
    for bias in (np.zeros(N, np.int64), np.zeros((1, N)), np.zeros(2 * N, np.float32)):
        digests.add(dataclasses.replace(small_state(), bias=bias).digest())
    assert len(digests) == 4


def test_a_name_of_a_kind_belongs_to_the_state():
    state = small_state()
    state.vesicles["other"] = state.vesicles.pop("reward")
    assert state.digest() != small_state().digest()


def test_a_copy_is_independent():
    state = small_state()
    before, copied = state.digest(), state.copy()
    for array in stored(copied).values():
        array[...] = 1
    copied.vesicles["calm"].append(np.array([5]))
    assert state.digest() == before


def test_columns_are_listed_by_ascending_id():
    assert small_state().arrays()["vesicles/reward/id"].tolist() == [10, 30, 40]
    assert small_state().arrays()["vesicles/reward/ttl"].tolist() == [15, 35, 45]


# ---- files


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """One folder for the module, since a Hypothesis test runs many times."""
    return tmp_path_factory.mktemp("states")


@given(ids=st.lists(st.integers(1, 10**9), unique=True, max_size=70))
def test_a_saved_state_is_loaded_to_the_bit(shelf, ids):
    path = shelf / "state.npz"
    state = small_state(ids)
    save(path, state, {"kinds": {"reward": "é"}}, {"graph/source": np.arange(4, dtype=np.int32)})
    back, header, arrays = load(path)
    assert back.digest() == state.digest()
    assert (back.seed, back.step) == (state.seed, state.step)
    assert header["kinds"] == {"reward": "é"}
    assert arrays.keys() == {"graph/source"}
    assert arrays["graph/source"].dtype == np.int32
    assert {name: array.dtype for name, array in back.arrays().items()} == {
        name: array.dtype for name, array in state.arrays().items()
    }


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "state.npz"
    save(path, small_state(), {}, {"further": np.arange(5)})
    return path


def test_a_loaded_state_can_grow_and_go_on(saved):
    state, _, _ = load(saved)
    state.weight[0] = 9.0
    state.vesicles["reward"].append(np.array([99]))
    assert state.vesicles["reward"].find(99) == 3


def refused(path):
    with pytest.raises(InputError, match=r"^checkpoint: ") as caught:
        load(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_missing_file_is_refused_by_name(tmp_path):
    assert "no file" in refused(tmp_path / "none.npz")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.3, 0.6, 0.9, 0.99, 0.999])
def test_a_truncated_file_is_refused(saved, share):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(len(whole) * share)])
    assert "is not a checkpoint, or is damaged" in refused(saved)


def test_a_flipped_byte_is_refused_or_changes_nothing(saved):
    """Every 7th byte of the file, seed-free. Some bytes of a zip, its times of day say, carry nothing of the state."""
    whole, digest, harmless = saved.read_bytes(), small_state().digest(), 0
    for at in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        saved.write_bytes(damaged)
        try:
            state, _, arrays = load(saved)
        except InputError as error:
            assert str(saved) in str(error)
        else:
            harmless += 1
            assert state.digest() == digest
            assert arrays["further"].tolist() == [0, 1, 2, 3, 4]
    assert harmless < len(whole) / 7 / 2


@pytest.mark.parametrize(
    "content",
    [b"", b"hello, I am a text", b"PK\x03\x04 not really", b'{"format": "vesicle_abm state 2"}', b"\x80\x04."],
)
def test_a_foreign_file_is_refused(tmp_path, content):
    """A text file once ended in numpy's advice to unpickle it."""
    path = tmp_path / "state.npz"
    path.write_bytes(content)
    assert "is not a checkpoint, or is damaged" in refused(path)


def test_other_numpy_files_are_refused(tmp_path):
    np.save(tmp_path / "one.npy", np.arange(3))
    np.savez(tmp_path / "many.npz", weight=np.arange(3))
    np.savez(tmp_path / "header.npz", header=np.arange(3))
    np.savez(tmp_path / "objects.npz", header=np.array([{}], dtype=object))
    for name in ("one.npy", "many.npz", "header.npz", "objects.npz"):
        assert "is not a checkpoint" in refused(tmp_path / name)
    assert "is not a checkpoint" in refused(tmp_path)


def test_a_file_of_another_format_is_refused_by_its_format(saved):
    with np.load(saved) as file:
        members = {name: file[name] for name in file.files}
    text = members["header"].tobytes().replace(b"state 2", b"state 9")
    np.savez(saved, **(members | {"header": np.frombuffer(text, np.uint8)}))
    assert "has format 'vesicle_abm state 9'; 'vesicle_abm state 2' is allowed" in refused(saved)


def test_a_file_whose_numbers_were_edited_is_refused(saved):
    with np.load(saved) as file:
        members = {name: file[name] for name in file.files}
    members["state/weight"] = members["state/weight"] + 1.0
    np.savez(saved, **members)
    assert "its content does not match its digest" in refused(saved)


@pytest.mark.parametrize("lost", ["state/gain", "state/vesicles/reward/ttl", "further"])
def test_a_file_that_lacks_an_array_is_refused_by_the_arrays_name(saved, lost):
    """A flipped bit in the directory of the file can hide its last array, which the digest does not cover."""
    with np.load(saved) as file:
        members = {name: file[name] for name in file.files if name != lost}
    np.savez(saved, **members)
    assert f"it lacks {lost}" in refused(saved)


def test_a_digest_and_a_file_do_not_depend_on_how_many_rows_are_put_in_order_at_a_time(tmp_path, monkeypatch):
    whole = small_state()
    digest, arrays = whole.digest(), whole.arrays()
    monkeypatch.setattr(state_module, "BLOCK", 2)
    assert whole.digest() == digest
    save(tmp_path / "state.npz", whole, {}, {})
    back, header, _ = load(tmp_path / "state.npz")
    assert header["digest"] == back.digest() == digest
    assert all((back.arrays()[name] == array).all() for name, array in arrays.items())


def test_a_file_that_holds_more_than_the_free_memory_is_refused(tmp_path):
    path = tmp_path / "state.npz"
    save(path, small_state(), {}, {})
    with pytest.raises(InputError, match=r"^checkpoint: what .*state\.npz' holds needs 0\.000 GiB, and 0\.000 GiB of"):
        load(path, free=lambda: 100)
    assert load(path, free=lambda: path.stat().st_size)[0].digest() == small_state().digest()
