"""The commands ``export`` and ``import``: networks as NIR, to other tools and from them."""

import argparse
import sys
import warnings

from vesicle_abm.cli_experiments import Add

DONE = 0


def add_exchange(command: Add) -> None:
    """Add the commands to a parser; ``command(name, action, help)`` makes one."""
    out = command("export", run_export, "write a scenario's neurons and synapses as NIR, and say what it cannot hold")
    out.add_argument("scenario", metavar="SCENARIO", help="the name of a shipped scenario, or a TOML file")
    out.add_argument("--to", required=True, metavar="FILE.nir", help="the file to write")
    out.add_argument("--seed", type=int, metavar="N", help="instead of the scenario's seed")
    out.add_argument("--steps", type=int, default=0, metavar="N", help="to run before, so that it has learned")
    out.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="replace a value")
    back = command("import", run_import, "make a scenario of a network that another tool has written as NIR")
    back.add_argument("network", metavar="FILE.nir", help="the file to read")
    back.add_argument("--to", required=True, metavar="FILE.toml", help="the scenario; its graph is written beside it")
    back.add_argument("--dt-ms", type=float, metavar="MS", help="length of a step, where the file does not say it")
    back.add_argument("--integration", default="euler", metavar="euler|exact", help="default: euler")


def run_export(options: argparse.Namespace) -> int:
    """``export``."""
    from vesicle_abm.exchange.exporting import nir_losses, to_nir, write_nir
    from vesicle_abm.experiments.texts import parse_setting
    from vesicle_abm.scenario import Scenario

    scenario = Scenario.load(options.scenario)
    for text in options.set:
        scenario = scenario.override(*parse_setting(text))
    model = scenario.build(seed=options.seed)
    lost = nir_losses(model)  # before the steps, which may be many: it refuses what cannot be exported
    model.run_for(options.steps)
    lost = nir_losses(model) if options.steps else lost
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are printed below
        graph = to_nir(model, scenario)
    write_nir(graph, options.to)
    sys.stdout.write(f"{options.to}: {len(graph.nodes)} nodes, {model.graph.size} neurons\n")
    for words in lost:
        sys.stdout.write(f"not in NIR: {words}\n")
    return DONE


def run_import(options: argparse.Namespace) -> int:
    """``import``."""
    from vesicle_abm.exchange.importing import from_nir
    from vesicle_abm.exchange.writing import write_scenario

    network = from_nir(options.network, options.dt_ms, options.integration)
    for file in write_scenario(network, options.to):
        sys.stdout.write(f"{file}\n")
    for name, population in network.populations.items():
        late = f", {population.latency} steps later here" if population.latency else ""
        sys.stdout.write(f"{name}: {population.node}, {population.size} neurons{late}\n")
    for words in network.notes:
        sys.stdout.write(f"note: {words}\n")
    return DONE
