"""Choice: what the browser says is taken if it is one of the values, and nothing else is."""

import pytest


def test_only_one_of_the_values_can_be_chosen():
    solara = pytest.importorskip("solara", reason="the extra 'dashboard' is not installed")
    from vesicle_abm.dashboards.controls.choice import Choice, ChoiceWidget

    taken = []
    _, rendered = solara.render(Choice("View", ["compiled", "particles"], "compiled", taken.append), handle_error=False)
    widget = rendered.find(ChoiceWidget).widget
    assert (widget.label, widget.values, widget.value) == ("View", ["compiled", "particles"], "compiled")
    for chosen in ([1, "particles"], [2, "none such"], [3, ["particles"]], [], [4]):
        widget.chosen = chosen
    assert taken == ["particles"]
    rendered.close()
