// Board: all plots, over one range of steps and with one cursor; rows come in binary and are drawn when a frame is due.

const BINS = 64;

function render({ model, el }) {
  const rows = [new Rows(), new Rows()], heat = { bins: BINS, steps: [], counts: [], low: 0, width: 1, every: 1, most: 0, used: null };
  const cards = new Map(), dirty = new Set(), inSight = new Set();
  let range = null, drawn = false, alive = true;

  const board = {
    rows,
    heat,
    ramp: () => numbersOf(model.get("ramp"), Uint8Array),
    lanes: () => rows.filter((lane) => lane.columns[0].length),
    zoomed: () => range,
    range() {
      if (range) return range;
      const lanes = board.lanes(), first = Math.min(...lanes.map((lane) => lane.first)), last = Math.max(...lanes.map((lane) => lane.last));
      return lanes.length ? [first, Math.max(last, first + 1)] : [0, 1];
    },
    now: () => rows[0].now,
    rewound: () => rows[0].now < rows[0].last,
    stride: () => Math.max(...rows.map((lane) => lane.stride)),
    words() { const [from, to] = board.range(); return `steps ${from} to ${to}`; },
    chosen: (about) => model.get(about),
    zoom(to) { range = to; drawAll(); },
    ask: (content) => model.send(content),
    save: (content) => model.send({ what: "save", ...content }),
    add: (key) => key && show([...model.get("shown"), key]),
    remove: (key) => show(model.get("shown").filter((each) => each !== key)),
  };
  const tools = toolbar(board), form = synapseForm(board), place = element("div", { className: "va-plots" });
  el.append(element("div", { className: "va-board" }, tools.el, form.el, place));

  function show(keys) {
    model.set("shown", keys);
    model.save_changes();
    arrange();
  }

  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) isIntersecting ? inSight.add(target.dataset.key) : inSight.delete(target.dataset.key);
    drawSoon();
  }, { rootMargin: "600px" });
  const size = new ResizeObserver(() => cards.forEach((each) => each.resize()));

  function arrange() { // the cards are those of the plots shown, in their order
    const plots = model.get("plots"), wanted = model.get("shown").map((key) => plots.find((plot) => plot.key === key)).filter(Boolean);
    for (const [key, each] of cards) if (!wanted.some((plot) => plot.key === key)) drop(key, each);
    for (const plot of wanted) {
      if (!cards.has(plot.key)) {
        const made = card(plot, board);
        made.el.dataset.key = plot.key;
        cards.set(plot.key, made);
        place.append(made.el);
        made.begin();
        sight.observe(made.el);
      } else place.append(cards.get(plot.key).el);
    }
    tools.offer(plots, wanted.map((plot) => plot.key));
    form.update(model.get("learns"));
    drawAll();
  }

  function drop(key, each) {
    sight.unobserve(each.el);
    each.destroy();
    cards.delete(key);
    inSight.delete(key);
  }

  function anew() {
    range = null;
    for (const [key, each] of cards) drop(key, each);
    arrange();
  }

  function drawAll() {
    for (const key of cards.keys()) dirty.add(key);
    tools.update();
    drawSoon();
  }

  function drawSoon() {
    if (drawn) return;
    drawn = true;
    requestAnimationFrame(() => {
      drawn = false;
      if (!alive) return;
      for (const key of [...dirty]) {
        if (!inSight.has(key) || !cards.has(key)) continue;
        cards.get(key).update();
        dirty.delete(key);
      }
    });
  }

  function onMessage(meta, buffers) {
    if (meta.what === "rows") rows[meta.lane].take(meta, buffers[0]);
    else if (meta.what === "heat") takeHeat(heat, meta, buffers);
    else if (meta.what === "offered") return form.offered(meta.names);
    else if (meta.what === "refused") return form.refused(meta.message);
    else if (meta.what === "file") return keep(meta, buffers[0]);
    drawAll();
  }

  const leaveTheme = onThemeChange(() => cards.forEach((each) => each.redraw()));
  const changes = [["msg:custom", onMessage], ["change:plots", anew], ["change:shown", arrange], ["change:learns", arrange],
    ["change:synapse", drawAll], ["change:neuron", drawAll]];
  for (const [event, listener] of changes) model.on(event, listener);
  size.observe(place);
  arrange();
  model.send({ what: "ready" });
  return () => {
    alive = false;
    for (const [event, listener] of changes) model.off(event, listener);
    sight.disconnect();
    size.disconnect();
    leaveTheme();
    cards.forEach((each) => each.destroy());
  };
}

export default { render };
