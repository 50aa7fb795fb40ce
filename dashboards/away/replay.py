"""Replay: whether a run, run again from its scenario and seed, is what its directory has recorded."""

import numpy as np
import pandas as pd

import vesicle_abm as va

from . import library


def recorded(run: str) -> pd.DataFrame | None:
    """The rows that a run has recorded; None if it has not finished.

    Raises
    ------
    InputError
        if they cannot be read.
    """
    path = library.file_of(run, library.SERIES)
    if path is None:
        return None
    try:
        return pd.read_parquet(path).set_index("step")
    except (ValueError, KeyError, OSError) as error:
        raise va.InputError(f"its series is damaged: {error}", "run") from None


def compared(rows: pd.DataFrame, replayed: pd.DataFrame) -> str:
    """In words, how far both agree, to the bit."""
    together = rows.index.intersection(replayed.index)
    if not len(together):
        return "No recorded row has been replayed yet."
    first, second = rows.loc[together], replayed.loc[together]
    if list(first.columns) != list(second.columns):
        return "The record has other columns than this version writes."
    there, here = first.to_numpy(np.float64), second.to_numpy(np.float64)
    differ = (there != here) & ~(np.isnan(there) & np.isnan(here))
    if differ.any():
        row, column = np.argwhere(differ)[0]
        return (
            f"They differ first at step {together[row]}, in {first.columns[column]}: "
            f"recorded {there[row, column]:g}, replayed {here[row, column]:g}."
        )
    return f"All {len(together):,} rows replayed so far agree with the {len(rows):,} recorded, to the bit."


def digest_of(asked: dict, model: va.VesicleModel) -> str:
    """In words, whether the state at the run's end is the recorded one; empty before its end."""
    if model.time != asked["steps"] or "digest" not in asked:
        return ""
    same = model.state.digest() == asked["digest"]
    return "The final state has the recorded digest." if same else "The final state has another digest than recorded."
