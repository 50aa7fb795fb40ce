"""Facts that ship with the package: the nervous system of C. elegans."""

from vesicle_abm.data.celegans import celegans

__all__ = ["celegans"]
