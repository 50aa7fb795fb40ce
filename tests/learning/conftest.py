"""One thread for torch: networks this small gain nothing by more, and tests may run side by side."""

from importlib.util import find_spec

if find_spec("torch") is not None:
    import torch

    torch.set_num_threads(1)
