"""Where a field is no more than a closure by what vesicles do to neurons, whatever rules read."""

from vesicle_abm.vesicles.change import BIAS, WEIGHT, ChangeRelease
from vesicle_abm.vesicles.kind import BROADCAST, Kind
from vesicle_abm.vesicles.release import ACTIVATION, GAIN
from vesicle_abm.views.field.arrays import Arrays


def changed_by_chance(kinds: dict[str, Kind], curved: bool, arrays: Arrays) -> set[str]:
    """What vesicles change of neurons so that the mean of the change does not give the mean activity: all that f bends,
    where it is ``curved``, and what multiplies an activity that is random too.
    """
    found = set()
    for rule in (rule for kind in kinds.values() if kind.delivery != BROADCAST for rule in kind.release):
        what = rule.changes if isinstance(rule, ChangeRelease) else rule.target
        adds = what == BIAS or (what == ACTIVATION and not arrays.plain(getattr(rule, "scale", 1.0)).any())
        if what in (GAIN, ACTIVATION, BIAS, WEIGHT) and (curved or not adds):
            found.add(what)
    return found
