// Theme: a button that changes between light and dark, begins with what the browser prefers, and remembers a choice.

const KEY = "vesicle-abm:dark";

function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "va-theme";
  el.append(button);
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => localStorage.getItem(KEY);
  const show = () => {
    const dark = model.get("dark");
    button.textContent = dark ? "Light theme" : "Dark theme";
  };
  const set = (dark) => {
    model.set("dark", dark);
    model.save_changes();
    show();
  };
  const follow = () => set(chosen() === null ? system.matches : chosen() === "true");
  button.onclick = () => {
    localStorage.setItem(KEY, String(!model.get("dark")));
    follow();
  };
  system.addEventListener("change", follow);
  follow();
  return () => system.removeEventListener("change", follow);
}

export default { render };
