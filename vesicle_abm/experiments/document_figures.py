"""The HMN document's figures 3 to 7 and 10, drawn from runs: what ``vesicle-abm figures`` does."""

from collections.abc import Callable, Iterator
from pathlib import Path

from matplotlib.figure import Figure

from vesicle_abm.core.errors import RunStoppedError
from vesicle_abm.experiments.document import attention, chance, gating, norepinephrine, rates, traces
from vesicle_abm.experiments.figures import save

FIGURES: dict[str, Callable[[], Figure]] = {
    "figure_3_eligibility_traces": lambda: traces.draw_traces(traces.traces()),
    "figure_4_phase_gate": lambda: gating.draw_gating(gating.gating()),
    "figure_5_probabilistic_updates": lambda: chance.draw_applied([chance.applied(b) for b in chance.STEEPNESS]),
    "figure_6_attention": lambda: attention.draw_attention(attention.attention()),
    "figure_7_meta_learning": lambda: rates.draw_rates(rates.rates()),
    "figure_10_astrocyte": lambda: norepinephrine.draw_norepinephrine(norepinephrine.courses()),
}


def draw(folder: str | Path) -> Iterator[Path]:
    """Draw every figure into a folder, which is made if need be; gives each file when it is written.

    Raises
    ------
    RunStoppedError
        if the folder cannot be written to.
    """
    folder = Path(folder)
    for name, make in FIGURES.items():
        path = folder / f"{name}.png"
        figure = make()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            save(figure, path)
        except OSError as error:
            raise RunStoppedError(f"cannot write {path}: {error.strerror or error}") from None
        yield path
