// Heat: a soft map below the neurons, a byte a cell.

class Heat {
  constructor(painter) {
    this.painter = painter;
    this.program = painter.program(HEAT_VERTEX, HEAT_FRAGMENT);
    this.map = painter.texture();
    this.half = null;
    const { gl } = painter;
    for (const key of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, key, gl.LINEAR);
  }

  set({ width, height, half }, bytes) {
    const { gl } = this.painter;
    this.half = half;
    gl.bindTexture(gl.TEXTURE_2D, this.map);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, width, height, 0, gl.RED, gl.UNSIGNED_BYTE, bytes);
  }

  paint(view, row) {
    if (!this.half) return;
    const { painter, program } = this, { gl } = painter, at = painter.use(program, view);
    painter.bind(1, painter.ramp, at("ramp"));
    painter.bind(2, this.map, at("heat"));
    gl.uniform1f(at("row"), (row + 0.5) / RAMPS);
    gl.uniform2f(at("half_sides"), ...this.half);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
}
