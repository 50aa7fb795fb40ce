// Kept: a visitor's own file, kept by this tab of the browser until it is closed, so that a reload comes back to it.

const KEY = "vesicle-abm:file";

function kept() {
  try {
    const { name, text } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    return [String(name ?? ""), String(text ?? "")];
  } catch {
    return ["", ""]; // written by somebody else
  }
}

function render({ model }) {
  const keep = () => {
    const [name, text] = model.get("file");
    try {
      if (name) sessionStorage.setItem(KEY, JSON.stringify({ name, text }));
    } catch {
      sessionStorage.removeItem(KEY); // too large for this browser: a reload says that the file is not there
    }
  };
  model.set("found", kept());
  model.save_changes();
  model.on("change:file", keep);
  keep();
  return () => model.off("change:file", keep);
}

export default { render };
