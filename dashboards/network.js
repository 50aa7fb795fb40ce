// Network: joins the drawing and the overlay with the server's frames and the reader's mouse, fingers and keys.

function bytesOf(view) {
  return view ? new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength) : new Uint8Array();
}

function numbersOf(Type, view) {
  const bytes = bytesOf(view);
  return new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function render({ model, el }) {
  const frame = element("div", "va-network");
  const canvas = element("canvas", "va-canvas", "", {
    tabindex: "0", role: "application",
    "aria-label": "Network. Arrow keys move, plus and minus zoom, 0 shows everything, N and P choose a neuron, Escape none.",
  });
  frame.append(canvas);
  el.append(frame);
  let drawing;
  try {
    drawing = new Drawing(canvas);
  } catch (error) {
    frame.append(element("p", "va-failed", `The network cannot be drawn: ${error.message}. The charts go on.`, { role: "alert" }));
    model.on("msg:custom", (meta) => { if (meta.what === "frame") model.send({ what: "seen", id: meta.id }); });
    model.send({ what: "ready" });
    return undefined;
  }

  const view = new View();
  const look = { selected: model.get("selected"), hovered: -1, hidden: 0, ramp: 0 };
  let places = new Float32Array(), counts = new Uint16Array(), names = [];
  let began = 0, glide = 0, dirty = true, alive = true, asked = -1, cursor = [0, 0], painted = 0, most = 1;
  const overlay = new Overlay(frame, {
    zoom: (factor) => (factor ? zoomBy(factor, view.width / 2, view.height / 2) : fit()),
    hide: (k, hidden) => { look.hidden = hidden ? look.hidden | (1 << k) : look.hidden & ~(1 << k); dirty = true; },
  });

  function theme() {
    const dark = isDark();
    look.ground = dark ? [0.07, 0.075, 0.09] : [1, 1, 1];
    look.ink = dark ? [0.72, 0.76, 0.85] : [0.25, 0.28, 0.35];
    look.rim = dark ? [0.42, 0.45, 0.52] : [0.35, 0.37, 0.42];
    look.accent = dark ? [1, 0.72, 0.2] : [0.85, 0.3, 0];
    look.faint = dark ? 0.028 : 0.02;
    frame.classList.toggle("va-dark", dark);
    dirty = true;
  }

  function radii() {
    const base = Math.max(1.6, Math.min(9, (90 / Math.sqrt(Math.max(1, names.length))) * Math.min(1.5, Math.sqrt(view.width / 700)))) * Math.sqrt(view.zoom);
    const own = new Float32Array(names.length);
    for (let i = 0; i < own.length; i++) own[i] = base * (0.62 + 1.1 * Math.sqrt((counts[i] || 0) / most));
    look.dot = Math.max(3, Math.min(7, base * 0.85));
    return own;
  }

  function setNeurons() {
    if (places.length !== 2 * names.length) return;
    drawing.setNeurons(places, radii());
    dirty = true;
  }

  function setPlaces() {
    places = numbersOf(Float32Array, model.get("places"));
    names = model.get("names");
    view.setPlaces(places);
    counts = counts.length === names.length ? counts : new Uint16Array(names.length);
    setNeurons();
    fit();
  }

  function setEdges() {
    drawing.fill("ends", numbersOf(Uint32Array, model.get("edges")));
    setOwn();
  }

  function setOwn() {
    const ends = numbersOf(Uint32Array, model.get("edges")), own = [];
    if (look.selected >= 0) {
      for (const layer of model.get("layers")) {
        if (!layer.shown) continue;
        for (let e = layer.first; e < layer.first + layer.count; e++) {
          if (ends[2 * e] === look.selected || ends[2 * e + 1] === look.selected) own.push(ends[2 * e], ends[2 * e + 1]);
        }
      }
    }
    drawing.setOwnEdges(new Uint32Array(own));
    dirty = true;
  }

  function setKinds() {
    const kinds = model.get("kinds");
    kinds.slice(0, 8).forEach(({ colour }, k) => drawing.colours.set(rgb(colour), 3 * k));
    overlay.setKinds(kinds);
    look.hidden = 0;
    dirty = true;
  }

  function setSelected() {
    look.selected = model.get("selected");
    setOwn();
    if (look.selected >= 0) ask(look.selected);
    else if (look.hovered < 0) overlay.hideCard();
  }

  function onMessage(meta, buffers) {
    if (meta.what === "frame") {
      const [shades, amounts, dots] = buffers.map(bytesOf);
      model.send({ what: "seen", id: meta.id });
      if (shades.length !== names.length) return;
      drawing.fill("shades", shades);
      drawing.setDots(dots);
      counts = numbersOf(Uint16Array, amounts);
      most = Math.max(meta.step ? most : 1, 8, ...(counts.length < 5000 ? counts : [8]));
      setNeurons();
      look.ramp = meta.scale.ramp;
      overlay.setScale(meta.scale, bytesOf(model.get("ramps")));
      overlay.setFrame(meta);
      began = performance.now();
      glide = meta.glide;
      const wanted = look.hovered >= 0 ? look.hovered : look.selected;
      if (wanted >= 0 && began - asked > 250) ask(wanted);
    } else if (meta.what === "details") {
      const wanted = look.hovered >= 0 ? look.hovered : look.selected;
      if (meta.node === wanted) overlay.showCard(meta.rows, look.hovered < 0, ...pixelOf(meta.node), view.width, view.height);
    }
  }

  function ask(node) {
    asked = performance.now();
    model.send({ what: "ask", node });
  }

  // View

  function fit() {
    view.fit();
    setNeurons();
  }

  function pixelOf(node) {
    return view.pixelOf(places[2 * node], places[2 * node + 1]);
  }

  function zoomBy(factor, x, y) {
    view.zoomBy(factor, x, y);
    setNeurons();
  }

  function nearest(x, y) {
    let best = -1, least = 14 * 14;
    for (let i = 0; i < names.length; i++) {
      const [px, py] = pixelOf(i), far = (px - x) ** 2 + (py - y) ** 2;
      if (far < least) [best, least] = [i, far];
    }
    return best;
  }

  function select(node) {
    model.set("selected", node);
    model.save_changes();
  }

  function hover(node) {
    if (node === look.hovered) return;
    look.hovered = node;
    dirty = true;
    canvas.style.cursor = node >= 0 ? "pointer" : "grab";
    if (node >= 0) ask(node);
    else if (look.selected >= 0) ask(look.selected);
    else overlay.hideCard();
  }

  // Mouse, fingers, keys

  let drag = null;
  const local = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  canvas.onpointerdown = (event) => {
    drag = { at: local(event), x: view.x, y: view.y, moved: false };
    canvas.setPointerCapture(event.pointerId);
  };
  canvas.onpointermove = (event) => {
    cursor = local(event);
    if (!drag) return hover(nearest(...cursor));
    const [dx, dy] = [cursor[0] - drag.at[0], cursor[1] - drag.at[1]];
    drag.moved ||= Math.hypot(dx, dy) > 4;
    if (drag.moved) Object.assign(view, { x: drag.x - dx / view.scale, y: drag.y + dy / view.scale });
    dirty = true;
    return undefined;
  };
  canvas.onpointerup = () => {
    if (drag && !drag.moved) select(nearest(...drag.at));
    drag = null;
  };
  canvas.onpointerleave = () => hover(-1);
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== canvas) return; // the page scrolls until the canvas is chosen
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY * 0.0015), ...local(event));
  }, { passive: false });
  const keys = {
    ArrowLeft: () => { view.x -= 30 / view.scale; }, ArrowRight: () => { view.x += 30 / view.scale; },
    ArrowUp: () => { view.y += 30 / view.scale; }, ArrowDown: () => { view.y -= 30 / view.scale; },
    "+": () => zoomBy(1.2, view.width / 2, view.height / 2), "-": () => zoomBy(1 / 1.2, view.width / 2, view.height / 2),
    0: fit, n: () => select((look.selected + 1) % names.length),
    p: () => select((look.selected + names.length - (look.selected < 0 ? 0 : 1)) % names.length), Escape: () => select(-1),
  };
  canvas.onkeydown = (event) => {
    const action = event.altKey || event.ctrlKey || event.metaKey ? null : keys[event.key] ?? keys[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
    dirty = true;
  };

  // Painting

  function paint(now) {
    if (!alive) return;
    requestAnimationFrame(paint);
    const time = glide > 0 ? Math.min(1, (now - began) / glide) : 1;
    if (!dirty || document.hidden || !names.length) return;
    dirty = time < 1;
    drawing.paint(view, look, model.get("layers"), time);
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
    "msg:custom": (meta, buffers) => { onMessage(meta, buffers ?? []); if (meta.what === "frame") dirty = true; },
    "change:places": setPlaces, "change:names": setPlaces, "change:edges": setEdges,
    "change:layers": setOwn, "change:kinds": setKinds, "change:selected": setSelected,
  };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  drawing.setRamps(bytesOf(model.get("ramps")));
  theme();
  setKinds();
  setEdges();
  setPlaces();
  requestAnimationFrame(paint);
  model.send({ what: "ready" });
  return () => {
    alive = false;
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
    onResize.disconnect();
    leaveTheme();
    drawing.close();
  };
}

export default { render };
