// Network: joins the drawing, the legend and the cards with the server's frames and the reader's hands.

const ASK_MS = 250; // a neuron's numbers are asked for at most so often
const HEAT_ON_LIGHT = 2, HEAT_ON_DARK = 3; // rows of the ramps

function render({ model, el }) {
  const stage = element("div", "va-network"), head = element("div", "va-stage-head"), frame = element("div", "va-frame");
  const canvas = element("canvas", "va-canvas", "", {
    tabindex: "0", role: "application",
    "aria-label": "Network. Arrow keys move, plus and minus zoom, 0 shows everything, N and P choose a neuron, V follows a vesicle there, Escape lets go.",
  });
  frame.append(canvas);
  stage.append(head, frame);
  el.append(stage);
  let drawing;
  try {
    drawing = new Drawing(canvas);
  } catch (error) {
    frame.append(element("p", "va-failed", `The network cannot be drawn: ${error.message}. The charts go on.`, { role: "alert" }));
    model.on("msg:custom", (meta) => { if (meta.what === "frame") model.send({ what: "seen", id: meta.id }); });
    model.send({ what: "ready" });
    return undefined;
  }

  const { painter, edges, vesicles, flashes, heat } = drawing, view = new View();
  const quiet = window.matchMedia("(prefers-reduced-motion: reduce)");
  const look = { selected: -1, hovered: -1, hidden: 0, ramp: 0, shown: "vesicles", still: quiet.matches };
  let places = new Float32Array(), counts = new Uint16Array(), names = [], last = null;
  let began = 0, glide = 0, dirty = true, alive = true, asked = 0, painted = 0, most = 1, following = false, trail = "";
  const legend = new Legend(head, frame, {
    hide: (k, hidden) => set("hidden", model.get("hidden").filter((other) => other !== k).concat(hidden ? [k] : [])),
    showLayer: (i, shown) => set("layers", model.get("layers").map((layer, at) => (at === i ? { ...layer, shown } : layer))),
  });
  const finder = new Finder(head, select);
  const cards = new Cards(frame, { dismiss: () => select(-1), followHere, unfollow });
  const zoom = element("div", "va-zoom", "", { role: "group", "aria-label": "zoom" });
  zoom.append(button("", "+", "zoom in", () => zoomBy(1.3)), button("", "−", "zoom out", () => zoomBy(1 / 1.3)), button("", "⤢", "show everything", fit));
  frame.append(zoom);

  function set(name, value) {
    model.set(name, value);
    model.save_changes();
  }

  function redraw(still = false) {
    dirty = true;
    drawing.stale ||= still;
  }

  function theme() {
    const dark = isDark();
    look.ground = dark ? [0.07, 0.075, 0.09] : [1, 1, 1];
    look.rim = dark ? [0.42, 0.45, 0.52] : [0.35, 0.37, 0.42];
    look.ink = dark ? [0.95, 0.96, 1] : [0.08, 0.09, 0.12];
    look.accent = dark ? [1, 0.72, 0.2] : [0.85, 0.3, 0];
    look.warm = dark ? [1, 0.62, 0.25] : [0.75, 0.25, 0.05];
    look.faint = dark ? 0.05 : 0.04;
    look.heatRow = dark ? HEAT_ON_DARK : HEAT_ON_LIGHT;
    stage.classList.toggle("va-dark", dark);
    if (last) showScales();
    redraw(true);
  }

  // What the server says

  function setNeurons() {
    if (places.length !== 2 * names.length) return;
    const base = Math.max(1.6, Math.min(9, (90 / Math.sqrt(Math.max(1, names.length))) * Math.min(1.5, Math.sqrt(view.width / 700)))) * Math.sqrt(view.zoom);
    const radii = new Float32Array(names.length);
    for (let i = 0; i < radii.length; i++) radii[i] = base * (0.62 + 1.1 * Math.sqrt((counts[i] || 0) / most));
    look.dot = Math.max(3, Math.min(7, base * 0.85));
    painter.setNeurons(places, radii);
    dirty = true;
  }

  function setPlaces() {
    places = numbersOf(Float32Array, model.get("places"));
    names = model.get("names");
    finder.setNames(names);
    view.setPlaces(places);
    if (counts.length !== names.length) counts = new Uint16Array(names.length);
    fit();
    redraw(true);
  }

  function setEdges() {
    edges.set("lines", numbersOf(Uint32Array, model.get("edges")), numbersOf(Int8Array, model.get("strengths")));
    setOwn();
  }

  function setStrengths() {
    edges.setStrengths("lines", numbersOf(Int8Array, model.get("strengths")));
    setLayers();
  }

  function setLayers() {
    legend.setLayers(model.get("layers"), model.get("strongest"));
    setOwn();
  }

  function setOwn() {
    const ends = numbersOf(Uint32Array, model.get("edges")), own = [];
    for (const layer of look.selected >= 0 ? model.get("layers") : []) {
      if (!layer.shown) continue;
      for (let e = layer.first; e < layer.first + layer.count; e++) {
        if (ends[2 * e] === look.selected || ends[2 * e + 1] === look.selected) own.push(ends[2 * e], ends[2 * e + 1]);
      }
    }
    edges.set("own", new Uint32Array(own));
    redraw(true);
  }

  function setKinds() {
    const kinds = model.get("kinds"), hidden = model.get("hidden");
    kinds.forEach(({ colour }, k) => vesicles.colours.set(rgb(colour), 3 * k));
    legend.setKinds(kinds, hidden);
    if (last) legend.setFrame(last);
    setHidden();
  }

  function setHidden() {
    look.hidden = model.get("hidden").reduce((mask, k) => mask | (1 << k), 0) >>> 0;
    dirty = true;
  }

  function setSelected() {
    look.selected = model.get("selected");
    setOwn();
    finder.show(look.selected);
    if (look.selected >= 0) ask(look.selected);
    else cards.hideNeuron();
  }

  function onFrame(meta, [shades, amounts, dots, docked, ends, shares]) {
    model.send({ what: "seen", id: meta.id });
    if (shades.byteLength !== names.length) return;
    painter.fill("shades", bytesOf(shades));
    vesicles.set(bytesOf(dots), meta.wide, Boolean(meta.grouped));
    counts = numbersOf(Uint16Array, amounts);
    most = counts.reduce((high, count) => Math.max(high, count), meta.step ? Math.max(most, 8) : 8);
    setNeurons();
    Object.assign(look, { ramp: meta.scale.ramp, still: quiet.matches });
    began = performance.now();
    glide = look.still ? 0 : meta.glide;
    flashes.add(bytesOf(docked), began, look.still);
    if (meta.shown === "paths") edges.set("paths", numbersOf(Uint32Array, ends), numbersOf(Int8Array, shares));
    if (meta.shown === "heat") heat.set(meta.overlay, bytesOf(ends));
    if (meta.shown !== look.shown || meta.overlay) redraw(true);
    look.shown = meta.shown;
    last = meta;
    legend.setFrame(meta);
    showScales();
    showFollowed(meta.followed);
    const wanted = look.hovered >= 0 ? look.hovered : look.selected;
    if (wanted >= 0 && began - asked > ASK_MS) ask(wanted);
    dirty = true;
  }

  function showScales() {
    const { scale, overlay, shown } = last;
    const further = overlay ? [{ ...overlay, half: 0, wedge: shown === "paths", ramp: look.heatRow }] : [];
    legend.setScales([scale, ...further], bytesOf(model.get("ramps")));
  }

  function showFollowed(followed) {
    cards.showVesicle(followed);
    vesicles.setWatched(followed?.way ?? null);
    following = Boolean(followed?.way);
    const path = followed?.path ?? [];
    if (path.join() === trail) return;
    trail = path.join();
    edges.set("trail", new Uint32Array(path.slice(1).flatMap((node, i) => [path[i], node])));
    redraw(true);
  }

  function onDetails({ node, rows }) {
    if (node === look.selected) cards.showNeuron(rows);
    else if (node === look.hovered) cards.showTip(rows, ...pixelOf(node), view.width, view.height);
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
    setNeurons();
  }

  function pixelOf(node) {
    return view.pixelOf(places[2 * node], places[2 * node + 1]);
  }

  function zoomBy(factor, x = view.width / 2, y = view.height / 2) {
    view.zoomBy(factor, x, y);
    setNeurons();
  }

  function nearest(x, y) {
    let best = -1, least = NEAR * NEAR;
    for (let i = 0; i < names.length; i++) {
      const [px, py] = pixelOf(i), far = (px - x) ** 2 + (py - y) ** 2;
      if (far < least) [best, least] = [i, far];
    }
    return [best, Math.sqrt(least)];
  }

  function select(node) {
    if (node !== model.get("selected")) set("selected", node);
  }

  function click(x, y) {
    const [node, far] = nearest(x, y), inside = node >= 0 && far < 5 * Math.sqrt(view.zoom);
    const row = inside || look.shown !== "vesicles" ? -1 : vesicles.pick(view, look, timeOf(performance.now()), x, y);
    dirty = true;
    if (row >= 0) model.send({ what: "pick", frame: last.id, row });
    else select(node);
  }

  function hover(x, y) {
    const [node] = nearest(x, y);
    if (node === look.hovered) return;
    look.hovered = node;
    dirty = true;
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

  listen(canvas, view, {
    changed: (moved) => { following &&= !moved; dirty = true; }, zoomed: zoomBy, fit, hover, click, followHere, leave,
    next: (by) => select((look.selected + by + names.length + (look.selected < 0 && by < 0 ? 1 : 0)) % names.length),
  });

  // Painting

  function timeOf(now) {
    return glide > 0 ? Math.min(1, (now - began) / glide) : 1;
  }

  function centreOnFollowed(time) {
    const [from, to, before, after] = vesicles.watched, way = (before + (after - before) * time) / 255;
    [view.x, view.y] = [0, 1].map((side) => places[2 * from + side] * (1 - way) + places[2 * to + side] * way);
    view.x += cards.covered() / 2 / view.scale;
  }

  function paint(now) {
    if (!alive) return;
    requestAnimationFrame(paint);
    if (!dirty || document.hidden || !names.length) return;
    const time = timeOf(now);
    dirty = time < 1 || (!look.still && flashes.alive(now));
    if (following) centreOnFollowed(time);
    drawing.paint(view, look, model.get("layers"), time, now);
    painted += 1;
    canvas.dataset.painted = painted;
  }
  const onResize = new ResizeObserver(() => {
    view.width = Math.max(1, canvas.clientWidth);
    view.height = Math.max(1, canvas.clientHeight);
    canvas.width = Math.round(view.width * view.dpr);
    canvas.height = Math.round(view.height * view.dpr);
    if (view.zoom === 1) return fit();
    view.rescale();
    return setNeurons();
  });
  onResize.observe(canvas);
  const leaveTheme = onThemeChange(theme);

  const listeners = {
    "msg:custom": onMessage, "change:places": setPlaces, "change:names": setPlaces, "change:edges": setEdges,
    "change:strengths": setStrengths, "change:layers": setLayers, "change:kinds": setKinds, "change:hidden": setHidden,
    "change:selected": setSelected,
  };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  painter.setRamps(bytesOf(model.get("ramps")));
  theme();
  setKinds();
  setEdges();
  setLayers();
  setPlaces();
  setSelected();
  requestAnimationFrame(paint);
  model.send({ what: "ready" });
  return () => {
    alive = false;
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
    onResize.disconnect();
    leaveTheme();
    painter.close();
  };
}

export default { render };
