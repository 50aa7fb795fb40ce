"""Write ``golden.json`` anew: ``python tests/renew_golden.py``.

It holds the digest of every shipped scenario after 50 steps. Renew it when a scenario, a rule or the step has been
changed on purpose, and say so in the commit; never to silence a test.
"""

import json
from pathlib import Path

from vesicle_abm.places import shipped_scenarios
from vesicle_abm.scenario import Scenario

GOLDEN = Path(__file__).with_name("golden.json")
STEPS = 50


def digest(name: str) -> str:
    """The digest of a shipped scenario after ``STEPS`` steps."""
    model = Scenario.load(name).build()
    model.run_for(STEPS)
    return model.state.digest()


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps({name: digest(name) for name in shipped_scenarios()}, indent=2) + "\n")
