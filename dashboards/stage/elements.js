// Elements: how buttons are made, numbers are written and bytes are read.

function button(className, text, label, action) {
  return element("button", { className, type: "button", "aria-label": label, title: label, onclick: action }, text);
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
