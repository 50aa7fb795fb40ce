// Overlay: what stands over the canvas as ordinary text: the colour scale, the kinds, a neuron's card, zoom buttons.

function element(tag, className, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function shortNumber(value) {
  const size = Math.abs(value);
  if (size >= 1000) return value.toFixed(0);
  if (Number.isInteger(value)) return String(value);
  return size >= 0.001 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}

class Overlay {
  constructor(frame, { zoom, hide }) {
    this.card = element("div", "va-card", "", { role: "status", "aria-live": "polite" });
    this.card.hidden = true;
    this.kinds = element("div", "va-kinds", "", { role: "group", "aria-label": "kinds of vesicles shown" });
    this.scale = element("div", "va-scale");
    this.bar = element("canvas", "va-bar", "", { "aria-hidden": "true" });
    this.bar.width = 256;
    this.bar.height = 1;
    this.title = element("div", "va-scale-title");
    this.ticks = element("div", "va-ticks");
    this.scale.append(this.title, this.bar, this.ticks);
    this.note = element("div", "va-note");
    const buttons = element("div", "va-zoom", "", { role: "group", "aria-label": "zoom" });
    for (const [sign, label, factor] of [["+", "zoom in", 1.3], ["−", "zoom out", 1 / 1.3], ["⤢", "show everything", 0]]) {
      const button = element("button", "", sign, { type: "button", "aria-label": label, title: label });
      button.onclick = () => zoom(factor);
      buttons.append(button);
    }
    frame.append(this.kinds, this.scale, this.note, buttons, this.card);
    this.hide = hide;
    this.counts = [];
  }

  setKinds(kinds) {
    this.kinds.replaceChildren();
    this.counts = kinds.map(({ name, colour }, k) => {
      const button = element("button", "va-kind", "", { type: "button", "aria-pressed": "true", title: `show or hide ${name}` });
      const spot = element("span", "va-spot");
      spot.style.background = colour;
      const count = element("span", "va-count", "0");
      button.append(spot, element("span", "", name), count);
      button.onclick = () => {
        const shown = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(shown));
        this.hide(k, !shown);
      };
      this.kinds.append(button);
      return count;
    });
  }

  setScale(scale, ramps) {
    const key = JSON.stringify(scale);
    if (key === this.scaleKey) return;
    this.scaleKey = key;
    const context = this.bar.getContext("2d"), image = context.createImageData(256, 1);
    for (let i = 0; i < 256; i++) {
      const at = 3 * (256 * scale.ramp + i);
      image.data.set([ramps[at], ramps[at + 1], ramps[at + 2], 255], 4 * i);
    }
    context.putImageData(image, 0, 0);
    this.title.textContent = scale.title + (scale.note ? `, ${scale.note}` : "");
    this.ticks.replaceChildren(...[scale.low, scale.middle, scale.high].map((v) => element("span", "", shortNumber(v))));
  }

  setFrame(meta) {
    meta.alive.forEach((count, k) => { if (this.counts[k]) this.counts[k].textContent = count.toLocaleString("en"); });
    this.note.textContent = `step ${meta.step}` + (meta.stride > 1 ? `, 1 of ${meta.stride} vesicles drawn` : "");
  }

  // beside the pointer, or, for a chosen neuron, in the corner, where it hides least
  showCard(rows, pinned, x, y, width, height) {
    this.card.replaceChildren();
    rows.forEach(([name, value], i) => {
      const row = element("div", i ? "va-row" : "va-row va-name");
      row.append(element("span", "", i ? name : value), element("span", "", i ? value : ""));
      this.card.append(row);
    });
    this.card.hidden = false;
    const box = this.card.getBoundingClientRect();
    if (pinned) {
      Object.assign(this.card.style, { left: `${Math.max(4, width - box.width - 48)}px`, top: "40px" });
      return;
    }
    this.card.style.left = `${Math.max(4, Math.min(x + 14, width - box.width - 6))}px`;
    this.card.style.top = `${Math.max(4, y + 14 + box.height > height ? y - box.height - 10 : y + 14)}px`;
  }

  hideCard() {
    this.card.hidden = true;
  }
}
