// Vesicles: dots and groups that glide along their ways; the one that is followed; and which one is at a pixel.

const REACH = 6; // pixels from a dot at which it can still be picked

class Vesicles {
  constructor(painter) {
    this.painter = painter;
    this.program = painter.program(VESICLE_VERTEX, VESICLE_FRAGMENT);
    this.count = 0;
    this.wide = this.grouped = false;
    this.colours = new Float32Array(3 * MOST_KINDS);
    this.watched = null;
    this.target = null;
  }

  set(bytes, wide, grouped) {
    this.count = bytes.length / (wide ? 12 : 8);
    Object.assign(this, { wide, grouped });
    this.painter.fill("dots", bytes);
  }

  // way: [from, to, share before, share now, kind, mark], or null
  setWatched(way) {
    this.watched = way;
    if (!way) return;
    const bytes = new DataView(new ArrayBuffer(12));
    way.forEach((number, i) => (i < 2 ? bytes.setUint32(4 * i, number, true) : bytes.setUint8(6 + i, number)));
    this.painter.fill("watched", bytes);
  }

  begin(view, look, time, buffer, wide) {
    const { painter, program } = this, { gl } = painter, at = painter.use(program, view);
    const [type, stride] = wide ? [gl.UNSIGNED_INT, 12] : [gl.UNSIGNED_SHORT, 8], after = stride - 4;
    gl.uniform1f(at("time"), time);
    gl.uniform1f(at("dot_size"), look.dot);
    gl.uniform3fv(at("colours"), this.colours);
    gl.uniform1ui(at("hidden"), look.hidden);
    gl.uniform3f(at("ground"), ...look.ground);
    for (const name of ["trail", "hollow", "larger"]) gl.uniform1f(at(name), 0);
    gl.uniform1f(at("alpha"), 0.95);
    gl.uniform1i(at("grouped"), Number(buffer === "dots" && this.grouped));
    gl.uniform1i(at("picked"), 0);
    painter.input(program, buffer, "from", [1, type, stride, 0], { whole: true });
    painter.input(program, buffer, "to", [1, type, stride, after / 2], { whole: true });
    painter.input(program, buffer, "part", [2, gl.UNSIGNED_BYTE, stride, after]);
    painter.input(program, buffer, "kind", [1, gl.UNSIGNED_BYTE, stride, after + 2]);
    painter.input(program, buffer, "mark", [1, gl.UNSIGNED_BYTE, stride, after + 3]);
    return at;
  }

  paint(view, look, time) {
    if (!this.count) return;
    const { gl } = this.painter, at = this.begin(view, look, time, "dots", this.wide);
    const trails = time < 1 && this.count < 5000 && !this.grouped ? [0.16, 0.08, 0] : [0];
    for (const trail of trails) {
      gl.uniform1f(at("trail"), trail);
      gl.uniform1f(at("alpha"), trail ? 0.32 - trail : this.grouped ? 0.85 : 0.95);
      gl.drawArrays(gl.POINTS, 0, this.count);
    }
  }

  paintWatched(view, look, time) {
    if (!this.watched) return;
    const { gl } = this.painter, at = this.begin(view, { ...look, hidden: 0 }, time, "watched", true);
    gl.drawArrays(gl.POINTS, 0, 1);
    gl.uniform3fv(at("colours"), new Float32Array(3 * MOST_KINDS).map((_, i) => look.ink[i % 3]));
    gl.uniform1f(at("larger"), 10);
    gl.uniform1f(at("hollow"), 0.7);
    gl.uniform1f(at("alpha"), 1);
    gl.drawArrays(gl.POINTS, 0, 1);
  }

  // the row of the dot nearest to a pixel, -1 if none is near: all dots are drawn out of sight, each in its own colour
  pick(view, look, time, x, y) {
    if (!this.count) return -1;
    const { gl, canvas } = this.painter;
    this.target ??= new Target(gl);
    this.target.bind(canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.disable(gl.BLEND);
    const at = this.begin(view, look, time, "dots", this.wide);
    gl.uniform1i(at("picked"), 1);
    gl.uniform1f(at("alpha"), 1);
    gl.drawArrays(gl.POINTS, 0, this.count);
    const reach = Math.round(REACH * view.dpr), side = 2 * reach + 1, seen = new Uint8Array(4 * side * side);
    gl.readPixels(Math.round(x * view.dpr) - reach, canvas.height - Math.round(y * view.dpr) - reach, side, side, gl.RGBA, gl.UNSIGNED_BYTE, seen);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    let best = -1, least = Infinity;
    for (let i = 0; i < side * side; i++) {
      const row = seen[4 * i] + 256 * seen[4 * i + 1] + 65536 * seen[4 * i + 2];
      const far = Math.hypot((i % side) - reach, Math.floor(i / side) - reach);
      if (row && far < least) [best, least] = [row - 1, far];
    }
    return best;
  }
}

// a picture out of sight, as large as the canvas
class Target {
  constructor(gl) {
    Object.assign(this, { gl, frame: gl.createFramebuffer(), store: gl.createRenderbuffer(), width: 0, height: 0 });
  }

  bind(width, height) {
    const { gl } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
    gl.viewport(0, 0, width, height);
    if (width === this.width && height === this.height) return;
    Object.assign(this, { width, height });
    gl.bindRenderbuffer(gl.RENDERBUFFER, this.store);
    gl.renderbufferStorage(gl.RENDERBUFFER, gl.RGBA8, width, height);
    gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.RENDERBUFFER, this.store);
  }
}
