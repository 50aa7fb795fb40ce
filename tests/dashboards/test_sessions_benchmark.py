"""The benchmark of sessions at once runs, and tells what it promises; nothing is asserted about times."""

import pytest
from benchmark_runs import quick_run


def test_visitors_of_a_real_server_step_on_and_are_measured(tmp_path):
    for name in ("solara", "websockets", "psutil"):
        pytest.importorskip(name, reason="the extra 'dashboard' is not installed")
    report, printed = quick_run("dashboard_sessions.py", tmp_path)
    (found,) = report["results"]
    assert found["alone"]["visitors"] == 1
    assert found["together"]["visitors"] == 2
    assert min(found["together"]["steps_a_second"]) > 0.0
    assert len(found["mib_after"]) == 2
    assert "A pause among all takes" in printed
