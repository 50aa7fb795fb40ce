// Painter: programs, buffers and the table of neurons, which all that is drawn on one canvas shares.

class Painter {
  constructor(canvas) {
    this.gl = canvas.getContext("webgl2", { antialias: false, alpha: false });
    if (!this.gl) throw new Error("this browser offers no WebGL 2");
    this.canvas = canvas;
    this.buffers = new Map();
    this.table = this.texture();
    this.ramp = this.texture();
    this.count = 0;
  }

  texture() {
    const gl = this.gl, made = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, made);
    for (const key of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, key, gl.NEAREST);
    for (const key of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, key, gl.CLAMP_TO_EDGE);
    return made;
  }

  program(vertex, fragment) {
    const gl = this.gl, made = gl.createProgram(), places = new Map(), inputs = new Map();
    for (const [type, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
      gl.attachShader(made, shader);
    }
    gl.linkProgram(made);
    if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made));
    const known = (map, find) => (name) => {
      if (!map.has(name)) map.set(name, find(name));
      return map.get(name);
    };
    return {
      made,
      at: known(places, (name) => gl.getUniformLocation(made, name)),
      input: known(inputs, (name) => gl.getAttribLocation(made, name)),
    };
  }

  setNeurons(places, radii) {
    const gl = this.gl, rows = Math.max(1, Math.ceil(radii.length / TEXTURE_WIDTH));
    const table = new Float32Array(TEXTURE_WIDTH * rows * 4);
    for (let i = 0; i < radii.length; i++) {
      table[4 * i] = places[2 * i];
      table[4 * i + 1] = places[2 * i + 1];
      table[4 * i + 2] = radii[i];
    }
    this.count = radii.length;
    gl.bindTexture(gl.TEXTURE_2D, this.table);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, TEXTURE_WIDTH, rows, 0, gl.RGBA, gl.FLOAT, table);
  }

  setRamps(bytes) {
    const gl = this.gl;
    gl.bindTexture(gl.TEXTURE_2D, this.ramp);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB8, 256, RAMPS, 0, gl.RGB, gl.UNSIGNED_BYTE, bytes);
  }

  fill(name, data) {
    const gl = this.gl;
    if (!this.buffers.has(name)) this.buffers.set(name, gl.createBuffer());
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.get(name));
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
  }

  // begin to draw with a program; gives where its uniforms are
  use(program, view) {
    const gl = this.gl, { at } = program;
    for (let i = 0; i < 8; i++) {
      gl.disableVertexAttribArray(i);
      gl.vertexAttribDivisor(i, 0);
    }
    gl.useProgram(program.made);
    this.bind(0, this.table, at("neurons"));
    gl.uniform2f(at("centre"), view.x, view.y);
    gl.uniform1f(at("scale"), view.scale);
    gl.uniform2f(at("size"), view.width, view.height);
    gl.uniform1f(at("dpr"), view.dpr);
    return at;
  }

  bind(unit, texture, place) {
    const gl = this.gl;
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.uniform1i(place, unit);
  }

  // an input of a program from a buffer; layout: [size, type, stride, offset], whole: as whole numbers, each: one an instance
  input(program, buffer, name, [size, type, stride, offset], { whole = false, each = false } = {}) {
    const gl = this.gl, place = program.input(name);
    if (place < 0) return;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.get(buffer));
    gl.enableVertexAttribArray(place);
    if (whole) gl.vertexAttribIPointer(place, size, type, stride, offset);
    else gl.vertexAttribPointer(place, size, type, true, stride, offset);
    gl.vertexAttribDivisor(place, each ? 1 : 0);
  }

  close() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
