// Legend: the kinds and the layers, each to be shown or hidden; the colour scales; and a note of what a frame leaves out.

class Legend {
  constructor(head, frame, { hide, showLayer }) {
    this.kinds = element("div", { className: "va-marks", role: "group", "aria-label": "kinds of vesicles shown" });
    this.layers = element("div", { className: "va-marks", role: "group", "aria-label": "layers of edges shown" });
    this.scales = element("div", "va-scales");
    this.note = element("div", "va-note");
    head.append(this.kinds, this.layers);
    frame.append(this.scales, this.note);
    Object.assign(this, { hide, showLayer, counts: [], keys: new Map() });
  }

  setKinds(kinds, hidden) {
    this.counts = [];
    this.kinds.replaceChildren(...kinds.map(({ name, colour }, k) => {
      const spot = element("span", "va-spot"), count = element("span", "va-count", "0");
      spot.style.background = colour;
      this.counts.push(count);
      return this.toggle(name, `show or hide ${name}`, spot, !hidden.includes(k), (shown) => this.hide(k, !shown), count);
    }));
  }

  setLayers(layers, strongest) {
    this.layers.replaceChildren(...layers.map(({ name, colour, count, shown }, i) => {
      const line = element("span", "va-line");
      line.style.background = colour;
      const words = `${count.toLocaleString("en")} lines, the thickest |weight| ${shortNumber(strongest[i] ?? 0)}, dashed where inhibiting`;
      return this.toggle(name, `show or hide ${name}: ${words}`, line, shown, (now) => this.showLayer(i, now));
    }));
  }

  toggle(name, title, sign, shown, act, ...further) {
    const made = element("button", { className: "va-mark", type: "button", title, "aria-pressed": String(shown) });
    made.append(sign, element("span", "", name), ...further);
    made.onclick = () => {
      const now = made.getAttribute("aria-pressed") !== "true";
      made.setAttribute("aria-pressed", String(now));
      act(now);
    };
    return made;
  }

  // scales: {title, note, low, middle, high, and a ramp to colour by or none: widths}
  setScales(scales, ramps) {
    const key = JSON.stringify(scales);
    if (key === this.key) return;
    this.key = key;
    this.scales.replaceChildren(...scales.map((scale) => {
      const box = element("div", "va-scale"), ticks = element("div", "va-ticks");
      ticks.append(...[scale.low, scale.middle, scale.high].map((value) => element("span", "", shortNumber(value))));
      box.append(element("div", "", scale.title + (scale.note ? ` (${scale.note})` : "")), this.bar(scale, ramps), ticks);
      return box;
    }));
  }

  bar({ ramp, wedge }, ramps) {
    if (wedge) return element("div", "va-wedge");
    const bar = element("canvas", { className: "va-bar", "aria-hidden": "true" });
    Object.assign(bar, { width: 256, height: 1 });
    const context = bar.getContext("2d"), image = context.createImageData(256, 1);
    for (let i = 0; i < 256; i++) image.data.set([...ramps.subarray(3 * (256 * ramp + i), 3 * (256 * ramp + i) + 3), 255], 4 * i);
    context.putImageData(image, 0, 0);
    return bar;
  }

  setFrame({ alive, step, grouped, expected, shown }) {
    alive.forEach((count, k) => { if (this.counts[k]) this.counts[k].textContent = count.toLocaleString("en"); });
    const notes = [`step ${step}`];
    if (expected) notes.push("density: expected numbers, no single vesicles");
    if (grouped && shown === "vesicles") notes.push(`a dot is a group, the largest of ${grouped.most.toLocaleString("en")} vesicles`);
    if (grouped?.missing && shown === "vesicles") notes.push(`${grouped.missing.toLocaleString("en")} in groups too small to draw`);
    this.note.textContent = notes.join("; ");
  }
}
