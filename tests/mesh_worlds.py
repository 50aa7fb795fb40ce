"""Scenarios for the mesh: small, and with all that can be rounded."""

import vesicle_abm as va


def learning(**changes) -> va.Scenario:
    """Ten rate neurons on a ring that learn from vesicles with contents, which live long; a table given as None is
    left out.
    """
    scenario = {
        "question": "?",
        "expect": ".",
        "steps": 60,
        "graph": {"generator": "cycle_graph", "arguments": {"n": 10}},
        "neurons": {"activation": "sigmoid", "noise": 0.5, "weight_scale": 0.5},
        "kinds": {
            "reward": {
                "content_width": 2,
                "content": {"rule": "gaussian", "mean": [0.5, -0.25], "deviation": 0.2},
                "lifetime": {"rule": "exponential", "mean": 300.0},
                "clearance": 20.0,
                "emission": {"rule": "constant", "rate": 0.5},
                "migration": {"rule": "weighted", "stay": 1.0},
                "docking": {"rule": "constant", "probability": 0.05},
                "release": {"rule": "modulator", "amount": 0.3},
            }
        },
        "plasticity": {
            "trace": {"rule": "composite", "tau_fast": 5.0, "tau_slow": 50.0},
            "modulation": {"rule": "modulation", "eta_local": 1e-5, "eta_global": 1e-4, "weights": {"reward": 1.0}},
            "bounds": {"rule": "bounds", "low": -1.0, "high": 1.0},
        },
    }
    tables = {name: table for name, table in (scenario | changes).items() if table is not None}
    return va.Scenario(tables, "learning")
