"""A field's default, bounds, unit and doc, stated once; and Rule, the frozen dataclass that carries such fields.

Validation, scenario files, sliders and docs all read the same declaration. A numeric field may be given as a number, an
array over nodes or edges, or the name of a node or edge attribute; ``Rule.bind(graph)`` looks names up and checks
lengths and bounds.
"""

import dataclasses
import inspect
from abc import ABCMeta
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from vesicle_abm.core.errors import InputError, nearest

BOUNDS = {
    "ge": (">=", np.greater_equal),
    "gt": (">", np.greater),
    "le": ("<=", np.less_equal),
    "lt": ("<", np.less),
}
RADIANS = "radians"  # a unit that is easily mistaken: refusals name it
SCALAR, NODE, EDGE, VECTOR, FEATURES = "scalar", "node", "edge", "vector", "features"
VECTORS = (VECTOR, FEATURES)  # a vector for all, or a row per node: over a content's components, or a rule's features


def parameter(
    default=dataclasses.MISSING, doc="", *, per=NODE, unit="", whole=False, optional=False, begins=False, **bounds
) -> Any:
    """A numeric field of a rule.

    Parameters
    ----------
    default : its value where none is given
    doc : one line, what it does
    per : "scalar" (one number), "node" (a number, an (N,) array or a node attribute's name), "edge" (likewise over
        edges), "vector" (a (D,) vector, an (N, D) array, or a list of D node attributes' names; D components of
        contents), or "features" (likewise, D features of the rule's own)
    unit : its unit; rates are per step where none is given
    whole : whole numbers only
    optional : None is allowed
    begins : read only as a model begins; a running one does not notice a change
    bounds : ``ge``, ``gt``, ``le``, ``lt``, each a number
    """
    unknown = set(bounds) - set(BOUNDS)
    if unknown:
        raise TypeError(f"parameter: unknown bounds {sorted(unknown)}; {nearest(min(unknown), BOUNDS)}")
    about = {"doc": doc, "per": per, "unit": unit, "whole": whole, "optional": optional, "bounds": bounds}
    about["begins"] = begins
    return field(default=default, metadata={"parameter": about})


def option(default=dataclasses.MISSING, doc="", *, choices=None, labels=False, kinds=False, signal=False) -> Any:
    """A field that is not a number: a name, a list of names, a switch.

    ``choices`` lists the allowed ones; ``labels`` says that it is a list of node labels, or None; ``kinds`` that it is
    the name of a kind of vesicles, a list of such names, or None; ``signal`` that it is the name of a signal that is
    read, a list of such names, or None.
    """
    about = {"doc": doc, "choices": choices, "labels": labels, "kinds": kinds, "signal": signal}
    return field(default=default, metadata={"option": about})


def allowed_range(about: dict) -> str:
    """The bounds in words: "a number >= 0 and <= 1"."""
    kind = "a whole number" if about["whole"] else "a number"
    words = [f"{BOUNDS[name][0]} {bound:.12g}" for name, bound in about["bounds"].items()]
    none = ", or none" if about["optional"] else ""
    unit = " (radians: 90 degrees are 1.5708)" if about.get("unit") == RADIANS else ""
    return f"{kind} {' and '.join(words)}".strip() + unit + none


def check_numbers(value, about: dict, key: str) -> None:
    """Refuse NaN, infinity and whatever lies outside the declared bounds; ``value`` is a number or an array."""
    try:
        if np.asarray(value).dtype == bool:
            raise TypeError("true and false are not numbers")
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"got {value!r}; {allowed_range(about)} is allowed", key) from None
    inside = np.isfinite(array)
    for name, bound in about["bounds"].items():
        inside &= BOUNDS[name][1](array, bound)
    if about["whole"]:
        inside &= array == np.floor(array)
    if not inside.all():
        wrong = array if array.ndim == 0 else array[~inside].flat[0]
        raise InputError(f"got {wrong:.12g}; {allowed_range(about)} is allowed", key)


class ByKeyword(ABCMeta):
    """Made by keyword: an unknown one is refused with the nearest; ``rate`` reaches the field ``rate_``."""

    def __call__(cls, *args, **values):
        """Make one; a field whose plain name belongs to the formula ends in an underscore, and is given without."""
        fields = {public_name(item): item.name for item in dataclasses.fields(cls)}  # type: ignore[arg-type]
        for key in values:
            if key not in fields:
                raise InputError(
                    f"{getattr(cls, 'name', '') or cls.__name__} has no such parameter; {nearest(key, fields)}", key
                )
        return super().__call__(*args, **{fields[key]: value for key, value in values.items()})


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule(metaclass=ByKeyword):
    """A named formula with declared parameters. Subclass a family (``Emission``, ``Migration``, …), not this class.

    ``class MyRule(Family, name="my_rule")`` gives it the name that scenarios write; a subclass becomes a frozen
    dataclass by itself, with or without the decorator. A narrower contract within a family is declared with
    ``contract=True``: it has no name, and no scenario can ask for it.
    """

    if TYPE_CHECKING:  # made by dataclass and by ByKeyword, from the declared fields

        def __init__(self, **values: Any) -> None: ...

    name: ClassVar[str] = ""
    family: ClassVar[type["Rule"]]
    known: ClassVar[dict[str, type["Rule"]]]

    def __init_subclass__(cls, name: str = "", contract: bool = False, **kwargs):
        super().__init_subclass__(**kwargs)
        if Rule in cls.__bases__:
            cls.family, cls.known = cls, {}
        if name or not (contract or Rule in cls.__bases__):
            cls.name = name or cls.__name__
            cls._claim_name()
        dataclass(frozen=True, kw_only=True, eq=False)(cls)
        cls._leave_open()

    @classmethod
    def _claim_name(cls):
        """Refuse a name that another rule of the family has; the same class may be defined again, as in a notebook."""
        other = cls.known.get(cls.name)
        if other is not None and (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
            raise InputError(f"{other.__module__}.{other.__qualname__} is called {cls.name!r} already", "name")
        cls.known[cls.name] = cls

    @classmethod
    def _leave_open(cls):
        """Leave the class such that a user's own ``@dataclass(frozen=True)`` above it finds the same declarations."""
        own = inspect.get_annotations(cls)
        for item in dataclasses.fields(cls):
            if item.name in own:
                setattr(cls, item.name, item)
        del cls.__setattr__, cls.__delattr__  # the frozen ones; Rule's own refuse just as well
        cls.__eq__, cls.__hash__ = object.__eq__, object.__hash__  # type: ignore[method-assign]

    def __post_init__(self):
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if "option" in item.metadata:
                choices = item.metadata["option"]["choices"]
                if choices is not None and not any(isinstance(value, type(c)) and value == c for c in choices):
                    raise InputError(f"got {value!r}; {nearest(value, choices)}", public_name(item))
            elif is_numeric(item):
                if isinstance(value, np.generic):
                    value = value.item()
                self._check_early(item, value)
                if declaration(item)["whole"] and isinstance(value, float):
                    value = int(value)
                object.__setattr__(self, item.name, value)

    @staticmethod
    def _check_early(item, value):
        """Check what can be checked without a graph; attribute names wait for ``bind``."""
        about = declaration(item)
        if value is None and about["optional"]:
            return
        names = [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []
        if any(isinstance(name, str) for name in names):
            if about["per"] == SCALAR:
                raise InputError(f"got {value!r}; {allowed_range(about)} is allowed", public_name(item))
            return
        if isinstance(value, bool):
            raise InputError(f"got {value!r}; {allowed_range(about)} is allowed", public_name(item))
        check_numbers(value, about, public_name(item))
        if about["per"] == SCALAR and np.ndim(value):
            raise InputError(f"got an array of shape {np.shape(value)}; one number is allowed", public_name(item))

    def bind(self, graph) -> Self:
        """The same rule with attribute names looked up in the graph and every array's length checked."""
        values = {}
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if item.metadata.get("option", {}).get("labels"):
                check_labels(value, public_name(item), graph)
            elif is_numeric(item) and value is not None and not isinstance(value, int | float):
                values[item.name] = bound_array(value, declaration(item), public_name(item), graph)
        return self.with_values(values)

    def seen_from(self, rows) -> Self:
        """The bound rule as the given nodes see it: each (N, …) array reduced to those rows."""
        values = {}
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            axes = getattr(value, "ndim", 0)  # of an array, or of a tensor
            if axes and not (declaration(item)["per"] in VECTORS and axes == 1):
                values[item.name] = value[rows]
        return self.with_values(values)

    def with_values(self, values: dict) -> Self:
        """A copy with some fields replaced, unchecked: for arrays that are known to be right."""
        if not values:
            return self
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy.__dict__.update(values)
        return copy


def _refuse_assignment(rule, name, value=None):
    raise dataclasses.FrozenInstanceError(f"cannot change {name!r}; make a new {type(rule).__name__} instead")


Rule.__setattr__ = _refuse_assignment  # type: ignore[method-assign]
Rule.__delattr__ = _refuse_assignment  # type: ignore[method-assign]


def public_name(item: dataclasses.Field) -> str:
    """The name under which a field is given: without the underscore that keeps it from hiding the formula."""
    return item.name.rstrip("_")


def is_numeric(item: dataclasses.Field) -> bool:
    """Whether a field holds numbers: declared by ``parameter``, or with a plain number as its default."""
    plain = isinstance(item.default, int | float) and not isinstance(item.default, bool)
    return "parameter" in item.metadata or (plain and "option" not in item.metadata)


def declaration(item: dataclasses.Field) -> dict:
    """What ``parameter`` declared of a field; a plain number is unbounded and may name a node or an edge attribute."""
    plain: dict = {"doc": "", "per": None, "unit": "", "whole": False, "optional": False, "bounds": {}, "begins": False}
    return item.metadata.get("parameter", plain)


def check_labels(labels, key: str, graph) -> None:
    """Refuse anything but None or a list of labels of the graph's nodes."""
    if labels is None:
        return
    if not isinstance(labels, list | tuple):
        raise InputError(f"got {labels!r}; a list of node labels is allowed, say [{labels!r}]", key)
    for label in labels:
        try:
            graph.node(label)
        except InputError as error:
            raise InputError(error.message, key) from None


def bound_array(value, about: dict, key: str, graph) -> np.ndarray:
    """A field's value over the graph: names looked up, lengths and bounds checked; float64."""
    per = about["per"]
    try:
        if isinstance(value, str) and per in VECTORS:
            array = graph.attribute(value, NODE)[:, None]
        elif isinstance(value, str):
            array = graph.attribute(value, per)
        elif isinstance(value, list | tuple) and any(isinstance(part, str) for part in value):
            array = np.stack([graph.attribute(part, NODE) for part in value], axis=-1)
        else:
            array = np.asarray(value, dtype=np.float64)
    except InputError as error:
        raise error.inside(key) from None
    if array.ndim == 0:
        check_numbers(array, about, key)
        return array
    lengths = {NODE: [graph.size], EDGE: [graph.edge_count], VECTOR: [graph.size], FEATURES: [graph.size]}.get(
        per, [graph.size, graph.edge_count]
    )
    if not (per in VECTORS and array.ndim == 1) and len(array) not in lengths:
        allowed = " or ".join(map(str, lengths))
        raise InputError(f"got an array of length {len(array)}; this graph needs length {allowed}", key)
    check_numbers(array, about, key)
    return array
