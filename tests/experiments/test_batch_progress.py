"""What a batch prints: one line, the folder, or JSON lines; and the exit code of a batch in which something failed."""

import json
import re

import batch_metrics
import pytest

from vesicle_abm.cli import main
from vesicle_abm.experiments.measures import load
from vesicle_abm.experiments.progress import Event, Tally, json_lines
from vesicle_abm.terminal import batch_words

TROUBLE = f"{batch_metrics.__file__}:trouble"


def command(out, *more):
    """A small batch as a command line."""
    options = ["--steps", "4", "--jobs", "1", "--retries", "0", "--out", str(out)]
    return ["batch", "random_walk", *options, *more]


def test_a_batch_tells_its_numbers_and_where_its_runs_lie(tmp_path, capsys):
    out = tmp_path / "study"
    assert main(command(out, "--replicates", "2", "--sweep", "kinds.walker.emission.count=1,2")) == 0
    told = capsys.readouterr()
    assert "4 of 4 runs are done, 4 steps each" in told.out
    assert f"runs: {out}" in told.out
    assert re.search(r"random_walk: 4 of 4 done, 0 failed, 0 running, [\d.]+ runs/\w+, 0:00:00 left", told.err)
    assert main(command(out, "--replicates", "2", "--sweep", "kinds.walker.emission.count=1,2")) == 0
    assert "all had finished before" in capsys.readouterr().err


def test_failures_are_told_with_their_reason_and_the_exit_code(tmp_path, capsys):
    more = ["--measure", TROUBLE, "--sweep", "kinds.walker.emission.count=1,9"]
    assert main(command(tmp_path / "study", *more)) == 1
    assert "failed (1 attempt): ValueError: one walker is not enough" in capsys.readouterr().out


def test_a_batch_of_which_nothing_was_done_before_does_not_say_so(tmp_path, capsys):
    main(command(tmp_path / "study", "--measure", TROUBLE, "--set", "kinds.walker.emission.count=1"))
    told = capsys.readouterr().err
    assert "0 of 1 done, 1 failed" in told
    assert "finished before" not in told


def test_what_failed_for_a_metric_that_is_mended_now_is_told_of_no_more(tmp_path, capsys):
    script, asked = tmp_path / "own.py", command(tmp_path / "[b]", "--measure", f"{tmp_path / 'own.py'}:own")
    script.write_text("def own(model):\n    raise ValueError('not yet')\n")
    assert main(asked) == 1
    script.write_text("def own(model):\n    return {'own': 1.0}\n")
    load.cache_clear()
    assert main(asked) == 0
    told = capsys.readouterr().out
    assert "1 of 1 runs are done" in told
    assert f"runs: {tmp_path / '[b]'}" in told


def test_json_lines_are_an_object_for_each_event(tmp_path, capsys):
    assert (
        main(
            command(tmp_path / "study", "--json-lines", "--measure", TROUBLE, "--set", "kinds.walker.emission.count=1")
        )
        == 1
    )
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["began", "failed", "ended"]
    assert events[1]["failure"]["message"] == "ValueError: one walker is not enough"
    assert (events[2]["total"], events[2]["done"], events[2]["failed"], events[2]["running"]) == (1, 0, 1, 0)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--sweep", "kinds.walker.emission.count"], "KEY=V1,V2,… is allowed"),
        (["--sweep", "kinds.walker.emission.cuont=1,2"], "did you mean 'count'"),
        (["--memory-limit", "lots"], "--memory-limit: got 'lots'"),
        (["--replicates", "2000000"], "has 2,000,000 trials; at most 1,000,000 are allowed"),
    ],
)
def test_bad_input_is_told_in_a_line(tmp_path, capsys, more, words):
    assert main(command(tmp_path / "study", *more)) == 2
    assert words in capsys.readouterr().err


def event(**changes):
    """An event of a batch of twenty runs."""
    given = {"event": "done", "total": 20, "done": 5, "failed": 1, "running": 2, "found": 0, "elapsed_s": 60.0}
    return Event(**given | {"rate": 0.1, "eta_s": 3725.4} | changes)


def test_the_line_says_done_failed_running_rate_and_time_left():
    assert batch_words(event()) == "5 of 20 done, 1 failed, 2 running, 6.0 runs/min, 1:02:05 left"
    assert batch_words(event(rate=12.34, eta_s=0.9)) == "5 of 20 done, 1 failed, 2 running, 12.3 runs/s, 0:00:00 left"
    assert batch_words(event(rate=0.0, eta_s=None)).endswith("compiling, first time only")


def test_rate_and_time_left_are_those_of_the_runs_done_now(monkeypatch):
    instant, events = 100.0, []
    monkeypatch.setattr("vesicle_abm.experiments.progress.time.monotonic", lambda: instant)
    tally = Tally(total=20, found=10, report=events.append)
    tally.tell("began")
    instant, tally.done, tally.failed = 104.0, 11, 1
    tally.tell("failed", "name")
    assert (events[0].rate, events[0].eta_s) == (0.0, None)
    assert (events[1].rate, events[1].eta_s) == (0.5, 16.0)


def test_json_lines_can_be_read_back(capsys):
    json_lines(event())
    assert Event(**json.loads(capsys.readouterr().out)) == event()
