// Log: the filters of the event log, and the page of events that the server sends for them.

function render({ model, el }) {
  const asked = { events: new Set(), kinds: new Set() };
  let page = 0, pages = 1;
  const field = (label, type) => element("input", { type, ariaLabel: label, placeholder: label, oninput: () => seek(0) });
  const neuron = field("neuron", "text"), text = field("text", "text"), first = field("from step", "number"), last = field("to step", "number");
  const said = element("output", { className: "va-log-said", ariaLive: "off" });
  const body = element("tbody");
  const table = element("table", {}, element("caption", { className: "va-log-caption" }, "Events, the latest first"),
    element("thead", {}, element("tr", {}, ...["step", "event", "kind", "neuron", "number"].map((words) => element("th", { scope: "col" }, words)))), body);
  const newer = element("button", { type: "button", onclick: () => seek(page - 1) }, "Newer");
  const older = element("button", { type: "button", onclick: () => seek(page + 1) }, "Older");
  const events = element("div", { className: "va-chips", role: "group", ariaLabel: "events" });
  const kinds = element("div", { className: "va-chips", role: "group", ariaLabel: "kinds" });
  el.append(element("div", { className: "va-log" }, events, kinds,
    element("div", { className: "va-log-fields" }, neuron, text, first, last, element("button", { type: "button", onclick: clear }, "Clear filters"),
      element("button", { type: "button", onclick: () => model.send({ what: "save" }) }, "Save CSV")),
    element("div", { className: "va-log-fields" }, newer, older, said),
    element("div", { className: "va-log-table", tabIndex: 0, role: "region", ariaLabel: "event log" }, table)));

  function chip(words, number, set, colour) {
    const made = element("button", { type: "button", ariaPressed: set.has(number), onclick: () => {
      set.has(number) ? set.delete(number) : set.add(number);
      made.ariaPressed = set.has(number);
      seek(0);
    } }, words);
    if (colour) made.style.borderLeft = `4px solid ${colour}`;
    return made;
  }

  function chips() {
    events.replaceChildren(...model.get("events").map((words, i) => chip(words, i, asked.events)));
    kinds.replaceChildren(...model.get("kinds").map(({ name, colour }, i) => chip(name, i, asked.kinds, colour)));
  }

  function clear() {
    asked.events.clear();
    asked.kinds.clear();
    for (const each of [neuron, text, first, last]) each.value = "";
    chips();
    seek(0);
  }

  const whole = ({ value }) => (value === "" ? null : Math.trunc(Number(value)));

  function seek(to) {
    page = Math.max(0, to);
    model.send({ what: "seek", events: [...asked.events], kinds: [...asked.kinds], neuron: neuron.value, text: text.value, first: whole(first), last: whole(last), page });
  }

  function row({ step, event, kind, neuron: name, count, of, node }) {
    const colour = model.get("kinds")[of]?.colour, dot = element("i");
    if (colour) dot.style.background = colour;
    const where = node < 0 ? "–" : element("button", { type: "button", title: "Select this neuron", onclick: () => model.send({ what: "neuron", node }) }, name);
    return element("tr", {}, ...[step, event, kind ? element("span", {}, dot, kind) : "", where, count].map((each) => element("td", {}, each)));
  }

  function onMessage(meta, buffers) {
    if (meta.what === "file") return keep(meta, buffers[0]);
    page = meta.page;
    pages = Math.max(1, Math.ceil(meta.found / meta.size));
    newer.disabled = page === 0;
    older.disabled = page >= pages - 1;
    const gone = meta.dropped ? `, ${meta.dropped.toLocaleString("en")} earlier ones were dropped` : "";
    said.textContent = `Page ${page + 1} of ${pages}; ${meta.found.toLocaleString("en")} of ${meta.held.toLocaleString("en")} events${gone}; at step ${meta.now}`;
    const focused = document.activeElement?.closest?.(".va-log tbody") && page === 0 ? document.activeElement.textContent : null;
    body.replaceChildren(...meta.rows.map(row));
    if (focused) [...body.querySelectorAll("button")].find((each) => each.textContent === focused)?.focus({ preventScroll: true });
  }

  function onKinds() {
    asked.kinds.clear();
    chips();
    seek(0);
  }

  model.on("msg:custom", onMessage);
  model.on("change:kinds", onKinds);
  chips();
  model.send({ what: "ready" });
  return () => {
    model.send({ what: "gone" });
    model.off("msg:custom", onMessage);
    model.off("change:kinds", onKinds);
  };
}

export default { render };
