// Drawing: all layers of the picture with WebGL 2, from below: what stands still (heat, edges), flashes, neurons, vesicles.
// What stands still is drawn once and copied until it changes.

class Drawing {
  constructor(canvas) {
    const painter = new Painter(canvas);
    this.painter = painter;
    this.neuron = painter.program(NEURON_VERTEX, NEURON_FRAGMENT);
    this.edges = new Edges(painter);
    this.vesicles = new Vesicles(painter);
    this.flashes = new Flashes(painter);
    this.heat = new Heat(painter);
    this.still = new Target(painter.gl);
    this.stale = true;
    this.shaded = 0; // neurons that have a shade
  }

  // view: {x, y, scale, width, height, dpr}; look: colours and marks; time: 0 … 1 on the way between two steps
  paint(view, look, layers, time, now) {
    const { gl, canvas } = this.painter, { width, height } = canvas;
    const seen = [view.x, view.y, view.scale, width, height].join();
    if (this.stale || seen !== this.seen) this.paintStill(view, look, layers);
    Object.assign(this, { seen, stale: false });
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, this.still.frame);
    gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
    gl.clear(gl.COLOR_BUFFER_BIT); // else the browser clears it after the copy
    gl.blitFramebuffer(0, 0, width, height, 0, 0, width, height, gl.COLOR_BUFFER_BIT, gl.NEAREST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, width, height);
    this.blend();
    if (look.shown === "vesicles") this.flashes.paint(view, look, this.vesicles.colours, now);
    this.paintNeurons(view, look);
    if (look.shown === "vesicles") this.vesicles.paint(view, look, time);
    this.vesicles.paintWatched(view, look, time);
  }

  paintStill(view, look, layers) {
    const { gl, canvas } = this.painter;
    this.still.bind(canvas.width, canvas.height);
    gl.clearColor(...look.ground, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    this.blend();
    if (look.shown === "heat") this.heat.paint(view, look.heatRow);
    this.edges.paintLayers(view, { ...look, faint: look.shown === "vesicles" ? look.faint : 0.4 * look.faint }, layers);
    if (look.shown === "paths") this.edges.paintPaths(view, look);
    this.edges.paintTrail(view, look);
  }

  setShades(bytes) {
    this.painter.fill("shades", bytes);
    this.shaded = bytes.length;
  }

  blend() {
    const { gl } = this.painter;
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
  }

  paintNeurons(view, look) {
    if (this.shaded !== this.painter.count) return; // another graph, before its first frame
    const { painter, neuron } = this, { gl } = painter, at = painter.use(neuron, view);
    painter.bind(1, painter.ramp, at("ramp"));
    gl.uniform1f(at("row"), (look.ramp + 0.5) / RAMPS);
    gl.uniform1i(at("selected"), look.selected);
    gl.uniform1i(at("hovered"), look.hovered);
    gl.uniform3f(at("rim"), ...look.rim);
    gl.uniform3f(at("accent"), ...look.accent);
    painter.input(neuron, "shades", "shade", [1, gl.UNSIGNED_BYTE, 0, 0]);
    gl.drawArrays(gl.POINTS, 0, painter.count);
  }
}
