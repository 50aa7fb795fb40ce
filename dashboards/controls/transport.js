// Transport: play, pause, steps, the way back, the speed; and the same by keys, wherever no text is being written.

const KEYS = [
  ["Space or K", "play, pause"], ["→ or .", "a step on"], ["← or ,", "a step back"], ["Home", "to step 0"],
  ["End", "to the furthest step"], ["R", "reset"], ["G", "go to a step"], ["+ and −", "faster, slower"], ["?", "these keys"],
];
const WRITING = "input, textarea, select, [contenteditable=true], [role=application], [role=slider], [role=combobox], [role=listbox], [role=tab], dialog";

function render({ model, el }) {
  const send = (order, number = 0) => model.send({ order, number });
  const bar = element("div", { className: "va-bar-row", role: "toolbar", "aria-label": "run" });
  const button = (sign, name, title, act, className = "") => {
    const signs = [element("span", { className: "va-sign", "aria-hidden": "true" }, sign), element("span", {}, name)];
    const made = element("button", { className: `va-button ${className}`, type: "button", title, onclick: act }, ...signs);
    bar.append(made);
    return made;
  };
  const number = (className, attributes) => element("input", { className, type: "number", min: 0, step: 1, ...attributes });
  const play = button("▶", "Play", "play (space)", () => send(going() ? "pause" : "play"), "va-primary");
  const back = button("◀|", "Back", "a step back (←)", () => send("seek", Math.max(0, now().step - 1)));
  const step = button("|▶", "Step", "a step on (→)", () => send("step", Math.max(1, Math.round(Number(many.value) || 1))));
  const many = number("va-number", { min: 1, value: 1, "aria-label": "steps at once", title: "steps at once" });
  bar.append(many);
  const reset = button("↺", "Reset", "from step 0, with the rules as they are now (R)", () => send("reset"));

  const way = element("div", "va-way");
  const scrub = element("input", { className: "va-scrub", type: "range", min: 0, max: 1, step: 1, value: 0, "aria-label": "rewind: step shown" });
  const counter = element("output", { className: "va-step", "aria-label": "step counter" }, "Step 0");
  const of = element("span", "va-of");
  const aim = element("form", { className: "va-aim", "aria-label": "go to a step" });
  const target = number("va-number", { "aria-label": "go to step", placeholder: "step", title: "run, or go back, to this step (G)" });
  const go = element("button", { className: "va-button", type: "submit" }, "Go");
  aim.append(target, go);
  way.append(counter, of, scrub, aim);

  const speed = element("label", "va-speed");
  const rate = element("input", { className: "va-rate", type: "range", min: 1, max: model.get("fastest"), step: 1, "aria-label": "steps per second" });
  const told = element("span", "va-speed-number");
  speed.append(element("span", {}, "Speed"), rate, told);
  const phase = element("span", { className: "va-phase", role: "status", "aria-live": "polite" });
  const help = element("button", { className: "va-button va-help", type: "button", "aria-label": "keys", title: "keys (?)" }, "?");
  bar.append(way, speed, phase, help);

  const dialog = element("dialog", { className: "va-keys", "aria-label": "keys" });
  const list = element("dl");
  for (const [key, does] of KEYS) list.append(element("dt", {}, key), element("dd", {}, does));
  const close = element("button", { className: "va-button", type: "button" }, "Close");
  close.onclick = () => dialog.close();
  dialog.append(element("h2", {}, "Keys"), list, close);
  help.onclick = () => dialog.showModal();
  el.append(bar, dialog);

  const now = () => model.get("status");
  const going = () => now().going;
  let held = false; // the reader's hand is on the scrubber

  function show() {
    const { step: at, reached, steps, blocked, building, words, going: on } = now();
    play.querySelector("span:last-child").textContent = on ? "Pause" : "Play";
    play.querySelector(".va-sign").textContent = on ? "❚❚" : "▶";
    play.title = on ? "pause (space)" : "play (space)";
    for (const each of [back, step, many, scrub, target, go]) each.disabled = blocked;
    play.disabled = blocked && !on;
    back.disabled ||= at === 0;
    step.disabled ||= on;
    reset.disabled = building;
    scrub.max = Math.max(1, reached);
    if (!held) scrub.value = at;
    counter.textContent = `Step ${at}`;
    of.textContent = reached > at ? `of ${steps}, ${reached} reached` : `of ${steps}`;
    phase.textContent = words;
    phase.classList.toggle("va-busy", building || now().busy);
    const aimed = model.get("rate");
    rate.value = aimed;
    told.textContent = `${aimed}/s`;
  }

  function setRate(value) {
    model.set("rate", Math.min(model.get("fastest"), Math.max(1, Math.round(value))));
    model.save_changes();
    show();
  }

  rate.oninput = () => setRate(Number(rate.value));
  scrub.oninput = () => { held = true; send("seek", Number(scrub.value)); counter.textContent = `Step ${scrub.value}`; };
  scrub.onchange = () => { held = false; };
  aim.onsubmit = (event) => {
    event.preventDefault();
    if (target.value !== "" && target.checkValidity()) send("run_to", Math.round(Number(target.value)));
  };

  const shortcuts = {
    " ": () => play.click(), k: () => play.click(), ".": () => step.click(), ArrowRight: () => step.click(),
    ",": () => back.click(), ArrowLeft: () => back.click(), Home: () => send("seek", 0), End: () => send("seek", now().reached),
    r: () => reset.click(), g: () => target.select(), "+": () => setRate(model.get("rate") + 5), "-": () => setRate(model.get("rate") - 5),
    "?": () => dialog.showModal(),
  };
  function onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest(WRITING)) return;
    if (event.key === " " && event.target instanceof Element && event.target.closest("button, a, summary")) return;
    const act = shortcuts[event.key] ?? shortcuts[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  }
  document.addEventListener("keydown", onKey);
  model.on("change:status", show);
  model.on("change:rate", show);
  show();
  return () => {
    document.removeEventListener("keydown", onKey);
    model.off("change:status", show);
    model.off("change:rate", show);
  };
}

export default { render };
