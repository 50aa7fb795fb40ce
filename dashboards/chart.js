// Chart: lines over steps by uPlot, rows appended as they come, thinned when there are many; its colours follow the theme.

const MOST_POINTS = 4000;

function render({ model, el }) {
  const place = document.createElement("div");
  place.className = "va-chart";
  el.append(place);
  const ink = () => (isDark() ? "#c9ced9" : "#3c4048");
  const faint = () => (isDark() ? "#2c313b" : "#e6e8ed");
  let plot = null, data = [], drawn = false, alive = true;

  function make() {
    plot?.destroy();
    const lines = model.get("lines");
    data = [[], ...lines.map(() => [])];
    const axis = { stroke: ink, grid: { stroke: faint, width: 1 }, ticks: { stroke: faint, width: 1 }, font: "11px system-ui, sans-serif" };
    plot = new uPlot({
      width: place.clientWidth || 300,
      height: model.get("height"),
      padding: [6, 10, 0, 0],
      cursor: { sync: { key: "steps" }, drag: { x: true, y: false } },
      scales: { x: { time: false }, y: { range: (_, low, high) => [Math.min(0, low), (high > low || high > 0 ? high : 1) * 1.05] } },
      legend: { live: true },
      axes: [{ ...axis, size: 30 }, { ...axis, size: 52 }],
      series: [
        { label: "step", value: (_, v) => v ?? "–" },
        ...lines.map(({ name, colour }) => ({
          label: name, stroke: colour, width: 1.6, points: { show: false },
          value: (_, v) => (v == null ? "–" : Number.isInteger(v) ? v : v.toPrecision(3)),
        })),
      ],
    }, data, place);
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", model.get("title"));
  }

  function thin() {
    if (data[0].length > MOST_POINTS) data = data.map((column) => column.filter((_, i) => i % 2 === 0 || i === column.length - 1));
  }

  function onMessage(meta, buffers) {
    if (meta.what !== "rows") return;
    if (meta.anew) data = data.map(() => []);
    const bytes = buffers?.[0];
    if (bytes) {
      const start = bytes.byteOffset ?? 0;
      const rows = new Float64Array((bytes.buffer ?? bytes).slice(start, start + bytes.byteLength)), width = data.length;
      for (let i = 0; i + width <= rows.length; i += width) for (let j = 0; j < width; j++) data[j].push(rows[i + j]);
    }
    thin();
    if (drawn) return;
    drawn = true;
    requestAnimationFrame(() => { drawn = false; if (alive) plot.setData(data); });
  }

  const anew = () => { make(); model.send({ what: "ready" }); };
  const onSize = new ResizeObserver(() => place.clientWidth && plot.setSize({ width: place.clientWidth, height: model.get("height") }));
  const leaveTheme = onThemeChange(() => plot.redraw(false, true));
  model.on("msg:custom", onMessage);
  model.on("change:lines", anew);
  anew();
  onSize.observe(place);
  return () => {
    alive = false;
    model.off("msg:custom", onMessage);
    model.off("change:lines", anew);
    onSize.disconnect();
    leaveTheme();
    plot.destroy();
  };
}

export default { render };
