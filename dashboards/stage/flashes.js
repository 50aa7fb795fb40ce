// Flashes: where vesicles docked, and released, of late. Each fades by itself, so that quick steps do not flicker.

const FLASHES = 320; // at once; the oldest give way
const FLASH_BYTES = 12; // node, count, kind, released as sent, and when it began
const FLASH_MS = 500;
const MANY = 60, FAINTEST = 0.3; // from so many flashes at once on they are drawn fainter, else nothing else is seen
const HELD = 0.35; // the age at which a flash stands still where motion is not wanted

class Flashes {
  constructor(painter) {
    this.painter = painter;
    this.program = painter.program(FLASH_VERTEX, FLASH_FRAGMENT);
    this.bytes = new Uint8Array(FLASHES * FLASH_BYTES);
    this.next = this.count = 0;
    this.last = -Infinity;
  }

  // bytes: 8 a flash; now: milliseconds; still: only the flashes of this frame are shown
  add(bytes, now, still) {
    if (still) this.clear();
    const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), to = new DataView(this.bytes.buffer);
    for (let i = 0; i + 8 <= bytes.length; i += 8) {
      const at = this.next * FLASH_BYTES;
      to.setUint32(at, from.getUint32(i, true), true);
      to.setUint32(at + 4, from.getUint32(i + 4, true), true);
      to.setFloat32(at + 8, now, true);
      this.next = (this.next + 1) % FLASHES;
      this.count = Math.min(FLASHES, this.count + 1);
      this.last = now;
    }
    this.painter.fill("flashes", this.bytes);
  }

  clear() {
    this.next = this.count = 0;
    this.last = -Infinity;
  }

  alive(now) {
    return now - this.last < FLASH_MS;
  }

  living(now, still) {
    if (still) return this.count;
    const from = new DataView(this.bytes.buffer);
    let living = 0;
    for (let i = 0; i < this.count; i++) living += Number(now - from.getFloat32(i * FLASH_BYTES + 8, true) < FLASH_MS);
    return living;
  }

  paint(view, look, colours, now) {
    if (!this.count || (!look.still && !this.alive(now))) return;
    const { painter, program } = this, { gl } = painter, at = painter.use(program, view);
    gl.uniform1f(at("now"), now);
    gl.uniform1f(at("lasts"), FLASH_MS);
    gl.uniform1f(at("held"), look.still ? HELD : 0);
    gl.uniform1f(at("strength"), Math.max(FAINTEST, Math.min(1, MANY / this.living(now, look.still))));
    gl.uniform3fv(at("colours"), colours);
    gl.uniform1ui(at("hidden"), look.hidden);
    painter.input(program, "flashes", "node", [1, gl.UNSIGNED_INT, FLASH_BYTES, 0], { whole: true });
    painter.input(program, "flashes", "kind", [1, gl.UNSIGNED_BYTE, FLASH_BYTES, 6]);
    painter.input(program, "flashes", "released", [1, gl.UNSIGNED_BYTE, FLASH_BYTES, 7]);
    painter.input(program, "flashes", "born", [1, gl.FLOAT, FLASH_BYTES, 8]);
    gl.drawArrays(gl.POINTS, 0, this.count);
  }
}
