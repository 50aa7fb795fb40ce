// Drawing: edges, neurons and vesicles with WebGL 2. Motion between two steps happens in the vertex shader.
// One texel a neuron holds (x, y, radius in pixels); x and y lie within [-1, 1].

const TEXTURE_WIDTH = 1024;
const SHARED = `#version 300 es
precision highp float; precision highp int;
uniform highp sampler2D neurons; uniform vec2 centre; uniform float scale; uniform vec2 size; uniform float dpr;
vec3 neuron(uint i) { return texelFetch(neurons, ivec2(int(i) % ${TEXTURE_WIDTH}, int(i) / ${TEXTURE_WIDTH}), 0).xyz; }
vec2 pixel(vec2 place) { return (place - centre) * scale; }
vec4 clip(vec2 at) { return vec4(at / (size * 0.5), 0.0, 1.0); }
`;
const EDGE_VERTEX = SHARED + `in uint end; void main() { gl_Position = clip(pixel(neuron(end).xy)); }`;
const EDGE_FRAGMENT = `#version 300 es
precision mediump float; uniform vec4 colour; out vec4 shown; void main() { shown = colour; }`;

const NEURON_VERTEX = SHARED + `in float shade; uniform sampler2D ramp; uniform float row; uniform int selected; uniform int hovered;
out vec3 fill; out float mark; out float edge;
void main() {
  vec3 at = neuron(uint(gl_VertexID)); gl_Position = clip(pixel(at.xy));
  mark = gl_VertexID == selected ? 2.0 : gl_VertexID == hovered ? 1.0 : 0.0;
  float radius = at.z + (mark > 0.0 ? 3.0 : 0.0); gl_PointSize = 2.0 * radius * dpr; edge = 1.4 / radius;
  fill = texture(ramp, vec2(shade * 255.0 / 256.0 + 0.5 / 256.0, row)).rgb;
}`;
const NEURON_FRAGMENT = `#version 300 es
precision mediump float; in vec3 fill; in float mark; in float edge; uniform vec3 rim; uniform vec3 accent; out vec4 shown;
void main() {
  float r = length(gl_PointCoord - 0.5) * 2.0; if (r > 1.0) discard;
  float band = edge * (mark > 0.0 ? 2.2 : 1.0);
  shown = vec4(r > 1.0 - band ? (mark > 0.0 ? accent : rim) : fill, smoothstep(1.0, 1.0 - edge * 0.5, r));
}`;

// A vesicle at rest has its own seat in a ring around its neuron; on its way it glides from seat to seat along an arc.
const VESICLE_VERTEX = SHARED + `in uint from; in uint to; in vec2 part; in float kind; in float mark;
uniform float time; uniform float trail; uniform float dot_size; uniform vec3 colours[8]; uniform int hidden;
out vec3 fill; out float rim;
vec2 seat(vec3 home, float m) {
  float angle = m * 6.2831853 * 21.0, far = fract(m * 7.31);
  return pixel(home.xy) + vec2(cos(angle), sin(angle)) * (home.z + dot_size * (0.6 + 2.2 * far));
}
void main() {
  int k = int(kind * 255.0 + 0.5) % 8; vec3 a = neuron(from), b = neuron(to);
  float late = clamp((time * 1.25 - 0.25 * fract(mark * 3.7)) , 0.0, 1.0);
  float eased = late * late * (3.0 - 2.0 * late); eased = clamp(eased - trail * 4.0 * late * (1.0 - late), 0.0, 1.0);
  float way = mix(part.x, part.y, eased);
  vec2 p = seat(a, mark), q = seat(b, mark), along = q - p;
  vec2 at = mix(p, q, way) + vec2(-along.y, along.x) * (0.10 + 0.10 * mark) * way * (1.0 - way) * 2.0;
  bool gone = ((hidden >> k) & 1) == 1 || (trail > 0.0 && (from == to || late <= 0.0 || late >= 1.0));
  gl_Position = gone ? vec4(2.0, 2.0, 2.0, 1.0) : clip(at);
  gl_PointSize = dot_size * dpr * (1.0 - trail * 2.5); fill = colours[k]; rim = trail > 0.0 ? 0.0 : 1.0;
}`;
const VESICLE_FRAGMENT = `#version 300 es
precision mediump float; in vec3 fill; in float rim; uniform float alpha; uniform vec3 ground; out vec4 shown;
void main() {
  float r = length(gl_PointCoord - 0.5) * 2.0; if (r > 1.0) discard;
  shown = vec4(r > 0.8 && rim > 0.5 ? mix(fill, ground, 0.3) : fill, alpha);
}`;

function program(gl, vertex, fragment) {
  const made = gl.createProgram();
  for (const [type, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made));
  const places = new Map();
  return { made, at: (name) => places.get(name) ?? (places.set(name, gl.getUniformLocation(made, name)), places.get(name)) };
}

function rgb(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255);
}

class Drawing {
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: false });
    if (!gl) throw new Error("this browser offers no WebGL 2");
    this.canvas = canvas;
    this.gl = gl;
    this.edge = program(gl, EDGE_VERTEX, EDGE_FRAGMENT);
    this.neuron = program(gl, NEURON_VERTEX, NEURON_FRAGMENT);
    this.vesicle = program(gl, VESICLE_VERTEX, VESICLE_FRAGMENT);
    for (const name of ["ends", "own", "shades", "dots"]) this[name] = gl.createBuffer();
    this.table = gl.createTexture();
    this.ramp = gl.createTexture();
    this.count = this.dotCount = this.ownCount = 0;
    this.colours = new Float32Array(24);
  }

  setRamps(bytes) {
    const gl = this.gl;
    gl.bindTexture(gl.TEXTURE_2D, this.ramp);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB8, 256, 2, 0, gl.RGB, gl.UNSIGNED_BYTE, bytes);
    for (const key of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, key, gl.NEAREST);
  }

  setNeurons(places, radii) {
    const gl = this.gl, rows = Math.max(1, Math.ceil(radii.length / TEXTURE_WIDTH));
    const table = new Float32Array(TEXTURE_WIDTH * rows * 4);
    for (let i = 0; i < radii.length; i++) table.set([places[2 * i], places[2 * i + 1], radii[i]], 4 * i);
    this.count = radii.length;
    gl.bindTexture(gl.TEXTURE_2D, this.table);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, TEXTURE_WIDTH, rows, 0, gl.RGBA, gl.FLOAT, table);
    for (const key of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, key, gl.NEAREST);
  }

  fill(buffer, data) {
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, this[buffer]);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, data, this.gl.DYNAMIC_DRAW);
  }

  setDots(bytes) {
    this.dotCount = bytes.length / 8;
    this.fill("dots", bytes);
  }

  setOwnEdges(ends) {
    this.ownCount = ends.length;
    this.fill("own", ends);
  }

  // view: {x, y, scale, width, height, dpr}; look: colours and marks; time: 0 … 1 on the way between two steps
  paint(view, look, layers, time) {
    const gl = this.gl;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(...look.ground, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    this.use(this.edge, view);
    this.attribute(this.edge, "ends", "end", 1, gl.UNSIGNED_INT, 0, 0, true);
    for (const layer of layers) {
      if (!layer.shown || !layer.count) continue;
      gl.uniform4f(this.edge.at("colour"), ...look.ink, Math.min(0.3, Math.max(look.faint, 45 / layer.count)));
      gl.drawArrays(gl.LINES, 2 * layer.first, 2 * layer.count);
    }
    if (this.ownCount) {
      this.attribute(this.edge, "own", "end", 1, gl.UNSIGNED_INT, 0, 0, true);
      gl.uniform4f(this.edge.at("colour"), ...look.accent, 0.55);
      gl.drawArrays(gl.LINES, 0, this.ownCount);
    }
    const neurons = this.use(this.neuron, view);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this.ramp);
    gl.uniform1i(neurons("ramp"), 1);
    gl.uniform1f(neurons("row"), look.ramp ? 0.75 : 0.25);
    gl.uniform1i(neurons("selected"), look.selected);
    gl.uniform1i(neurons("hovered"), look.hovered);
    gl.uniform3f(neurons("rim"), ...look.rim);
    gl.uniform3f(neurons("accent"), ...look.accent);
    this.attribute(this.neuron, "shades", "shade", 1, gl.UNSIGNED_BYTE, 0, 0);
    gl.drawArrays(gl.POINTS, 0, this.count);
    if (this.dotCount) this.paintVesicles(view, look, time);
  }

  paintVesicles(view, look, time) {
    const gl = this.gl, at = this.use(this.vesicle, view);
    gl.uniform1f(at("time"), time);
    gl.uniform1f(at("dot_size"), look.dot);
    gl.uniform3fv(at("colours"), this.colours);
    gl.uniform1i(at("hidden"), look.hidden);
    gl.uniform3f(at("ground"), ...look.ground);
    this.attribute(this.vesicle, "dots", "from", 1, gl.UNSIGNED_SHORT, 8, 0, true);
    this.attribute(this.vesicle, "dots", "to", 1, gl.UNSIGNED_SHORT, 8, 2, true);
    this.attribute(this.vesicle, "dots", "part", 2, gl.UNSIGNED_BYTE, 8, 4);
    this.attribute(this.vesicle, "dots", "kind", 1, gl.UNSIGNED_BYTE, 8, 6);
    this.attribute(this.vesicle, "dots", "mark", 1, gl.UNSIGNED_BYTE, 8, 7);
    const trails = time < 1 && this.dotCount < 5000 ? [0.16, 0.08, 0] : [0];
    for (const trail of trails) {
      gl.uniform1f(at("trail"), trail);
      gl.uniform1f(at("alpha"), trail ? 0.32 - trail : 0.95);
      gl.drawArrays(gl.POINTS, 0, this.dotCount);
    }
  }

  use(which, view) {
    const gl = this.gl;
    for (let i = 0; i < 8; i++) gl.disableVertexAttribArray(i);
    gl.useProgram(which.made);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.table);
    gl.uniform1i(which.at("neurons"), 0);
    gl.uniform2f(which.at("centre"), view.x, view.y);
    gl.uniform1f(which.at("scale"), view.scale);
    gl.uniform2f(which.at("size"), view.width, view.height);
    gl.uniform1f(which.at("dpr"), view.dpr);
    return which.at;
  }

  attribute(which, buffer, name, size, type, stride, offset, whole = false) {
    const gl = this.gl, place = gl.getAttribLocation(which.made, name);
    if (place < 0) return;
    gl.bindBuffer(gl.ARRAY_BUFFER, this[buffer]);
    gl.enableVertexAttribArray(place);
    if (whole) gl.vertexAttribIPointer(place, size, type, stride, offset);
    else gl.vertexAttribPointer(place, size, type, true, stride, offset);
  }

  close() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
