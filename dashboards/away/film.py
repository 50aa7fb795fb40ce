"""Film: some steps of a plan as an animated GIF, from a run of its own, in a thread of its own."""

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from ..run.course import Course, Model
from ..run.plan import Plan
from .figure import Look, draw

DPI = 75  # 720 x 450 pixels
COLOURS = 128  # of a frame
ONE_AT_A_TIME = threading.Lock()  # on this server: drawing takes a whole processor


@dataclass(frozen=True)
class Cut:
    """From this step to that, each so many, at so many frames a second."""

    first: int
    last: int
    every: int = 1
    rate: int = 10

    @property
    def frames(self) -> int:
        """How many there are."""
        return max(0, (self.last - self.first) // max(1, self.every) + 1)


def shoot(
    plan: Plan, cut: Cut, look: Callable[[Model, float], Look], told: Callable[[int], None], stopped: Callable[[], bool]
) -> list[Image.Image] | None:
    """The frames; None if ``stopped()`` before the end. ``told(n)`` after each of them.

    Raises
    ------
    InputError
        for what the plan cannot be run with.
    """
    with ONE_AT_A_TIME:
        course = Course(Plan(plan.scenario, plan.changes), budget=0)
        course.seek(cut.first, lambda: not stopped())
        frames: list[Image.Image] = []
        reach = 0.0
        while course.time <= cut.last and not stopped():
            seen = look(course.models[0], reach)
            reach = max(reach, seen.scale["high"])
            frames.append(frame(course.models[0], seen, plan.scenario.name))
            told(len(frames))
            for _ in range(cut.every):
                course.step()
        return None if stopped() else frames


def frame(model: Model, look: Look, title: str) -> Image.Image:
    """One picture."""
    figure = draw(model, look, title)
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[:, :, :3]).quantize(COLOURS)


def as_gif(frames: list[Image.Image], rate: int) -> bytes:
    """The frames as a GIF that goes on for ever."""

    buffer = io.BytesIO()
    first, *others = frames
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=max(20, round(1000 / rate)), loop=0)
    return buffer.getvalue()
