"""Lessons: guided demonstrations, each a module of its own beside its scenario; notebooks are made of the same."""

from . import ablation, broadcast, cascade, docking, own, phase, random_walk, traces, vesicle
from .lesson import Lesson

LESSONS: tuple[Lesson, ...] = tuple(
    module.LESSON for module in (vesicle, random_walk, docking, broadcast, traces, phase, ablation, cascade, own)
)
