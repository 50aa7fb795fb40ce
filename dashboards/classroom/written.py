"""What a visitor writes: the classes in it, and what is wrong with it, with its line.

Rules are known by name in the whole process, so the last definition of a name is the one that scenarios find, whoever
wrote it; a model that runs keeps what it was built with. Only names that were given here can be given again.
"""

import ast
import threading
import traceback

import vesicle_abm as va

MODULE = "your_vesicle"
FILE = "<your vesicle>"
KIND = "kinds.messenger"  # of the scenario on which it is tried
HINTS = {
    "SyntaxError": "Python cannot read this line: look for a missing colon, bracket or quote, here or just above.",
    "IndentationError": "The lines of a class and of a method are set in by four spaces each.",
    "NameError": "Is it spelled right? What a module holds needs its import: `import numpy as np`.",
    "AttributeError": "Is it spelled right? A vesicle has node, label, ttl, content, docked, birth, neuron, uniform().",
    "TypeError": "Look at what is given to this call: a verb takes `self` alone.",
}
_lock = threading.Lock()


class Fault(Exception):
    """What is wrong, in words, and in which line; 0 if in none."""

    def __init__(self, words: str, line: int = 0):
        super().__init__(words)
        self.words, self.line = words, line


def define(text: str) -> list[type]:
    """Run the text; the subclasses of Vesicle and the rules that it defines.

    Raises
    ------
    Fault
        if Python cannot read or run it, or it defines no such class; nothing is then known that was not before.
    """
    families = [va.Vesicle, *va.FAMILIES.values()]
    with _lock:
        former = [dict(family.known) for family in families]
        space = {"__name__": MODULE}
        try:
            for family in families:
                for name in [name for name, cls in family.known.items() if cls.__module__ == MODULE]:
                    del family.known[name]
            exec(compile(text, FILE, "exec"), space)
            found = [each for each in space.values() if isinstance(each, type) and each.__module__ == MODULE]
            classes = [cls for cls in found if issubclass(cls, tuple(families))]
            if not classes:
                raise Fault("There is no subclass of va.Vesicle, nor of a family of rules, such as va.Migration.")
        except Exception as error:
            _restore(families, former)
            raise as_fault(error) from None
        _restore(families, [{**known, **family.known} for known, family in zip(former, families, strict=True)])
    return classes


def _restore(families: list[type], known: list[dict]) -> None:
    for family, names in zip(families, known, strict=True):
        family.known.clear()
        family.known.update(names)


def as_fault(error: Exception) -> Fault:
    """An error as a fault: where in the text it happened, and what to do."""
    if isinstance(error, Fault):
        return error
    hint = next((HINTS[base.__name__] for base in type(error).__mro__ if base.__name__ in HINTS), "")
    if isinstance(error, SyntaxError):
        return Fault(f"{error.msg}. {hint}", error.lineno or 0)
    lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    name = "" if isinstance(error, va.InputError) else f"{type(error).__name__}: "
    return Fault(f"{name}{error}. {hint}".strip(), lines[-1] if lines else 0)


def used(classes: list[type], scenario: va.Scenario) -> va.Scenario:
    """The scenario with each of these classes in its place."""
    for cls in classes:
        if issubclass(cls, va.Vesicle):
            scenario = scenario.override(f"{KIND}.agent", cls.__name__)
        else:
            scenario = scenario.override(f"{KIND}.{place(cls)}", {"rule": cls.name})
    return scenario


def place(rule: type) -> str:
    """The key of a kind under which a rule stands.

    >>> place(va.WeightedMigration)
    'migration'
    """
    return next(key for key, family in va.FAMILIES.items() if issubclass(rule, family))


def line_of(text: str, name: str) -> int:
    """The line in which a class is defined; 0 if in none.

    >>> line_of("x = 1\\nclass A: pass", "A")
    2
    """
    return next(
        (node.lineno for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef) and node.name == name), 0
    )
