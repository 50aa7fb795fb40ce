"""How many threads a model takes that is not given a number: by the environment, the machine, a worker's share."""

import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import networkx as nx
import pytest

import vesicle_abm as va
from vesicle_abm.views.threads import together
from vesicle_abm.views.world import THREADS, cores, usable_threads

ASK = "from vesicle_abm.views.world import usable_threads; print(usable_threads(None))"


def threads_of(given: int | None = None) -> int:
    """The threads that a model takes in this process."""
    return va.VesicleModel(nx.path_graph(2), {}, threads=given).world.threads


@pytest.fixture
def environment(monkeypatch):
    """No number in it."""
    monkeypatch.delenv(THREADS, raising=False)
    return monkeypatch


def test_a_process_of_its_own_takes_every_core_it_may_use(environment):
    assert usable_threads(None) == cores() >= 1
    found = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=False)
    assert found.stdout == f"{cores()}\n", found.stderr


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinities here")
def test_cores_that_the_process_may_not_use_do_not_count(environment):
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert usable_threads(None) == 1
    finally:
        os.sched_setaffinity(0, allowed)


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_worker_beside_others_takes_one_thread_unless_it_is_told_otherwise(environment, method):
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(1, mp_context=context) as workers:
        assert workers.submit(usable_threads, None).result() == 1
        assert workers.submit(usable_threads, 3).result() == 3
    environment.setenv(THREADS, "2")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as workers:
        assert workers.submit(usable_threads, None).result() == 2


def test_the_environment_says_how_many_and_an_explicit_number_wins(environment):
    environment.setenv(THREADS, "7")
    assert (threads_of(), threads_of(3)) == (7, 3)


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "two", "1e3", "True"])
def test_what_is_no_number_of_threads_is_refused_by_name(environment, text):
    environment.setenv(THREADS, text)
    with pytest.raises(va.InputError, match=f"^{THREADS}: got .*; a whole number >= 1 is allowed$"):
        threads_of()
    assert threads_of(1) == 1


@pytest.mark.parametrize("given", [0, -1, 1.5, True, "2"])
def test_an_explicit_number_that_is_none_is_refused(environment, given):
    with pytest.raises(va.InputError, match=r"^threads: got .*; a whole number >= 1 is allowed$"):
        threads_of(given)


def test_an_error_waits_for_the_other_threads():
    ended = []

    def fail():
        raise va.InputError("no")

    def take_long():
        time.sleep(0.2)
        ended.append(True)

    with pytest.raises(va.InputError):
        together([fail, take_long, take_long], 3)
    assert ended == [True, True]
    assert together([lambda: 1, lambda: 2, lambda: 3], 2) == [1, 2, 3]
