// Choice: a label and the browser's own list: keys, screen readers and small screens know it.

const PATIENCE_MS = 1500; // until a choice that was not taken is shown as not taken

function render({ model, el }) {
  const place = document.createElement("div");
  place.className = "va-choice";
  const name = document.createElement("label");
  const list = document.createElement("select");
  list.id = name.htmlFor = `va-choice-${Math.random().toString(36).slice(2)}`;
  place.append(name, list);
  el.append(place);

  function fill() {
    name.textContent = model.get("label");
    const words = model.get("words");
    list.replaceChildren(...model.get("values").map((value, i) => new Option(words[i] ?? value, value)));
    show();
  }

  function show() {
    list.value = model.get("value");
    list.disabled = model.get("disabled");
  }

  list.onchange = () => {
    model.set("chosen", [(model.get("chosen")[0] ?? 0) + 1, list.value]);
    model.save_changes();
    setTimeout(show, PATIENCE_MS);
  };
  const listeners = { "change:label": fill, "change:values": fill, "change:words": fill, "change:value": show, "change:disabled": show };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  fill();
  return () => { for (const [event, listener] of Object.entries(listeners)) model.off(event, listener); };
}

export default { render };
