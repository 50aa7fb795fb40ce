"""A peer's version of the workload, run by an interpreter that has it: words in, JSON lines out.

    python benchmarks/peer_worker.py PEER FILE SECONDS NODES VESICLES WIDTH

FILE holds the start; SECONDS is what a repetition takes about. Says ``null`` when it is ready; then "repeat" measures
once, "result" gives what was measured.
"""

import importlib
import json
import os
import sys
from pathlib import Path

from cycle_runners import Local
from steady_state import read
from workload import Workload

PEERS = {  # name -> module here, its class
    "agentpy": ("agentpy_model", "AgentpyModel"),
    "mesa-frames": ("mesa_frames_model", "FramesModel"),
    "ambr": ("ambr_model", "AmbrModel"),
}
SEED = 17
WARM_UP = 2  # steps


def main() -> None:
    """Build, then answer words."""
    name, file, seconds, *world = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever libraries say goes to stderr
    module, cls = PEERS[name]
    model = getattr(importlib.import_module(module), cls)
    workload = Workload(*map(int, world))
    start, choices = read(Path(file))
    local = Local(name, lambda: model(workload, start, choices, SEED), workload, float(seconds), WARM_UP)
    print("null", file=answers)
    for word in sys.stdin:
        print(json.dumps({"repeat": local.repeat, "result": local.result}[word.strip()]()), file=answers)


if __name__ == "__main__":
    main()
