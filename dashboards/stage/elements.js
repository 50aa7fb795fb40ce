// Elements: how parts of the page are made, numbers are written and bytes are read.

function element(tag, className, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function button(className, text, label, action) {
  const made = element("button", className, text, { type: "button", "aria-label": label, title: label });
  made.onclick = action;
  return made;
}

function shortNumber(value) {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  if (Number.isInteger(value)) return String(value);
  return size >= 0.001 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}

function bytesOf(view) {
  return view ? new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength) : new Uint8Array();
}

function numbersOf(Type, view) {
  const bytes = bytesOf(view);
  return new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
