"""What is recorded streams to disk: bounded memory, the same bytes, and no damage that goes unnoticed."""

import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import vesicle_abm as va
from vesicle_abm.experiments import run as running
from vesicle_abm.experiments import series
from vesicle_abm.experiments.rowfile import RowFile
from vesicle_abm.experiments.run import RunStoppedError, resume, run
from vesicle_abm.experiments.rundir import ROWS
from vesicle_abm.experiments.series import means, write_series
from vesicle_abm.scenario import Scenario

STEPS, EVERY = 47, 10
TABLE = np.arange(60.0).reshape(20, 3)


@pytest.fixture
def small_chunks(monkeypatch):
    """Rows are streamed away four at a time."""
    monkeypatch.setattr("vesicle_abm.recorder.CHUNK", 4)


def walk(out, **options):
    """A short run with checkpoints."""
    return run(Scenario.load("random_walk"), **{"steps": STEPS, "seed": 5, "save_every": EVERY, "out": out, **options})


def stopped(monkeypatch, out, at: int) -> None:
    """The same run, stopped before its step ``at``."""
    step = va.VesicleModel.step

    def interrupted(model):
        if model.time == at:
            raise KeyboardInterrupt
        step(model)

    monkeypatch.setattr(va.VesicleModel, "step", interrupted)
    with pytest.raises(RunStoppedError):
        walk(out)
    monkeypatch.setattr(va.VesicleModel, "step", step)


def filled(path, rows: int = len(TABLE)) -> tuple[RowFile, dict[str, int]]:
    """A file with some rows of ``TABLE``, and its mark."""
    file = RowFile(path, TABLE.shape[1])
    file.append(TABLE[: rows // 2])
    file.append(TABLE[rows // 2 : rows])
    return file, file.sync()


@pytest.mark.parametrize("at", [0, 9, 10, 14, 27, 39, 46])
def test_a_run_that_goes_on_from_a_checkpoint_leaves_the_bytes_of_one_that_was_never_stopped(
    tmp_path, monkeypatch, small_chunks, at
):
    whole = walk(tmp_path / "whole")
    stopped(monkeypatch, tmp_path / "run", at)
    again = resume(tmp_path / "run")
    assert again.manifest["resumed_at_step"] == (at // EVERY * EVERY or None)
    for name in ("series.parquet", "nodes.parquet", "checkpoint.npz", "figures/population.png"):
        assert (again.path / name).read_bytes() == (whole.path / name).read_bytes(), name


def test_rows_behind_the_checkpoint_are_on_disk_and_are_cut_off(tmp_path, monkeypatch, small_chunks):
    stopped(monkeypatch, tmp_path / "run", 39)
    model = va.VesicleModel.load(tmp_path / "run" / "checkpoint.npz")
    assert (model.time, model.recorder.rows, model.recorder.mark["rows"]) == (30, 30, 30)
    width = 8 * len(model.recorder.names)
    assert (tmp_path / "run" / ROWS).stat().st_size >= 36 * width
    RowFile(tmp_path / "run" / ROWS, len(model.recorder.names), model.recorder.mark).close()
    assert (tmp_path / "run" / ROWS).stat().st_size == 30 * width


def test_a_checkpoint_holds_no_rows_and_a_model_loaded_from_it_records_on(tmp_path, small_chunks):
    path = walk(tmp_path / "run").path / "checkpoint.npz"
    with np.load(path) as file:
        assert file["record"].shape == (0, 9)
    model = va.VesicleModel.load(path)
    assert len(model.record) == 0
    model.run_for(3)
    assert model.record.index.tolist() == [48, 49, 50]
    model.save(tmp_path / "more.npz")
    more = va.VesicleModel.load(tmp_path / "more.npz")
    assert more.record.equals(model.record)
    assert np.array_equal(more.recorder.mean_occupancy((1, 34)), model.recorder.mean_occupancy((1, 34)))
    assert more.recorder.rows == 50


def test_a_run_that_streams_answers_for_all_of_its_rows(tmp_path):
    expected, model = (Scenario.load("random_walk").build(seed=5) for _ in range(2))
    model.recorder.stream_to(RowFile(tmp_path / "rows", len(model.recorder.names)))
    for each in (expected, model):
        each.run_for(600)
    assert len(model.recorder.table) < 600
    assert model.record.equals(expected.record)
    assert np.array_equal(model.recorder.presence, expected.recorder.presence)


def test_recording_holds_no_more_after_many_rows_than_after_few(tmp_path):
    model = Scenario.load("random_walk").build(seed=5)
    recorder = model.recorder
    recorder.stream_to(RowFile(tmp_path / "rows", len(recorder.names)))
    model.run_for(300)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(20_000):
        recorder.collect(model)
    held, peak = (found - before for found in tracemalloc.get_traced_memory())
    tracemalloc.stop()
    assert recorder.rows == 20_300
    assert held < 4_000  # 20,000 rows are 1.4 MB
    assert peak < 100_000


def frames(table: np.ndarray):
    """As ``write_series`` wants them."""

    def give(most: int):
        for first in range(0, max(1, len(table)), most):
            rows = table[first : first + most]
            yield pd.DataFrame({"step": rows[:, 0].astype(np.int64), "a.alive": rows[:, 1], "x": rows[:, 2]}).set_index(
                "step"
            )

    return give


def long_table(rows: int) -> np.ndarray:
    """(rows, 3) steps, vesicles, anything."""
    return np.stack([np.arange(1.0, rows + 1), np.arange(rows) % 97, np.sin(np.arange(rows))], axis=1)


@pytest.mark.parametrize("rows", [0, 1, 999, 1000, 1001, 54_321])
def test_a_series_is_written_whole_and_in_brief(tmp_path, monkeypatch, rows):
    monkeypatch.setattr(series, "ROWS_DRAWN", 1000)
    table = long_table(rows)
    found = write_series(tmp_path / "series.parquet", ["a"], rows, frames(table))
    (whole,) = frames(table)(max(1, rows))
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "series.parquet"), whole.reset_index(), check_exact=True)
    assert found.vesicles_max == table[:, 1].max(initial=0)
    if rows <= 1000:
        assert found.brief.equals(whole)
        whole.reset_index().to_parquet(tmp_path / "pandas.parquet", compression="zstd", index=False)
        as_pandas, ours = (pq.ParquetFile(tmp_path / f"{name}.parquet") for name in ("pandas", "series"))
        assert ours.schema_arrow.equals(as_pandas.schema_arrow)
        assert ours.schema_arrow.metadata == as_pandas.schema_arrow.metadata
        assert ours.metadata.num_row_groups == as_pandas.metadata.num_row_groups
    else:
        together = -(-rows // 1000)
        assert len(found.brief) == -(-rows // together) <= 1000
        assert found.brief.index.name == f"step (each point the mean of {together} rows)"
        assert found.brief.index[0] == together
        assert found.brief.index[-1] == rows
        weights = np.diff(found.brief.index, prepend=0)
        assert weights @ found.brief["a.alive"] == pytest.approx(table[:, 1].sum())


def test_means_of_rows_worked_out_by_hand():
    index = pd.RangeIndex(10, 60, 10, name="step")
    brief = means(pd.DataFrame({"x": [1, 2, 6, 7, 5]}, index=index), 2)
    assert brief["x"].tolist() == [1.5, 6.5, 5.0]
    assert brief.index.tolist() == [20, 40, 50]


def test_the_groups_of_a_long_series_are_written_one_by_one(tmp_path, monkeypatch):
    rows, file = 400_000, RowFile(tmp_path / "rows", 3)
    file.append(long_table(rows))

    def read(most):
        for block in file.blocks(most):
            yield from frames(block)(most)

    monkeypatch.setattr(series, "ROWS_A_GROUP", 8_000)
    usual, arrow = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    pa.set_memory_pool(arrow)
    tracemalloc.start()
    found = write_series(tmp_path / "series.parquet", ["a"], rows, read)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    pa.set_memory_pool(usual)
    assert pq.read_metadata(tmp_path / "series.parquet").num_row_groups == 50
    assert len(found.brief) == 20_000  # of 32 bytes, twice while they are put together
    assert peak < 2.5e6  # all rows are 9.6 MB
    assert 0 < arrow.max_memory() < 2.5e6


def test_rows_are_read_back_as_they_were_appended(tmp_path):
    file, mark = filled(tmp_path / "rows")
    assert mark["rows"] == file.rows == 20
    for most in (1, 7, 20, 100):
        blocks = list(file.blocks(most))
        assert all(len(block) <= most for block in blocks)
        assert np.array_equal(np.concatenate(blocks), TABLE)
    file.close()
    again = RowFile(tmp_path / "rows", 3, mark)
    again.append(TABLE[:2])
    assert np.array_equal(np.concatenate(list(again.blocks(9))), np.concatenate([TABLE, TABLE[:2]]))


def test_a_new_file_holds_nothing_whatever_was_there(tmp_path):
    filled(tmp_path / "rows")[0].close()
    (block,) = RowFile(tmp_path / "rows", 3).blocks(5)
    assert block.shape == (0, 3)


def test_rows_and_halves_of_rows_behind_the_mark_do_not_count(tmp_path):
    file, mark = filled(tmp_path / "rows", 10)
    file.append(TABLE[10:])
    file.close()
    with open(tmp_path / "rows", "ab") as torn:
        torn.write(b"half a row")
    assert np.array_equal(np.concatenate(list(RowFile(tmp_path / "rows", 3, mark).blocks(20))), TABLE[:10])


@pytest.mark.parametrize("damage", ["missing", "short", "flipped"])
def test_damaged_rows_are_refused(tmp_path, monkeypatch, damage):
    stopped(monkeypatch, tmp_path / "run", 25)
    path = tmp_path / "run" / ROWS
    content = bytearray(path.read_bytes())
    path.unlink()
    if damage == "short":
        path.write_bytes(content[: 19 * 9 * 8])
    if damage == "flipped":
        content[100] ^= 1
        path.write_bytes(content)
    with pytest.raises(va.InputError, match=r"series: .*does not hold the 20 rows of the checkpoint"):
        resume(tmp_path / "run")


def test_a_finished_run_leaves_its_rows_in_the_series_only(tmp_path, monkeypatch):
    result = walk(tmp_path / "run")
    assert not (result.path / ROWS).exists()
    (result.path / ROWS).write_bytes(b"killed between the manifest and the end")
    assert resume(result.path) == result
    assert not (result.path / ROWS).exists()


def test_a_full_disk_in_the_midst_of_recording_is_told_with_the_way_to_go_on(tmp_path, monkeypatch, small_chunks):
    whole, append = walk(tmp_path / "whole"), RowFile.append

    def full(file, rows):
        if file.rows >= 24:
            append(file, rows[: len(rows) // 2])
            raise OSError(28, "No space left on device")
        append(file, rows)

    monkeypatch.setattr(RowFile, "append", full)
    with pytest.raises(RunStoppedError, match=r"No space left on device; to go on from the last"):
        walk(tmp_path / "run")
    monkeypatch.undo()
    assert (resume(tmp_path / "run").path / "series.parquet").read_bytes() == (
        whole.path / "series.parquet"
    ).read_bytes()


def test_the_density_view_streams_its_series_too(tmp_path, monkeypatch):
    monkeypatch.setattr(series, "ROWS_A_GROUP", 16)
    result = walk(tmp_path / "run", view="density")
    assert pq.read_metadata(result.path / "series.parquet").num_row_groups == 3
    assert not (result.path / ROWS).exists()
    rho = va.density(Scenario.load("random_walk").build(seed=5), STEPS)
    found = pd.read_parquet(result.path / "series.parquet")
    assert found["step"].tolist() == list(range(STEPS + 1))
    assert np.array_equal(found["walker.alive"], rho[:, 0].sum(axis=1))
    nodes = pd.read_parquet(result.path / "nodes.parquet")
    assert np.array_equal(nodes["walker.occupancy"], rho[-1, 0])
    assert np.array_equal(nodes["walker.mean_occupancy"], rho[1:, 0].mean(axis=0))


def test_a_long_run_is_drawn_by_means_and_its_peak_is_known_all_the_same(tmp_path, monkeypatch):
    whole = walk(tmp_path / "whole")
    monkeypatch.setattr(series, "ROWS_DRAWN", 20)
    brief = []
    write = running.write_series
    monkeypatch.setattr(running, "write_series", lambda *given: brief.append(write(*given)) or brief[0])
    result = walk(tmp_path / "run")
    assert len(brief[0].brief) == 16
    assert result.manifest["metrics"]["vesicles_max"] == whole.manifest["metrics"]["vesicles_max"]
    assert (result.path / "series.parquet").read_bytes() == (whole.path / "series.parquet").read_bytes()
    assert (result.path / "figures" / "population.png").read_bytes() != (
        whole.path / "figures" / "population.png"
    ).read_bytes()
