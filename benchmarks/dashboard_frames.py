"""How fast the dashboard's canvas is in a real browser, and beside it Mesa's SolaraViz with the same model.

    python benchmarks/dashboard_frames.py [--quick] [--steps N] [--json FILE]

1000 neurons and about 10,000 vesicles of three kinds. Each server runs in a process of its own, the page in the
system's Chromium, without its window, through Playwright; drawing is by software where there is no graphics card.
Measured while the model runs at the fastest pace, once the network's layout has been computed: frames painted and sent,
bytes that the page receives, CPU of the whole server and of the browser; then how long a pause takes, and how memory
grows over the steps. The server's CPU a frame holds the model's steps, of which there are as many a frame as the model
makes while a frame is under way; what the screens do in each step and for each frame; and the rest: frames sent,
acknowledgements taken, the page drawn anew. On a busy machine believe the CPU times rather than the frames a second.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from dashboard_server import DASHBOARD, SOLARAVIZ
from report import begin_report, end_report, parser, say_where, table_of, write
from rich.console import Console

FULL = {"nodes": 1000, "rate": 0.05, "warm_up": 300, "seconds": 10.0, "steps": 5000}
QUICK = {"nodes": 100, "rate": 0.05, "warm_up": 20, "seconds": 1.0, "steps": 100}
KIND = """
[kinds.{name}]
clearance = 40.0
emission = {{ rule = "constant", rate = {rate} }}
migration = {{ rule = "weighted", stay = 0.5 }}
docking = {{ rule = "constant", probability = 0.005 }}
release = {{ rule = "modulator", amount = 1.0 }}
decay = {{ rule = "hazard", hazard = 0.01 }}
"""
SCENARIO = """
question = "How fast is a frame?"
expect = "Ten vesicles a neuron."
steps = 1000000
[graph]
small_world = {{ nodes = {nodes}, degree = 8, rewired = 0.1, low = 0.2, high = 1.0 }}
[neurons]
activation = "tanh"
noise = 0.2
weight_scale = 0.1
"""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--enable-precise-memory-info",
    "--js-flags=--expose-gc",
]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
START_LIMIT, STEPS_LIMIT = 120.0, 900.0  # s
PAINTED = "() => Number(document.querySelector('canvas.va-canvas').dataset.painted)"
STEP = "() => Number(document.body.innerText.match(/Steps?:? (\\d+)/)[1])"
PAUSE = """() => new Promise((tell) => {
  const named = (words) => [...document.querySelectorAll('button')].find((b) => words.test(b.innerText.trim()));
  const began = performance.now();
  const look = () => (named(/play$|^▶$/i) ? tell(performance.now() - began) : requestAnimationFrame(look));
  named(/pause$|^❚❚$/i).click();
  look();
})"""
HEAP = "() => { gc(); return performance.memory.usedJSHeapSize; }"


class Served:
    """A server in a process of its own, and what it last told."""

    def __init__(self, which: str, scenario: Path, steps: int):
        command = [
            sys.executable,
            str(Path(__file__).with_name("dashboard_server.py")),
            which,
            str(scenario),
            str(steps),
        ]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        self.url, self.counts = "", {}
        self._up = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self._up.wait(START_LIMIT):
            self.close()
            raise RuntimeError(f"the server of {which} did not start")

    def _read(self) -> None:
        for line in self.process.stdout or ():
            if line.startswith("http"):
                self.url = line.strip()
            elif line.startswith("{"):
                self.counts = json.loads(line)
                self._up.set()

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait(10)


def browser_cpu_s() -> float:
    """CPU seconds of all processes that this one began, the servers but the browser's alone."""
    ticks, parents = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            name, fields = (entry / "stat").read_text().rsplit(")", 1)
        except OSError:  # it has ended
            continue
        values = fields.split()
        parents[int(entry.name)] = int(values[1])
        ticks[int(entry.name)] = sum(map(int, values[11:15])) if "chrom" in name else 0
    return sum(ticks[pid] for pid in ticks if descends(pid, parents)) / os.sysconf("SC_CLK_TCK")


def descends(pid: int, parents: dict[int, int]) -> bool:
    """Whether a process was begun by this one, or by one of its children."""
    while pid in parents and pid != os.getpid():
        pid = parents[pid]
    return pid == os.getpid()


def wait_for_step(page: Any, step: int) -> None:
    """Until the page tells of a step."""
    limit = time.monotonic() + STEPS_LIMIT
    while page.evaluate(STEP) < step:
        if time.monotonic() > limit:
            raise RuntimeError(f"step {step} was not reached within {STEPS_LIMIT:g} s")
        page.wait_for_timeout(200)


def measured(server: Served, page: Any, seconds: float, painted: str | None) -> dict[str, float]:
    """Rates and costs over a while. ``painted``: how the page is asked for frames painted; none: each step is one."""

    def now() -> dict[str, float]:
        step = page.evaluate(STEP)
        frames = page.evaluate(painted) if painted else step
        return {
            **server.counts,
            "step": step,
            "painted": frames,
            "browser_s": browser_cpu_s(),
            "time": time.monotonic(),
        }

    before = now()
    page.wait_for_timeout(1000.0 * seconds)
    after = now()
    spent = {key: after[key] - before[key] for key in after}
    frames = max(1.0, spent["frames"] or spent["painted"])
    return {
        "steps a second": spent["step"] / spent["time"],
        "painted a second": spent["painted"] / spent["time"],
        "sent a second": frames / spent["wall_s"],
        "bytes a frame": spent["bytes"] / frames,
        "server CPU ms a frame": 1e3 * spent["cpu_s"] / frames,
        **parts_of(spent, frames),
        "browser CPU ms a painted frame": 1e3 * spent["browser_s"] / max(1.0, spent["painted"]),
    }


def parts_of(spent: dict[str, float], frames: float) -> dict[str, float]:
    """What the server's CPU a frame is made of, where that was measured."""
    if not spent["step_s"]:
        return {}
    rest = spent["cpu_s"] - spent["step_s"] - spent["show_s"]
    parts = {"the model's steps": spent["step_s"], "the screens": spent["show_s"], "the rest": rest}
    return {f"of it {name}, ms": 1e3 * seconds / frames for name, seconds in parts.items()}


def ours(page: Any, server: Served, sizes: dict) -> dict[str, float]:
    """The dashboard's figures."""
    page.get_by_text("Paused", exact=True).wait_for(timeout=1000 * START_LIMIT)
    page.get_by_role("slider", name="steps per second").focus()
    page.keyboard.press("End")
    page.get_by_role("button", name="Play", exact=True).click()
    wait_for_step(page, sizes["warm_up"])
    while server.counts["layouts"]:
        page.wait_for_timeout(200)
    found = measured(server, page, sizes["seconds"], PAINTED)
    begun = server.counts["rss"], page.evaluate(HEAP), page.evaluate(STEP)
    wait_for_step(page, begun[2] + sizes["steps"])
    page.wait_for_timeout(1000)
    found["steps of growth"] = page.evaluate(STEP) - begun[2]
    found["server's memory grew, MB"] = (server.counts["rss"] - begun[0]) / 1e6
    found["page's memory grew, MB"] = (page.evaluate(HEAP) - begun[1]) / 1e6
    return found | {"pause s": page.evaluate(PAUSE) / 1e3}


def mesas(page: Any, server: Served, sizes: dict) -> dict[str, float]:
    """SolaraViz' figures: it draws every step."""
    play = page.get_by_role("button", name="▶", exact=True)
    play.wait_for(timeout=1000 * START_LIMIT)
    play.click()
    page.wait_for_timeout(1000)
    found = measured(server, page, 3.0 * sizes["seconds"], None)
    return found | {"pause s": page.evaluate(PAUSE) / 1e3}


def why_not(which: str) -> str:
    """Why a page cannot be measured here; empty if it can."""
    try:
        import anywidget  # noqa: F401
        import playwright  # noqa: F401
        import solara  # noqa: F401

        if which == SOLARAVIZ:
            import mesa.visualization  # noqa: F401
    except ImportError as error:
        return str(error)
    return "" if CHROMIUM else "no Chromium on this machine"


def run(sizes: dict, console: Console) -> dict[str, Any]:
    """Measure what can be measured; each page's figures are printed as soon as they are there."""
    report = begin_report("vesicle-abm", "mesa", "solara", "anywidget", "matplotlib", "playwright", "numpy")
    results: dict[str, dict[str, float]] = {}
    left_out = {which: reason for which in (DASHBOARD, SOLARAVIZ) if (reason := why_not(which))}
    kinds = "".join(KIND.format(name=name, rate=sizes["rate"]) for name in ("first", "second", "third"))
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "crowd.toml"
        scenario.write_text(SCENARIO.format(nodes=sizes["nodes"]) + kinds, encoding="utf-8")
        for which, measure in ((DASHBOARD, ours), (SOLARAVIZ, mesas)):
            if which not in left_out:
                results[which] = of_page(which, scenario, measure, sizes)
                console.print(f"{which}: {json.dumps(results[which])}", soft_wrap=True, markup=False)
    ratios = []
    if len(results) == 2:
        for name, better in (("painted a second", 1), ("server CPU ms a frame", -1), ("bytes a frame", -1)):
            times = (results[DASHBOARD][name] / max(1e-9, results[SOLARAVIZ][name])) ** better
            ratios.append({"version": DASHBOARD, "than": SOLARAVIZ, "times": times, "world": name})
    return end_report(report, sizes=sizes, results=results, ratios=ratios, left_out=left_out)


def of_page(which: str, scenario: Path, measure, sizes: dict) -> dict[str, float]:
    """Serve a page, open it, measure it."""
    from playwright.sync_api import sync_playwright

    server = Served(which, scenario, sizes["warm_up"])
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(1000 * START_LIMIT)
            page.goto(server.url)
            return measure(page, server, sizes)
    finally:
        server.close()


def show(report: dict[str, Any], console: Console) -> None:
    """The figures side by side."""
    results = report["results"]
    if results:
        table = table_of(f"{report['sizes']['nodes']} neurons, ten vesicles a neuron", "", *results, words=("",))
        for name in next(iter(results.values())):
            table.add_row(name, *(f"{found[name]:,.4g}" if name in found else "" for found in results.values()))
        console.print(table)
    for ratio in report["ratios"]:
        console.print(f"{ratio['world']}: {ratio['version']} is {ratio['times']:.1f} times as good as {ratio['than']}")
    say_where(report, console)


def main() -> None:
    """Measure, print, write."""
    known = parser(__doc__, "a hundred neurons, a hundred steps")
    known.add_argument("--steps", type=int, metavar="N", help="over so many memory's growth is watched; else 5000")
    options = known.parse_args()
    sizes, console = QUICK if options.quick else FULL, Console()
    report = run(sizes | ({"steps": options.steps} if options.steps else {}), console)
    show(report, console)
    write(report, options.json)


if __name__ == "__main__":
    main()
