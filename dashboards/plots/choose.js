// Choose: the forms above the plots: which are shown, which steps, and which synapse.

function toolbar(board) {
  const add = element("select", { ariaLabel: "Add a plot", onchange: () => { board.add(add.value); } });
  const from = element("input", { type: "number", min: 0, ariaLabel: "from step" });
  const to = element("input", { type: "number", min: 0, ariaLabel: "to step" });
  const all = element("button", { type: "button", onclick: () => board.zoom(null) }, "All steps");
  const zoom = () => {
    const [a, b] = [Number(from.value), Number(to.value)];
    if (from.value !== "" && to.value !== "" && b > a) board.zoom([a, b]);
  };
  from.addEventListener("change", zoom);
  to.addEventListener("change", zoom);
  const note = element("span", { className: "va-thin" });
  return {
    el: element("div", { className: "va-tools", role: "group", ariaLabel: "plots shown" },
      add, element("span", { className: "va-steps" }, "Steps ", from, " to ", to, all), note),
    offer(plots, shown) {
      const missing = plots.filter(({ key }) => !shown.includes(key));
      add.replaceChildren(element("option", { value: "" }, "Add a plot …"), ...missing.map(({ key, title }) => element("option", { value: key }, title)));
      add.disabled = !missing.length;
    },
    update() {
      const range = board.zoomed();
      all.disabled = !range;
      for (const [input, value] of [[from, range?.[0]], [to, range?.[1]]]) if (document.activeElement !== input) input.value = value ?? "";
      note.textContent = board.stride() > 1 ? `one step in ${board.stride()} is held` : "";
    },
  };
}

let forms = 0;

function synapseForm(board) {
  const field = (label, id) => {
    const list = element("datalist", { id });
    const input = element("input", { type: "text", autocomplete: "off", ariaLabel: label, placeholder: label });
    input.setAttribute("list", id);
    return { input, list };
  };
  const unique = ++forms;
  const pre = field("from neuron", `va-pre-${unique}`), post = field("to neuron", `va-post-${unique}`);
  const said = element("output", { ariaLive: "polite" });
  let asking = pre;
  const ask = (which) => { asking = which; board.ask({ what: "offer", text: which.input.value, pre: which === post ? pre.input.value : "" }); };
  for (const each of [pre, post]) for (const event of ["input", "focus"]) each.input.addEventListener(event, () => ask(each));
  const el = element("form", {
    className: "va-choose", ariaLabel: "choose a synapse",
    onsubmit: (event) => {
      event.preventDefault();
      said.textContent = "";
      board.ask({ what: "synapse", pre: pre.input.value.trim(), post: post.input.value.trim() });
    },
  }, element("span", {}, "Synapse"), pre.input, pre.list, post.input, post.list, element("button", { type: "submit" }, "Show"),
  element("button", { type: "button", onclick: () => { said.textContent = ""; board.ask({ what: "strongest" }); } }, "Strongest change"), said);
  return {
    el,
    offered: (names) => asking.list.replaceChildren(...names.map((value) => element("option", { value }))),
    refused: (words) => { said.textContent = words; },
    update(learns) { el.hidden = !learns; },
  };
}
