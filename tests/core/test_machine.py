"""The memory that is free: of the machine, of control groups of both versions, of the process; and the refusal."""

import os
import resource
import subprocess
import sys

import pytest

from vesicle_abm.core import machine
from vesicle_abm.core.errors import InputError


def folders(tmp_path, line):
    process, groups = tmp_path / "proc", tmp_path / "groups"
    (process / "self").mkdir(parents=True)
    groups.mkdir()
    (process / "self" / "cgroup").write_text(line)
    return process, groups


def test_the_free_memory_is_no_more_than_the_machine_has():
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < machine.free_memory() <= total


def test_the_tightest_control_group_of_version_2_counts_and_its_files_cache_does_not(tmp_path):
    process, groups = folders(tmp_path, "0::/outer/inner\n")
    for folder, limit, used, cache in (("outer", "1000", "700", "100"), ("outer/inner", "max", "500", "0")):
        (groups / folder).mkdir()
        (groups / folder / "memory.max").write_text(limit)
        (groups / folder / "memory.current").write_text(used)
        (groups / folder / "memory.stat").write_text(f"anon 5\ninactive_file {cache}\n")
    assert min(map(machine._of_group, machine._groups(process, groups))) == 1000 - 700 + 100


def test_a_control_group_of_version_1_counts(tmp_path):
    process, groups = folders(tmp_path, "3:cpu:/job\n2:memory:/job\n")
    folder = groups / "memory" / "job"
    folder.mkdir(parents=True)
    (folder / "memory.limit_in_bytes").write_text("2000")
    (folder / "memory.usage_in_bytes").write_text("1500")
    (folder / "memory.stat").write_text("inactive_file 1\ntotal_inactive_file 300\n")
    assert min(map(machine._of_group, machine._groups(process, groups))) == 2000 - 1500 + 300


def test_without_control_groups_nothing_limits(tmp_path):
    assert list(machine._groups(tmp_path, tmp_path)) == []
    assert machine._of_group(tmp_path) == machine._of_process(tmp_path) == machine.UNLIMITED


def test_the_limit_of_the_process_counts():
    """In a process of its own with an address space of 2 GiB, less than that is free."""
    limit = 2 * machine.GIB
    code = "from vesicle_abm.core import machine; print(machine.free_memory())"

    def limited():
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    run = subprocess.run([sys.executable, "-c", code], preexec_fn=limited, capture_output=True, text=True, check=True)
    assert 0 < int(run.stdout) < limit


def test_what_does_not_fit_is_refused_in_words():
    machine.refuse_beyond(5, 5, "it", "key")
    with pytest.raises(InputError, match=r"^key: a table needs 3\.0 GiB, and 1\.0 GiB of memory are free$"):
        machine.refuse_beyond(machine.GIB, 3 * machine.GIB, "a table", "key")
