// Download: a button that asks the server for a file when it is pressed, and saves what comes.

function render({ model, el }) {
  const button = element("button", { type: "button", className: "va-button" });
  const told = element("span", { role: "status" });
  el.classList.add("va-download");
  el.append(button, told);
  const show = () => { button.textContent = model.get("label"); };
  button.onclick = () => {
    button.disabled = true;
    told.textContent = "…";
    model.send({ what: "ask" });
  };
  const hear = (message, buffers) => {
    button.disabled = false;
    told.textContent = message.problem ?? "";
    if (!buffers.length) return;
    keep({ name: message.name, type: "application/octet-stream" }, buffers[0]);
  };
  model.on("change:label", show);
  model.on("msg:custom", hear);
  show();
  return () => {
    model.off("change:label", show);
    model.off("msg:custom", hear);
  };
}

export default { render };
