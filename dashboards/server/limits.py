"""Limits: how much one visitor may take of a server that many share. None: no limit."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, replace

import vesicle_abm as va

MIB = 2**20


def limit(doc: str):
    """A number, without a limit unless one is given."""
    return dataclasses.field(default=None, metadata={"doc": doc})


@dataclass(frozen=True)
class Limits:
    """Of a server for oneself, by default: none."""

    sessions: int | None = limit("dashboards open at once")
    nodes: int | None = limit("neurons of a graph")
    edges: int | None = limit("edges of a graph")
    vesicles: int | None = limit("vesicles alive at once in a session")
    steps: int | None = limit("steps of a run")
    rate: int | None = limit("steps per second of a session")
    memory: int | None = limit("MiB of a session: its models, and copies to go back to")
    upload: int = dataclasses.field(default=1024, metadata={"doc": "KiB of an uploaded file"})
    idle: int | None = limit("minutes without a command until a session's models are dropped")
    frames: int | None = limit("frames of an animation")

    def given(self, texts: Iterable[str]) -> "Limits":
        """With limits as the command line gives them, ``NAME=NUMBER``.

        Raises
        ------
        InputError
            for another name, or what is no whole number from 1 on.

        >>> Limits().given(["nodes=500"]).nodes
        500
        """
        found = {}
        names = [each.name for each in dataclasses.fields(self)]
        for text in texts:
            name, _, number = text.partition("=")
            if name not in names:
                raise va.InputError(
                    f"got {text!r}; NAME=NUMBER is allowed, with a name of {', '.join(names)}", "--limit"
                )
            if not number.isdecimal() or int(number) < 1:
                raise va.InputError(f"got {text!r}; a whole number >= 1 is allowed", "--limit")
            found[name] = int(number)
        return replace(self, **found)

    def told(self) -> list[str]:
        """A line for each limit that there is.

        >>> Limits(nodes=500).told()[0]
        '500 neurons of a graph'
        """
        numbers = {each.metadata["doc"]: getattr(self, each.name) for each in dataclasses.fields(self)}
        return [f"{number:,} {doc}" for doc, number in numbers.items() if number is not None]


LOCAL = Limits(frames=1000)
HOSTED = Limits(
    sessions=20,
    nodes=5_000,
    edges=200_000,
    vesicles=100_000,
    steps=20_000,
    rate=60,
    memory=256,
    upload=256,
    idle=30,
    frames=200,
)
