// Fields: numbers, each with a box, a slider where it has a range, its doc, and what is wrong with it.
// A box that is being written in is left alone; what is in it is sent when it is left, or with Enter.

function fieldOf(send) {
  const id = `va-field-${Math.random().toString(36).slice(2)}`;
  const root = element("div", "va-field");
  const label = element("label", { className: "va-label", for: id });
  const box = element("input", { className: "va-box", id, type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: false, "aria-describedby": `${id}-doc` });
  const slider = element("input", { className: "va-slide", type: "range" });
  const doc = element("div", { className: "va-doc", id: `${id}-doc` });
  root.append(label, box, slider, doc);
  let field = null;
  const leave = (text) => { if (text.trim() !== field.text) send(field.key, text); };
  box.onchange = () => leave(box.value);
  slider.oninput = () => { box.value = slider.value; };
  slider.onchange = () => leave(slider.value);

  function show(given) {
    field = given;
    const writing = document.activeElement === box && box.value.trim() !== given.text;
    label.textContent = given.name + (given.allowed ? ` (${given.allowed})` : "");
    if (!writing) box.value = given.text;
    slider.hidden = !given.span;
    if (given.span) {
      Object.assign(slider, { min: given.span[0], max: given.span[1], step: given.span[2] });
      if (document.activeElement !== slider || !Number.isNaN(Number(given.text))) slider.value = given.text;
      slider.setAttribute("aria-label", `slider of ${given.name}`);
    }
    const notes = [given.pending && "changed", given.pending && given.begins && "needs a restart"].filter(Boolean).join(", ");
    doc.textContent = given.wrong || (notes ? `${notes}. ${given.doc}` : given.doc);
    box.setAttribute("aria-invalid", String(Boolean(given.wrong)));
    root.classList.toggle("va-changed", given.pending);
    root.classList.toggle("va-wrong", Boolean(given.wrong));
  }

  return { root, show };
}

function render({ model, el }) {
  const place = element("div", "va-fields");
  el.append(place);
  let shape = "", rows = new Map();
  const send = (key, text) => model.send({ key, text });

  function build(sets) {
    place.replaceChildren();
    rows = new Map();
    for (const { title, marks, fields: own } of sets) {
      const set = element("div", { className: "va-set", ...(title && { role: "group", "aria-label": title }) });
      if (title) {
        const heading = element("h3", "va-group", title);
        heading.insertAdjacentHTML("beforeend", marks); // the server's own, escaped there
        set.append(heading);
      }
      for (const field of own) {
        const row = fieldOf(send);
        rows.set(field.key, row);
        set.append(row.root);
      }
      place.append(set);
    }
  }

  function show() {
    const sets = model.get("sets");
    const now = JSON.stringify(sets.map(({ title, marks, fields: own }) => [title, marks, own.map((field) => field.key)]));
    if (now !== shape) build(sets);
    shape = now;
    for (const { fields: own } of sets) for (const field of own) rows.get(field.key).show(field);
  }

  model.on("change:sets", show);
  show();
  return () => model.off("change:sets", show);
}

export default { render };
