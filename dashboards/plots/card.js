// Card: one plot with its title, its menu, its lines' names and numbers, and on demand a table of them.

function card(plot, board) {
  const place = element("div", { className: "va-chart", role: "img" });
  const about = element("span", { className: "va-about" });
  const legend = element("div", { className: "va-legend", role: "group", ariaLabel: `lines of ${plot.title}` });
  const table = element("table", { className: "va-numbers", hidden: true });
  const menu = element("details", { className: "va-menu", name: "va-menu" });
  const el = element("section", { className: "va-card-plot", ariaLabel: plot.title },
    element("div", { className: "va-card-head" }, element("h3", {}, plot.title, about), menu), place, legend, table);
  let chart = null, values = [];

  const act = (label, does, pressed) => element("button", {
    type: "button", ...(pressed === undefined ? {} : { ariaPressed: pressed }),
    onclick: ({ target }) => { menu.open = false; does(target); },
  }, label);
  const save = (form) => board.save({
    plot: plot.key, form, hidden: [...chart.hidden], logarithmic: chart.logarithmic, steps: board.zoomed(), dark: isDark(),
  });
  menu.append(element("summary", { ariaLabel: `menu of ${plot.title}`, title: "Save, scale, numbers" }, "⋯"), element("div", {},
    act("Save PNG", () => save("png")), act("Save SVG", () => save("svg")), act("Save CSV", () => save("csv")),
    ...(plot.heat ? [] : [
      act("Logarithmic scale", (button) => { chart.setLogarithmic(!chart.logarithmic); button.ariaPressed = chart.logarithmic; tell(); }, false),
      act("Table of numbers", (button) => { table.hidden = !table.hidden; button.ariaPressed = !table.hidden; tabulate(); }, false),
    ]),
    act("Remove from view", () => board.remove(plot.key))));
  menu.addEventListener("keydown", (event) => event.key === "Escape" && (menu.open = false));

  plot.lines.forEach((line, i) => {
    const swatch = element("i");
    swatch.style.borderTop = `2.5px ${line.dash} ${line.colour}`;
    values.push(element("b", {}, "–"));
    legend.append(element("button", {
      type: "button", ariaPressed: true, title: "Hide or show this line",
      onclick: ({ currentTarget }) => { chart.toggle(line.name, i); currentTarget.ariaPressed = !chart.hidden.has(line.name); },
    }, swatch, line.name, values[i]));
  });
  if (plot.heat) legend.append(element("span", {}, "1 "), rampPicture(board.ramp()), values[0] = element("span", {}));

  function tell(at) { // the numbers at the cursor; without one, where the model stands
    if (!chart) return;
    if (plot.heat) {
      values[0].textContent = chart.told() || ` ${worded(board.heat.most)} synapses (logarithmic)`;
      return;
    }
    const data = chart.data, row = at ?? data[0].findLastIndex((step) => step <= board.now());
    plot.lines.forEach((_, i) => { values[i].textContent = worded(data[i + 1]?.[row]); });
  }

  function tabulate() {
    if (table.hidden) return;
    const cell = (words) => element("td", {}, words);
    const rows = plot.lines.map(({ name }, i) => {
      const known = chart.data[i + 1].filter((v) => v != null), [least, most] = [Math.min(...known), Math.max(...known)];
      const numbers = known.length ? [known.at(-1), least, most].map(worded) : ["–", "–", "–"];
      return element("tr", {}, element("th", { scope: "row" }, name), ...numbers.map(cell));
    });
    const heads = ["line", "latest", "least", "most"].map((words) => element("th", { scope: "col" }, words));
    table.replaceChildren(element("caption", {}, `${plot.title}, ${board.words()}`), element("tr", {}, ...heads), ...rows);
  }

  function update() {
    chart.update();
    about.textContent = plot.about ? ` ${board.chosen(plot.about) || "(none chosen yet)"}` : "";
    tell();
    tabulate();
    const numbers = plot.heat ? chart.words() : plot.lines.map(({ name }, i) => `${name} ${values[i].textContent}`).join(", ");
    place.setAttribute("aria-label", `${plot.title} (${plot.unit}), ${board.words()}; at step ${board.now()}: ${numbers}`);
  }

  return {
    el,
    update,
    begin() { chart = (plot.heat ? heatChart : lineChart)(plot, place, board, tell); update(); },
    resize: () => chart.resize(),
    redraw: () => chart.redraw(),
    destroy() { chart.destroy(); el.remove(); },
  };
}

function rampPicture(ramp) {
  const picture = element("canvas", { className: "va-ramp", width: 256, height: 1 });
  const image = new ImageData(256, 1);
  for (let i = 0; i < 256; i++) image.data.set([ramp[3 * i], ramp[3 * i + 1], ramp[3 * i + 2], 255], 4 * i);
  picture.getContext("2d").putImageData(image, 0, 0);
  return picture;
}
