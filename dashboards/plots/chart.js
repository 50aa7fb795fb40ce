// Chart: the lines of one plot by uPlot. It draws the board's range of steps, and marks where the model stands.

const HEIGHT = 150;
const DASHES = { solid: [], dashed: [6, 4], dotted: [2, 3] };
const ink = () => (isDark() ? "#c9ced9" : "#3c4048");
const faint = () => (isDark() ? "#2c313b" : "#e6e8ed");

function axesOf(unit) {
  const axis = { stroke: ink, grid: { stroke: faint, width: 1 }, ticks: { stroke: faint, width: 1 }, font: "11px system-ui, sans-serif" };
  const vertical = { label: unit, labelSize: 16, labelGap: 0, labelFont: "11px system-ui, sans-serif", size: 54, values: (_, splits) => ticks(splits) };
  return [{ ...axis, size: 26 }, { ...axis, ...vertical }];
}

function sharedOptions(board, place, height) {
  return {
    width: place.clientWidth || 300,
    height,
    padding: [6, 10, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: "steps" }, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    select: { show: true, left: 0, top: 0, width: 0, height: 0 },
  };
}

function zoomOf(board) {
  return (u) => {
    const { left, width } = u.select;
    if (width < 5) return;
    const [from, to] = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    board.zoom([Math.floor(from), Math.ceil(to)]);
  };
}

function markNow(u, now) {
  const { left, top, width, height } = u.bbox, x = u.valToPos(now, "x", true);
  if (x < left || x > left + width) return;
  u.ctx.save();
  u.ctx.strokeStyle = ink();
  u.ctx.setLineDash([3, 3]);
  u.ctx.beginPath();
  u.ctx.moveTo(x, top);
  u.ctx.lineTo(x, top + height);
  u.ctx.stroke();
  u.ctx.restore();
}

function reach(low, high, { zero }, logarithmic) { // of the vertical axis, for lines between low and high
  if (low == null) return [0, 1];
  if (logarithmic) return [low / 1.2, high * 1.2];
  const [from, to] = zero ? [Math.min(0, low), Math.max(0, high)] : [low, high];
  if (from === 0 && to === 0) return [0, 1];
  const room = 0.05 * (to - from || Math.abs(to));
  return [zero && low >= 0 ? 0 : from - room, zero && high <= 0 && low < 0 ? 0 : to + room];
}

function lineChart(plot, place, board, onCursor) {
  const hidden = new Set();
  let logarithmic = false, u = null, data = [[]];

  function make() {
    u?.destroy();
    u = new uPlot({
      ...sharedOptions(board, place, HEIGHT),
      scales: { x: { time: false, range: () => board.range() }, y: { range: (_, low, high) => reach(low, high, plot, logarithmic), distr: logarithmic ? 3 : 1 } },
      axes: axesOf(plot.unit),
      series: [{}, ...plot.lines.map(({ name, colour, dash }) => ({
        label: name, stroke: colour, width: dash === "solid" ? 1.6 : 1.3, dash: DASHES[dash], points: { show: false }, show: !hidden.has(name),
      }))],
      hooks: {
        setSelect: [zoomOf(board)],
        setCursor: [() => onCursor(u?.cursor.idx)],
        draw: [() => board.rewound() && markNow(u, board.now())],
      },
    }, data, place);
    u.over.addEventListener("dblclick", () => board.zoom(null));
  }

  function update() {
    const lanes = [...new Set(plot.lines.map((line) => line.lane))];
    const lines = plot.lines.map((line) => board.rows[line.lane].made(line));
    const own = logarithmic ? lines.map((line) => line.map((v) => (v > 0 ? v : null))) : lines;
    if (lanes.length === 1) data = [board.rows[lanes[0]].columns[0], ...own];
    else data = uPlot.join(plot.lines.map((line, i) => [board.rows[line.lane].columns[0], own[i]]), plot.lines.map(() => [1, 1]));
    u.setData(data);
  }

  make();
  return {
    update,
    hidden,
    get data() { return data; },
    get logarithmic() { return logarithmic; },
    setLogarithmic(on) { logarithmic = on; make(); update(); },
    toggle(name, at) { hidden.has(name) ? hidden.delete(name) : hidden.add(name); u.setSeries(at + 1, { show: !hidden.has(name) }); },
    resize: () => place.clientWidth && u.setSize({ width: place.clientWidth, height: HEIGHT }),
    redraw: () => u.redraw(false, true),
    destroy: () => u.destroy(),
  };
}
