"""Metrics that tests give to batches: an honest one, and those that bring their worker into trouble."""

import os
import signal

import numpy as np


def threads(model):
    """On how many threads the model may step."""
    return {"threads": model.world.threads}


def trouble(model):
    """The number of walkers that are born decides: an exception, an exit, a kill, an endless loop, too much memory."""
    hand = model.world.kinds["walker"].emission.count
    if hand == 1:
        raise ValueError("one walker is not enough")
    if hand == 2:
        raise SystemExit(3)
    if hand == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if hand == 4:
        while True:
            pass
    if hand == 5:
        np.ones(2**26).sum()
    return {"fine": 1.0}
