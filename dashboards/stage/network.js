// Network: joins the drawing, the legend and the cards with the server's frames and the reader's hands.

const SEEN_EVERY = 2; // frames that one acknowledgement covers: to take one costs the server more than to make a frame
const ASK_MS = 250; // a neuron's numbers are asked for at most so often
const TELL_MS = 200; // words over the canvas change at most so often: to draw them costs as much as a frame
const INSIDE = 5; // pixels around a neuron's middle where a click means it, and no vesicle
const GUIDE = "Network. Arrow keys move, plus and minus zoom, 0 shows everything, N and P choose a neuron, V follows a vesicle there, Escape lets go.";

function render({ model, el }) {
  const stage = element("div", "va-network"), head = element("div", "va-stage-head"), frame = element("div", "va-frame");
  const canvas = element("canvas", { className: "va-canvas", tabindex: "0", role: "application", "aria-label": GUIDE });
  frame.append(canvas);
  stage.append(head, frame);
  el.append(stage);
  let drawing;
  try {
    drawing = new Drawing(canvas);
  } catch (error) {
    return renderWords(model, frame, error);
  }

  const view = new View(), look = plainLook(), { painter, edges, vesicles, flashes, heat } = drawing;
  const quiet = window.matchMedia("(prefers-reduced-motion: reduce)");
  let last = null, began = 0, glide = 0, dirty = true, alive = true, asked = 0, told = 0, painted = 0, unseen = 0, seen = 0, untold = false, following = false;
  const graph = new Graph(model, drawing, view, look, redraw);
  const legend = new Legend(head, frame, {
    hide: (k, hidden) => set("hidden", model.get("hidden").filter((other) => other !== k).concat(hidden ? [k] : [])),
    showLayer: (i, shown) => set("layers", model.get("layers").map((layer, at) => (at === i ? { ...layer, shown } : layer))),
  });
  const finder = new Finder(head, select);
  const cards = new Cards(frame, { dismiss: () => select(-1), followHere, unfollow });
  const zoom = element("div", { className: "va-zoom", role: "group", "aria-label": "zoom" });
  zoom.append(button("", "+", "zoom in", () => zoomBy(1.3)), button("", "−", "zoom out", () => zoomBy(1 / 1.3)), button("", "⤢", "show everything", fit));
  frame.append(zoom);

  function set(name, value) {
    model.set(name, value);
    model.save_changes();
  }

  function redraw(still) {
    dirty = true;
    drawing.stale ||= still;
  }

  // What the server says

  const changes = {
    places() {
      finder.setNames(model.get("names"));
      graph.setPlaces();
    },
    edges: () => graph.setEdges(),
    strengths: () => graph.setStrengths(),
    strongest: () => legend.setLayers(model.get("layers"), model.get("strongest")),
    layers() {
      changes.strongest();
      graph.setOwn();
    },
    kinds() {
      const kinds = model.get("kinds");
      kinds.forEach(({ colour }, k) => vesicles.colours.set(rgb(colour), 3 * k));
      legend.setKinds(kinds, model.get("hidden"));
      if (last) legend.setFrame(last);
      changes.hidden();
    },
    hidden() {
      look.hidden = model.get("hidden").reduce((mask, k) => mask | (1 << k), 0) >>> 0;
      redraw(false);
    },
    selected() {
      look.selected = model.get("selected");
      graph.setOwn();
      finder.show(look.selected);
      if (look.selected >= 0) ask(look.selected);
      else cards.hideNeuron();
    },
  };

  function onFrame(meta, [shades, amounts, dots, docked, overlay, shares]) {
    unseen = meta.id;
    if (document.hidden || shades.byteLength !== graph.names.length) tellSeen();
    if (shades.byteLength !== graph.names.length) return;
    drawing.setShades(bytesOf(shades));
    graph.setCounts(numbersOf(Uint16Array, amounts), !meta.step);
    vesicles.set(bytesOf(dots), meta.wide, Boolean(meta.grouped));
    began = performance.now();
    Object.assign(look, { ramp: meta.scale.ramp, still: quiet.matches });
    glide = look.still ? 0 : meta.glide;
    flashes.add(bytesOf(docked), began, look.still);
    if (meta.shown === "paths") edges.set("paths", numbersOf(Uint32Array, overlay), numbersOf(Int8Array, shares));
    if (meta.shown === "heat") heat.set(meta.overlay, bytesOf(overlay));
    redraw(Boolean(meta.overlay) || meta.shown !== look.shown);
    look.shown = meta.shown;
    [last, untold] = [meta, true];
    vesicles.setWatched(meta.followed?.way ?? null);
    following = Boolean(meta.followed?.way);
    graph.setTrail(meta.followed?.path ?? []);
    const wanted = look.hovered >= 0 ? look.hovered : look.selected;
    if (wanted >= 0 && began - asked > ASK_MS) ask(wanted);
  }

  // a frame counts as seen once it was painted, so that the server sends no more than can be
  function tellSeen() {
    if (unseen < seen + SEEN_EVERY) return;
    model.send({ what: "seen", id: unseen });
    seen = unseen;
  }

  function showScales() {
    const { scale, overlay, shown } = last;
    const further = overlay ? [{ ...overlay, wedge: shown === "paths", ramp: look.heatRow }] : [];
    legend.setScales([scale, ...further], bytesOf(model.get("ramps")));
  }

  function showWords(now) {
    [told, untold] = [now, false];
    legend.setFrame(last);
    showScales();
    cards.showVesicle(last.followed);
  }

  function onDetails({ node, rows }) {
    if (node === look.selected) cards.showNeuron(rows);
    else if (node === look.hovered) cards.showTip(rows, ...graph.pixelOf(node), view.width, view.height);
  }

  function onMessage(meta, buffers) {
    if (meta.what === "frame") onFrame(meta, buffers);
    else if (meta.what === "details") onDetails(meta);
    else if (meta.what === "told") cards.tell(meta.text);
  }

  function ask(node) {
    asked = performance.now();
    model.send({ what: "ask", node });
  }

  // What the reader does

  function fit() {
    view.fit();
    graph.setSizes();
  }

  function zoomBy(factor, x = view.width / 2, y = view.height / 2) {
    view.zoomBy(factor, x, y);
    graph.setSizes();
  }

  function select(node) {
    if (node !== model.get("selected")) set("selected", node);
  }

  function next(by) {
    const count = graph.names.length, before = look.selected < 0 && by < 0 ? 0 : look.selected;
    select((before + by + count) % count);
  }

  function click(x, y) {
    const [node, far] = graph.nearest(x, y), inside = node >= 0 && far < INSIDE * Math.sqrt(view.zoom);
    const row = inside || look.shown !== "vesicles" ? -1 : vesicles.pick(view, look, timeAt(performance.now()), x, y);
    redraw(false);
    if (row >= 0) model.send({ what: "pick", frame: last.id, row });
    else select(node);
  }

  function hover(x, y) {
    const [node] = graph.nearest(x, y);
    if (node === look.hovered) return;
    look.hovered = node;
    redraw(false);
    canvas.style.cursor = node >= 0 ? "pointer" : "grab";
    if (node >= 0 && node !== look.selected) ask(node);
    else cards.hideTip();
  }

  function followHere() {
    if (look.selected >= 0) model.send({ what: "follow", node: look.selected });
    else cards.tell("Choose a neuron first.");
  }

  function unfollow() {
    model.send({ what: "unfollow" });
  }

  function leave() {
    if (last?.followed) unfollow();
    else select(-1);
  }

  function moved(far) {
    following &&= !far;
    redraw(false);
  }

  // Painting

  function timeAt(now) {
    return glide > 0 ? Math.min(1, (now - began) / glide) : 1;
  }

  function paint(now) {
    if (!alive) return;
    requestAnimationFrame(paint);
    if (untold && now - told > TELL_MS) showWords(now);
    if (!dirty || document.hidden || !graph.names.length) return;
    const time = timeAt(now);
    dirty = time < 1 || (!look.still && flashes.alive(now));
    if (following) {
      const [x, y] = graph.along(vesicles.watched, time);
      Object.assign(view, { x: x + cards.covered() / 2 / view.scale, y });
    }
    drawing.paint(view, look, model.get("layers"), time, now);
    painted += 1;
    canvas.dataset.painted = painted;
    tellSeen();
  }

  function resize() {
    view.resize(canvas.clientWidth, canvas.clientHeight);
    canvas.width = Math.round(view.width * view.dpr);
    canvas.height = Math.round(view.height * view.dpr);
    graph.setSizes();
  }

  function theme() {
    const dark = isDark();
    Object.assign(look, dark ? ON_DARK : ON_LIGHT);
    stage.classList.toggle("va-dark", dark);
    if (last) showScales();
    redraw(true);
  }

  listen(canvas, view, { moved, zoomBy, fit, hover, click, next, followHere, leave });
  const onResize = new ResizeObserver(resize);
  onResize.observe(canvas);
  const leaveTheme = onThemeChange(theme);
  const listeners = [["msg:custom", onMessage], ...Object.keys(changes).map((name) => [`change:${name}`, changes[name]]), ["change:names", changes.places]];
  for (const [event, listener] of listeners) model.on(event, listener);
  painter.setRamps(bytesOf(model.get("ramps")));
  theme();
  for (const name of ["kinds", "edges", "layers", "places", "selected"]) changes[name]();
  requestAnimationFrame(paint);
  model.send({ what: "ready" });
  return () => {
    alive = false;
    for (const [event, listener] of listeners) model.off(event, listener);
    onResize.disconnect();
    leaveTheme();
    painter.close();
  };
}

// where nothing can be drawn: words, and frames that count as seen, so that the model goes on
function renderWords(model, frame, error) {
  frame.append(element("p", { className: "va-failed", role: "alert" }, `The network cannot be drawn: ${error.message}. The charts go on.`));
  const seen = (meta) => { if (meta.what === "frame") model.send({ what: "seen", id: meta.id }); };
  model.on("msg:custom", seen);
  model.send({ what: "ready" });
  return () => model.off("msg:custom", seen);
}

export default { render };
