"""torch, imported where it is used, with an error that names the extra."""

try:
    import torch
except ImportError as missing:
    words = 'vesicle_abm.learning needs torch, which is not installed: pip install "vesicle-abm[learn]"'
    raise ImportError(words) from missing

__all__ = ["torch"]
