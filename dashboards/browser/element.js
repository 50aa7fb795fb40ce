// Element: a node of the page; and a file handed to the visitor.

// about: its class name, or its properties, attributes and listeners
function element(tag, about = {}, ...children) {
  const made = document.createElement(tag), attributes = typeof about === "string" ? { className: about } : about;
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function keep({ name, type }, bytes) {
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
