"""Support: the marks beside a part's title carry its rows of the plausibility map, with citations in the tooltip."""

from html import unescape

from vesicle_abm.dashboards.controls.support import lines, marks
from vesicle_abm.data.plausibility import PARTS, plausibility, plausibility_of


def test_a_part_has_a_mark_for_each_of_its_rows():
    for part in PARTS:
        assert marks(part).count('class="va-support"') == len(plausibility_of(part))
    assert "Inspired / Plausible" in marks("chance")


def test_a_part_that_is_not_rated_has_no_mark():
    assert marks("bounds") == marks("") == ""


def test_the_tooltip_cites_every_source_in_full():
    for row in plausibility():
        tips = [unescape(marks(part)) for part in row.parts]
        assert all(source.full in tip for tip in tips for source in row.sources)


def test_the_tooltip_says_whose_rating_it_is():
    told = {row.origin: "\n".join(lines(row)) for row in plausibility()}
    assert "as the HMN document rates it" in told["document"]
    assert "rated by us" in told["update"]


def test_signs_of_html_are_escaped():
    assert "&amp; " in marks("trace")
    assert "& " not in marks("trace")
