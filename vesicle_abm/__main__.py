"""``python -m vesicle_abm``."""

import sys

from vesicle_abm.cli import main

sys.exit(main())
