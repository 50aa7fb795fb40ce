// Download: a button that asks the server for a file when it is pressed, and saves what comes.

function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "va-button";
  const told = document.createElement("span");
  told.setAttribute("role", "status");
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
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([buffers[0]], { type: "application/octet-stream" }));
    link.download = message.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
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
