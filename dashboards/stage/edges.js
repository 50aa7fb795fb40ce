// Edges: the lines between neurons, layer by layer; those of a chosen neuron; the paths travelled; one vesicle's path.

const THIN = 0.7, THICK = 3; // pixels

class Edges {
  constructor(painter) {
    this.painter = painter;
    this.program = painter.program(EDGE_VERTEX, EDGE_FRAGMENT);
    this.counts = { lines: 0, own: 0, paths: 0, trail: 0 };
    this.ends = new Uint32Array();
  }

  // ends: [a, b, a, b, …]; strengths: one signed byte a line, or none for all alike
  set(name, ends, strengths) {
    const count = ends.length / 2;
    this.counts[name] = count;
    this.painter.fill(name, ends);
    this.setStrengths(name, strengths?.length === count ? strengths : new Int8Array(count).fill(127));
  }

  setStrengths(name, strengths) {
    if (strengths.length === this.counts[name]) this.painter.fill(`${name} strengths`, strengths);
  }

  paintLayers(view, look, layers) {
    for (const layer of layers) {
      if (!layer.shown || !layer.count) continue;
      const most = Math.min(0.75, Math.max(look.faint, 300 / layer.count));
      this.paint("lines", view, { colour: rgb(layer.colour), opacities: [0.35 * most, most] }, layer);
    }
    const clear = Math.min(0.6, Math.max(0.2, 40 / this.counts.own));
    this.paint("own", view, { colour: look.accent, widths: [1.2, 1.2], opacities: [clear, clear] });
  }

  paintPaths(view, look) {
    const least = Math.min(0.3, Math.max(0.03, 50 / this.counts.paths));
    this.paint("paths", view, { colour: look.warm, widths: [0.6, 6], opacities: [least, 0.9] });
  }

  paintTrail(view, look) {
    this.paint("trail", view, { colour: look.ink, widths: [2.2, 2.2], opacities: [0.8, 0.8] });
  }

  paint(name, view, { colour, widths = [THIN, THICK], opacities }, { first = 0, count = this.counts[name] } = {}) {
    if (!count) return;
    const { painter, program } = this, { gl } = painter, at = painter.use(program, view);
    gl.uniform3f(at("colour"), ...colour);
    gl.uniform2f(at("widths"), ...widths);
    gl.uniform2f(at("opacities"), ...opacities);
    painter.input(program, name, "ends", [2, gl.UNSIGNED_INT, 8, 8 * first], { whole: true, each: true });
    painter.input(program, `${name} strengths`, "strength", [1, gl.BYTE, 1, first], { each: true });
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, count);
  }
}
