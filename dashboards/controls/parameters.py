"""The numbers of a scenario that a form can change: found in its tables, described by the rules' own declarations."""

import copy
import dataclasses
import math
from dataclasses import dataclass

import vesicle_abm as va

KIND_NUMBERS = {
    "lifetime": {"doc": "steps until a vesicle expires; empty: never", "unit": "steps", "whole": True, "ge": 1},
    "absorb": {"doc": "probability that a docked vesicle is taken up for good", "ge": 0.0, "le": 1.0},
    "releases": {"doc": "releases until a vesicle is used up; empty: any number", "whole": True, "ge": 1},
    "spend": {"doc": "part of its payload given at each docking; empty: the whole amount", "gt": 0.0, "le": 1.0},
    "remembers": {"doc": "nodes that a vesicle remembers", "unit": "nodes", "whole": True, "ge": 0, "begins": True},
    "cap": {"doc": "most vesicles alive at once; empty: no cap", "unit": "vesicles", "whole": True, "ge": 0},
    "clearance": {"doc": "time constant with which the level clears; empty: it stays", "unit": "steps", "gt": 0.0},
}
OPTIONAL = ("lifetime", "releases", "spend", "cap", "clearance")
KIND_DEFAULTS = {"absorb": 1.0, "remembers": 0}
SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
SEED_PATH = ("seed",)


@dataclass(frozen=True)
class Entry:
    """A number in a scenario: where it stands, what it means, what it is now (None: not given)."""

    path: tuple
    name: str
    group: str
    doc: str
    allowed: str
    value: float | int | None
    optional: bool = False
    bounds: dict = dataclasses.field(default_factory=dict)
    whole: bool = False
    begins: bool = False  # a running model does not notice a change of it

    @property
    def key(self) -> str:
        """Its dotted key, as errors name it: places in a list are left out."""
        return ".".join(part for part in self.path if isinstance(part, str))

    @property
    def text(self) -> str:
        """Its value as one types it."""
        return "" if self.value is None else repr(self.value)

    @property
    def span(self) -> tuple[float, float, float] | None:
        """What a slider covers, (low, high, step): the bounds, or a few times the value where there is none."""
        if self.value is None or self.path == SEED_PATH:
            return None
        reach = top(4.0 * abs(self.value))
        bounds = self.bounds
        low, high = bounds.get("ge", bounds.get("gt", -reach)), bounds.get("le", bounds.get("lt", reach))
        high = max(high, low + (10.0 if self.whole else 0.0)) if "le" not in bounds and "lt" not in bounds else high
        fine = min((high - low) / 200.0, abs(self.value) / 10.0 or math.inf)
        step = 1.0 if self.whole else top(fine)
        return low + step * ("gt" in bounds), high - step * ("lt" in bounds), step


def entries(scenario: va.Scenario) -> dict[str, list[Entry]]:
    """Group -> the entries of a scenario: each kind, the neurons, and how their synapses learn."""
    found = {
        kind: [
            entry
            for family, table in kind_tables.items()
            for entry in _of_family(("kinds", kind, family), family, table)
        ]
        + _kind_numbers(kind, kind_tables)
        for kind, kind_tables in scenario.data["kinds"].items()
    }
    if "neurons" in scenario.data:
        table = scenario.data["neurons"]
        found["neurons"] = list(
            _of_rule(("neurons",), "neurons", va.NeuronModel.known[table.get("rule", "hmn")], table)
        )
    if "memory" in scenario.data:
        found["memory"] = list(_of_rule(("memory",), "memory", va.Memory, scenario.data["memory"]))
    for name, table in scenario.data.get("estimators", {}).items():
        rule = va.Estimator.known[table["rule"]]
        found.setdefault("estimators", []).extend(
            _of_rule(("estimators", name), f"{name}: {table['rule']}", rule, table)
        )
    if "plasticity" in scenario.data:
        found["plasticity"] = list(_of_plasticity(scenario.data["plasticity"]))
    return found


def headings(scenario: va.Scenario, group: str) -> dict[str, str]:
    """Title -> the part of the learning rule that it names, "" elsewhere; parts without numbers have a title too."""
    if group == "plasticity" and group in scenario.data:
        return _parts(scenario.data["plasticity"])
    return dict.fromkeys((entry.group for entry in entries(scenario)[group]), "")


def changed(scenario: va.Scenario, texts: dict[tuple, str]) -> va.Scenario:
    """The scenario with these texts, path -> what was typed, in place of its numbers.

    Raises
    ------
    InputError
        for what is not a number, or not allowed there.
    """
    data = copy.deepcopy(scenario.data)
    wrong: dict[str, str] = {}
    for path, text in texts.items():
        *parents, last = path
        if path[0] == "plasticity":
            data["plasticity"].setdefault(path[1], _usual(path[1]))
        table = data
        for part in parents:
            table = table[part]
        try:
            value = typed(text, ".".join(part for part in path if isinstance(part, str)))
        except va.InputError as error:
            wrong |= problems(error)
            continue
        if value is None:
            table.pop(last, None)
        else:
            table[last] = value
    try:
        made = va.Scenario(data, scenario.source, scenario.folder, scenario.text)
    except va.InputError as error:
        wrong |= problems(error)
    if wrong:
        raise Refused(wrong)
    return made


class Refused(va.InputError):
    """Everything that is wrong with what was typed."""

    def __init__(self, wrong: dict[str, str]):
        super().__init__("; ".join(f"{key}: {message}" if key else message for key, message in wrong.items()))
        self.problems = [va.InputError(message, key) for key, message in wrong.items()]


def typed(text: str, key: str) -> float | int | None:
    """What was typed, as a number; None if it is empty.

    >>> typed("5", "seed"), typed(" 2.5e-3 ", "rate"), typed("", "clearance")
    (5, 0.0025, None)
    """
    text = text.strip()
    if not text:
        return None
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    raise va.InputError(f"got {text!r}; a number is allowed", key)


def problems(error: Exception) -> dict[str, str]:
    """Dotted key -> what is wrong there, from an InputError; the key is empty where none is named."""
    found: dict[str, str] = {}
    for problem in getattr(error, "problems", [error]):
        found.setdefault(getattr(problem, "key", ""), getattr(problem, "message", str(problem)))
    return found


def _of_family(path: tuple, family: str, table):
    if family not in va.FAMILIES:
        return
    tables = [((*path, i), part) for i, part in enumerate(table)] if isinstance(table, list) else [(path, table)]
    for place, part in tables:
        rule = va.FAMILIES[family].known.get(part.get("rule")) if isinstance(part, dict) else None
        if rule is not None:
            yield from _of_rule(place, f"{family}: {part['rule']}", rule, part)


def _of_plasticity(tables: dict):
    for title, part in _parts(tables).items():
        table = tables.get(part) or _usual(part)
        yield from _of_rule(("plasticity", part), title, va.Plasticity.PARTS[part].known[table["rule"]], table)


def _parts(tables: dict) -> dict[str, str]:
    """Title -> part, of the parts of a learning rule that are there; an embedding idles where nothing compares it."""
    found = {}
    for part, family in va.Plasticity.PARTS.items():
        table = tables.get(part) or (_usual(part) if part != "embedding" or "attention" in tables else None)
        if isinstance(table, dict) and table["rule"] in family.known:
            found[part if table["rule"] == part else f"{part}: {table['rule']}"] = part
    return found


def _usual(part: str) -> dict | None:
    """The table of the rule that stands where a scenario with plasticity says nothing of a part; None if none does."""
    rule = getattr(va.Plasticity(), part)
    return None if rule is None else {"rule": rule.name}


def _of_rule(path: tuple, group: str, rule: type, table: dict):
    for item in dataclasses.fields(rule):
        about = item.metadata.get("parameter")
        name = item.name.rstrip("_")
        value = table.get(name, None if item.default is dataclasses.MISSING else item.default)
        if about is not None and _is_number(value, about["optional"]):
            allowed = allowed_text(about["bounds"], about["unit"], about["whole"])
            kind = {"bounds": about["bounds"], "whole": about["whole"], "begins": about["begins"]}
            words = (name.replace("_", " "), group, about["doc"], allowed)
            yield Entry((*path, name), *words, value, about["optional"], **kind)


def _kind_numbers(kind: str, tables: dict) -> list[Entry]:
    found = []
    for name, about in KIND_NUMBERS.items():
        value = tables.get(name, KIND_DEFAULTS.get(name))
        if name == "absorb" and name not in tables and "releases" in tables:
            value = 0.0  # used up by its releases
        if _is_number(value, name in OPTIONAL):
            bounds = {sign: about[sign] for sign in SIGNS if sign in about}
            allowed = allowed_text(bounds, str(about.get("unit", "")), bool(about.get("whole")))
            kind_of = {"bounds": bounds, "whole": bool(about.get("whole")), "begins": bool(about.get("begins"))}
            words = (name, "the kind", str(about["doc"]), allowed)
            found.append(Entry(("kinds", kind, name), *words, value, name in OPTIONAL, **kind_of))
    return found


def _is_number(value, optional: bool) -> bool:
    return (value is None and optional) or (isinstance(value, int | float) and not isinstance(value, bool))


def top(value: float) -> float:
    """The nearest 1, 2 or 5 times a power of ten at or above a value; 1 for 0.

    >>> top(0.08), top(3.0), top(0.0), top(50.0)
    (0.1, 5.0, 1.0, 50.0)
    """
    if value <= 0.0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return float(f"{next(times for times in (1, 2, 5, 10) if times * power >= value * (1.0 - 1e-9)) * power:.3g}")


def allowed_text(bounds: dict, unit: str, whole: bool) -> str:
    """The bounds and the unit in a few signs.

    >>> allowed_text({"ge": 0.0, "le": 1.0}, "per step", False)
    '≥ 0, ≤ 1, per step'
    """
    words = [f"{SIGNS[sign]} {bound:g}" for sign, bound in bounds.items()]
    return ", ".join([*words, *(["whole"] if whole else []), *([unit] if unit else [])])
