"""Pace: the next step is never due later than the rate says, whatever came before."""

from vesicle_abm.dashboards.run.pace import Pace


def test_after_steps_as_fast_as_they_go_the_next_is_due_at_the_usual_time():
    pace = Pace(rate=10.0)
    waits = [pace.stepped() for _ in range(200)]
    assert max(waits) <= 0.1
