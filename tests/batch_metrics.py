"""Metrics that tests give to batches: an honest one, and those that bring their worker into trouble."""

import os
import signal


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
        held = bytearray(2**31)
        held[::4096] = b"\1" * len(held[::4096])
    return {"fine": 1.0}


def once(model):
    """Fails the first time that it is asked, by the environment's word where to note it."""
    try:
        os.close(os.open(os.environ["VESICLE_ABM_TEST_NOTE"], os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return {"fine": 1.0}
    raise ValueError("the first time")
