// Editor: a text area with numbered lines. Tab indents; Escape, then Tab, leaves the field, for who has the keyboard alone.

const INDENT = "    ", PAUSE = 300; // ms without typing until the text is sent

function render({ model, el }) {
  const frame = document.createElement("div"), gutter = document.createElement("pre"), area = document.createElement("textarea");
  const hint = document.createElement("p");
  frame.className = "va-editor";
  gutter.className = "va-editor-lines";
  gutter.setAttribute("aria-hidden", "true");
  area.className = "va-editor-text";
  Object.assign(area, { spellcheck: false, wrap: "off", autocapitalize: "off", autocomplete: "off" });
  area.setAttribute("aria-label", "your vesicle, in Python");
  hint.className = "va-editor-hint";
  hint.id = `va-editor-hint-${Math.floor(performance.now() * 1000)}`;
  hint.textContent = "Tab indents. To leave the field by the keyboard: Escape, then Tab.";
  area.setAttribute("aria-describedby", hint.id);
  frame.append(gutter, area);
  el.append(frame, hint);
  let leaving = false, timer = 0;

  function number() {
    const wrong = model.get("line"), count = area.value.split("\n").length;
    gutter.replaceChildren(...Array.from({ length: count }, (_, i) => {
      const line = document.createElement("span");
      line.textContent = i + 1 === wrong ? `▶${i + 1}\n` : `${i + 1}\n`;
      line.className = i + 1 === wrong ? "va-editor-wrong" : "";
      return line;
    }));
    area.rows = Math.max(10, count);
    area.setAttribute("aria-invalid", String(wrong > 0));
  }

  function send() {
    clearTimeout(timer);
    if (area.value === model.get("text")) return;
    model.set("text", area.value);
    model.save_changes();
  }

  function show() {
    if (area.value !== model.get("text")) area.value = model.get("text");
    area.readOnly = model.get("locked");
    number();
  }

  // execCommand, so that the browser's undo knows of it
  const insert = (text) => document.execCommand("insertText", false, text);

  area.oninput = () => { number(); clearTimeout(timer); timer = setTimeout(send, PAUSE); };
  area.onblur = () => { leaving = false; send(); };
  area.onscroll = () => { gutter.scrollTop = area.scrollTop; };
  area.onkeydown = (event) => {
    if (event.key === "Escape") { leaving = true; return; }
    if (area.readOnly || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Tab" && !leaving && !event.shiftKey) {
      event.preventDefault();
      insert(INDENT);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const line = area.value.slice(0, area.selectionStart).split("\n").pop();
      insert(`\n${line.match(/^ */)[0]}${line.trimEnd().endsWith(":") ? INDENT : ""}`);
    }
    if (event.key !== "Tab" && event.key !== "Shift") leaving = false;
  };
  model.on("change", show);
  show();
  return () => { clearTimeout(timer); model.off("change", show); };
}

export default { render };
