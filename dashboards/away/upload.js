// Upload: a field for a file, whose content goes to the server unless it is too large.

function render({ model, el }) {
  const label = document.createElement("label");
  label.className = "va-upload";
  const input = document.createElement("input");
  input.type = "file";
  input.accept = model.get("accept");
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  label.append(document.createElement("span"), input);
  el.append(label, told);
  const show = () => { label.firstChild.textContent = model.get("label"); };
  input.onchange = async () => {
    const [file] = input.files;
    const most = model.get("most");
    if (!file) return;
    told.textContent = "";
    if (file.size > most) {
      told.textContent = `${file.name} has ${Math.ceil(file.size / 1024)} KiB; ${Math.floor(most / 1024)} are allowed here`;
    } else {
      model.send({ what: "file", name: file.name }, {}, [await file.arrayBuffer()]);
    }
    input.value = "";
  };
  show();
}

export default { render };
