"""Lessons as they are taken: the guide through them, and the workshop where one writes a vesicle."""
