// Shaders: what the graphics card computes. One texel a neuron holds (x, y, radius in pixels); x and y lie within [-1, 1].

const TEXTURE_WIDTH = 1024;
const MOST_KINDS = 32;
const RAMPS = 4;
const SHARED = `#version 300 es
precision highp float; precision highp int;
uniform highp sampler2D neurons; uniform vec2 centre; uniform float scale; uniform vec2 size; uniform float dpr;
vec3 neuron(uint i) { return texelFetch(neurons, ivec2(int(i) % ${TEXTURE_WIDTH}, int(i) / ${TEXTURE_WIDTH}), 0).xyz; }
vec2 pixel(vec2 place) { return (place - centre) * scale; }
vec4 clip(vec2 at) { return vec4(at / (size * 0.5), 0.0, 1.0); }
const vec4 NOWHERE = vec4(2.0, 2.0, 2.0, 1.0);
`;
const DRAWN = `#version 300 es
precision mediump float; out vec4 shown;
`;

// A line from neuron to neuron: width and opacity by strength; below 0 it is dashed.
const EDGE_VERTEX = SHARED + `in uvec2 ends; in float strength; uniform vec2 widths; uniform vec2 opacities;
out float along; out float side; flat out float half_width; flat out float opacity; flat out float dashed;
void main() {
  vec2 a = pixel(neuron(ends.x).xy), b = pixel(neuron(ends.y).xy), way = b - a;
  float far = max(length(way), 0.001), which = float(gl_VertexID & 1), share = min(1.0, abs(strength));
  half_width = 0.5 * mix(widths.x, widths.y, share) + 0.5; opacity = mix(opacities.x, opacities.y, share * share);
  dashed = strength < 0.0 ? 1.0 : 0.0; along = which * far; side = (float(gl_VertexID >> 1) * 2.0 - 1.0) * half_width;
  gl_Position = clip(mix(a, b, which) + vec2(-way.y, way.x) / far * side);
}`;
const EDGE_FRAGMENT = DRAWN + `in highp float along; in float side; flat in float half_width; flat in float opacity; flat in float dashed;
uniform vec3 colour;
void main() {
  if (dashed > 0.5 && fract(along / 9.0) > 0.55) discard;
  shown = vec4(colour, opacity * clamp(half_width - abs(side), 0.0, 1.0));
}`;

const NEURON_VERTEX = SHARED + `in float shade; uniform sampler2D ramp; uniform float row; uniform int selected; uniform int hovered;
out vec3 fill; out float mark; out float edge;
void main() {
  vec3 at = neuron(uint(gl_VertexID)); gl_Position = clip(pixel(at.xy));
  mark = gl_VertexID == selected ? 2.0 : gl_VertexID == hovered ? 1.0 : 0.0;
  float radius = at.z + (mark > 0.0 ? 3.0 : 0.0); gl_PointSize = 2.0 * radius * dpr; edge = 1.4 / radius;
  fill = texture(ramp, vec2(shade * 255.0 / 256.0 + 0.5 / 256.0, row)).rgb;
}`;
const NEURON_FRAGMENT = DRAWN + `in vec3 fill; in float mark; in float edge; uniform vec3 rim; uniform vec3 accent;
void main() {
  float r = length(gl_PointCoord - 0.5) * 2.0; if (r > 1.0) discard;
  float band = edge * (mark > 0.0 ? 2.2 : 1.0);
  shown = vec4(r > 1.0 - band ? (mark > 0.0 ? accent : rim) : fill, smoothstep(1.0, 1.0 - edge * 0.5, r));
}`;

// A vesicle at rest has its own seat in a ring around its neuron; on its way it glides from seat to seat along an arc.
// A group has one seat for each kind, and is as large as its number. Picked, a dot's colour is its row.
const VESICLE_VERTEX = SHARED + `in uint from; in uint to; in vec2 part; in float kind; in float mark;
uniform float time; uniform float trail; uniform float dot_size; uniform bool grouped; uniform bool picked; uniform float larger;
uniform vec3 colours[${MOST_KINDS}]; uniform highp uint hidden;
out vec3 fill; out float rim;
vec2 seat(vec3 home, float m) {
  float angle = m * 6.2831853 * 21.0, far = fract(m * 7.31);
  return pixel(home.xy) + vec2(cos(angle), sin(angle)) * (home.z + dot_size * (0.6 + 2.2 * far));
}
void main() {
  uint k = min(uint(kind * 255.0 + 0.5), ${MOST_KINDS - 1}u); vec3 a = neuron(from), b = neuron(to);
  float own = grouped ? fract(0.137 + float(k) * 0.618034) : mark;
  float late = clamp((time * 1.25 - 0.25 * fract(own * 3.7)), 0.0, 1.0);
  float eased = late * late * (3.0 - 2.0 * late); eased = clamp(eased - trail * 4.0 * late * (1.0 - late), 0.0, 1.0);
  float way = mix(part.x, part.y, eased);
  vec2 p = seat(a, own), q = seat(b, own), along = q - p;
  vec2 at = mix(p, q, way) + vec2(-along.y, along.x) * (0.10 + 0.10 * own) * way * (1.0 - way) * 2.0;
  bool gone = ((hidden >> k) & 1u) == 1u || (trail > 0.0 && (from == to || late <= 0.0 || late >= 1.0));
  gl_Position = gone ? NOWHERE : clip(at);
  gl_PointSize = (grouped ? dot_size * (0.7 + 3.3 * mark) : dot_size) * dpr * (1.0 - trail * 2.5) + larger * dpr;
  uint row = uint(gl_VertexID) + 1u; rim = trail > 0.0 ? 0.0 : 1.0;
  fill = picked ? vec3(row & 255u, (row >> 8) & 255u, (row >> 16) & 255u) / 255.0 : colours[k];
}`;
const VESICLE_FRAGMENT = DRAWN + `in highp vec3 fill; in float rim; uniform float alpha; uniform vec3 ground; uniform float hollow;
void main() {
  float r = length(gl_PointCoord - 0.5) * 2.0; if (r > 1.0 || r < hollow) discard;
  shown = vec4(r > 0.8 && rim > 0.5 && alpha < 1.0 ? mix(fill, ground, 0.3) : fill, alpha);
}`;

// Docking: a ring that widens and fades. Release: beside it a glow behind the neuron.
const FLASH_VERTEX = SHARED + `in uint node; in float kind; in float released; in float born;
uniform float now; uniform float lasts; uniform float held; uniform vec3 colours[${MOST_KINDS}]; uniform highp uint hidden;
out vec3 fill; out float age; out float glow;
void main() {
  uint k = min(uint(kind * 255.0 + 0.5), ${MOST_KINDS - 1}u); vec3 home = neuron(node);
  age = held > 0.0 ? held : (now - born) / lasts; glow = released * 255.0; fill = colours[k];
  bool gone = age < 0.0 || age >= 1.0 || ((hidden >> k) & 1u) == 1u;
  gl_Position = gone ? NOWHERE : clip(pixel(home.xy));
  gl_PointSize = 2.0 * dpr * (home.z + 4.0 + 11.0 * age + float(k % 3u));
}`;
const FLASH_FRAGMENT = DRAWN + `in vec3 fill; in float age; in float glow; uniform float strength;
void main() {
  float r = length(gl_PointCoord - 0.5) * 2.0; if (r > 1.0) discard;
  float ring = smoothstep(0.72, 0.84, r) * 0.95, filled = glow * 0.55 * (1.0 - r * r);
  shown = vec4(fill, max(ring, filled) * (1.0 - age) * strength);
}`;

const HEAT_VERTEX = SHARED + `uniform vec2 half_sides; out vec2 place;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1); place = corner;
  gl_Position = clip(pixel((corner * 2.0 - 1.0) * half_sides));
}`;
const HEAT_FRAGMENT = DRAWN + `in highp vec2 place; uniform sampler2D heat; uniform sampler2D ramp; uniform float row;
void main() {
  float share = texture(heat, place).r;
  shown = vec4(texture(ramp, vec2(share * 255.0 / 256.0 + 0.5 / 256.0, row)).rgb, smoothstep(0.02, 0.45, share) * 0.9);
}`;
