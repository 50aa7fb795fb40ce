// Heat: the histogram of weights over steps. A column a step looked at, a row a bin, a colour a count (by logarithm).

const TALL = 170;

function heatChart(plot, place, board, onCursor) {
  const picture = document.createElement("canvas");
  let u = null;
  const range = () => {
    const { low, width, bins, used } = board.heat;
    return used ? [low + used[0] * width, low + (used[1] + 1) * width] : [low, low + bins * width];
  };

  function paint() {
    const { steps, counts, bins, most } = board.heat, ramp = board.ramp();
    picture.width = Math.max(1, steps.length);
    picture.height = bins;
    const image = new ImageData(picture.width, bins), highest = Math.log1p(most) || 1;
    counts.forEach((column, i) => column.forEach((count, bin) => {
      if (!count) return;
      const at = 4 * ((bins - 1 - bin) * picture.width + i), shade = 3 * Math.round((255 * Math.log1p(count)) / highest);
      image.data.set([ramp[shade], ramp[shade + 1], ramp[shade + 2], 255], at);
    }));
    picture.getContext("2d").putImageData(image, 0, 0);
  }

  function draw() {
    const { steps, low, width, bins, every } = board.heat, { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.imageSmoothingEnabled = false;
    const top = u.valToPos(low + bins * width, "y", true), bottom = u.valToPos(low, "y", true);
    steps.forEach((step, i) => {
      const left = u.valToPos(step, "x", true), right = u.valToPos(step + every, "x", true);
      ctx.drawImage(picture, i, 0, 1, bins, left, top, right - left + 0.5, bottom - top);
    });
    ctx.restore();
    if (board.rewound()) markNow(u, board.now());
  }

  function make() {
    u = new uPlot({
      ...sharedOptions(board, place, TALL),
      scales: { x: { time: false, range: () => board.range() }, y: { range } },
      axes: axesOf(plot.unit),
      series: [{}, { show: true, points: { show: false } }],
      hooks: { setSelect: [zoomOf(board)], draw: [draw], setCursor: [() => onCursor(u?.cursor.idx)] },
    }, [[], []], place);
    u.over.addEventListener("dblclick", () => board.zoom(null));
  }

  function update() {
    paint();
    const { low } = board.heat, { first, last } = board.rows[0];
    u.setData([[first, Math.max(last, first + 1)], [low, low]].map((each) => [...each]));
  }

  function told() { // what is under the cursor
    const { steps, counts, low, width, bins } = board.heat, { left, top } = u.cursor;
    if (left == null || left < 0 || top < 0) return "";
    const step = u.posToVal(left, "x"), bin = Math.floor((u.posToVal(top, "y") - low) / width);
    const at = steps.findLastIndex((each) => each <= step);
    if (at < 0 || bin < 0 || bin >= bins) return "";
    return `step ${steps[at]}, weight ${worded(low + bin * width)} to ${worded(low + (bin + 1) * width)}: ${worded(counts[at][bin])} synapses`;
  }

  make();
  return {
    update,
    told,
    words: () => `weights from ${range().map(worded).join(" to ")}`,
    hidden: new Set(),
    logarithmic: false,
    resize: () => place.clientWidth && u.setSize({ width: place.clientWidth, height: TALL }),
    redraw: () => u.redraw(false, true),
    destroy: () => u.destroy(),
  };
}

function takeHeat(heat, { anew, low, width, every }, buffers) {
  const steps = numbersOf(buffers[0], Float64Array), counts = numbersOf(buffers[1], Uint32Array);
  if (anew) Object.assign(heat, { steps: [], counts: [], most: 0, used: null });
  Object.assign(heat, { low, width, every });
  steps.forEach((step, i) => {
    const column = counts.subarray(i * heat.bins, (i + 1) * heat.bins);
    heat.steps.push(step);
    heat.counts.push(column);
    column.forEach((count, bin) => {
      if (!count) return;
      heat.most = Math.max(heat.most, count);
      heat.used = heat.used ? [Math.min(heat.used[0], bin), Math.max(heat.used[1], bin)] : [bin, bin];
    });
  });
}
