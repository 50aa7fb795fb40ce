// Progress: which steps of the lessons were done, kept by the browser from visit to visit.

const KEY = "vesicle-abm:lessons";

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((name) => typeof name === "string") : [];
  } catch {
    return []; // written by somebody else: begin anew
  }
}

function render({ model }) {
  const keep = () => localStorage.setItem(KEY, JSON.stringify(model.get("done")));
  model.set("done", [...new Set([...kept(), ...model.get("done")])]);
  model.save_changes();
  model.on("change:done", keep);
  return () => model.off("change:done", keep);
}

export default { render };
