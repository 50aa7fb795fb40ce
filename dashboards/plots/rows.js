// Rows: the numbers of one lane by column, "step" first, as the server holds them; and what lines are made of them.

const SHARE_AVERAGED = 1 / 25; // of the rows, by a running mean

function numbersOf(bytes, Kind) {
  const start = bytes.byteOffset ?? 0;
  return new Kind((bytes.buffer ?? bytes).slice(start, start + bytes.byteLength));
}

class Rows {
  constructor() {
    this.columns = [[]];
    this.stride = 1;
    this.now = 0;
  }

  take({ anew, width, stride, now }, bytes) {
    if (anew || width !== this.columns.length) this.columns = Array.from({ length: width }, () => []);
    this.stride = stride;
    this.now = now;
    const rows = numbersOf(bytes, Float64Array);
    for (let i = 0; i + width <= rows.length; i += width) this.put(rows.subarray(i, i + width));
  }

  put(row) {
    const steps = this.columns[0];
    let at = steps.length;
    while (at > 0 && steps[at - 1] >= row[0]) at--; // the same step again takes the place of what was there
    for (let j = 0; j < row.length; j++) this.columns[j][at] = row[j];
  }

  get first() { return this.columns[0][0] ?? 0; }
  get last() { return this.columns[0][this.columns[0].length - 1] ?? 0; }

  made({ make, at }) {
    const steps = this.columns[0], column = this.columns[at] ?? [];
    if (make === "rate") return column.map((v, i) => (i ? finite((v - column[i - 1]) / (steps[i] - steps[i - 1])) : null));
    if (make === "mean") return runningMean(column);
    return column.map(finite);
  }
}

function finite(v) {
  return Number.isFinite(v) ? v : null;
}

function runningMean(column) {
  const width = Math.max(1, Math.round(column.length * SHARE_AVERAGED));
  let sum = 0;
  return column.map((v, i) => {
    sum += v - (i >= width ? column[i - width] : 0);
    return finite(sum / Math.min(i + 1, width));
  });
}

function worded(v) {
  if (v == null) return "–";
  if (Number.isInteger(v)) return v.toLocaleString("en");
  return Math.abs(v) < 1e-3 ? v.toExponential(2) : v.toPrecision(3);
}

function ticks(splits) { // of an axis, as short as they can be and still differ
  const step = Math.abs(splits[1] - splits[0]) || 1, most = Math.max(...splits.map(Math.abs));
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return splits.map((v) => {
    if (v == null) return "";
    if (v === 0) return "0";
    if (most < 1e-3 || most >= 1e6) return v.toExponential(Math.max(0, Math.ceil(Math.log10(most / step)) - 1)).replace("e+", "e");
    return v.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  });
}
