// Copy: a button that puts a text, or a link to this very page with a query, on the clipboard.

function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "va-button";
  const told = document.createElement("span");
  told.className = "va-copied";
  told.setAttribute("role", "status");
  el.append(button, told);
  const text = () => (model.get("link") ? `${location.origin}${location.pathname}?${model.get("text")}` : model.get("text"));

  async function copied() {
    if (navigator.clipboard) return navigator.clipboard.writeText(text());
    const area = document.createElement("textarea"); // a page without https has no clipboard
    area.value = text();
    el.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("refused");
  }

  button.onclick = async () => {
    try {
      await copied();
      told.textContent = "copied";
    } catch {
      told.textContent = "the browser does not let a page copy; mark the text instead";
    }
  };
  const show = () => {
    button.textContent = model.get("label");
    told.textContent = "";
  };
  model.on("change:text change:label", show);
  show();
  return () => model.off("change:text change:label", show);
}

export default { render };
