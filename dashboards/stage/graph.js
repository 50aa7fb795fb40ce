// Graph: the neurons and edges that a canvas holds, and which neuron is where in the view.

const NEAR = 14; // pixels from a neuron at which it is meant

class Graph {
  // changed(still): something is to be drawn anew; still: also what stands still
  constructor(model, drawing, view, look, changed) {
    Object.assign(this, { model, drawing, view, look, changed });
    Object.assign(this, { places: new Float32Array(), counts: new Uint16Array(), names: [], most: 1 });
  }

  setPlaces() {
    this.places = numbersOf(Float32Array, this.model.get("places"));
    this.names = this.model.get("names");
    if (this.counts.length !== this.names.length) this.counts = new Uint16Array(this.names.length);
    this.view.setPlaces(this.places);
    this.view.fit();
    this.setSizes();
    this.changed(true);
  }

  // counts: the vesicles at each neuron; anew: the first of a run
  setCounts(counts, anew) {
    this.counts = counts;
    this.most = counts.reduce((high, count) => Math.max(high, count), anew ? 8 : Math.max(this.most, 8));
    this.setSizes();
  }

  setSizes() {
    const { places, names, counts, most, view } = this;
    if (places.length !== 2 * names.length) return;
    const room = (90 / Math.sqrt(Math.max(1, names.length))) * Math.min(1.5, Math.sqrt(view.width / 700));
    const base = Math.max(1.6, Math.min(9, room)) * Math.sqrt(view.zoom), radii = new Float32Array(names.length);
    for (let i = 0; i < radii.length; i++) radii[i] = base * (0.62 + 1.1 * Math.sqrt((counts[i] || 0) / most));
    this.look.dot = Math.max(3, Math.min(7, base * 0.85));
    this.drawing.painter.setNeurons(places, radii);
    this.changed(false);
  }

  setEdges() {
    this.ends = numbersOf(Uint32Array, this.model.get("edges"));
    this.drawing.edges.set("lines", this.ends, numbersOf(Int8Array, this.model.get("strengths")));
    this.setOwn();
  }

  setStrengths() {
    this.drawing.edges.setStrengths("lines", numbersOf(Int8Array, this.model.get("strengths")));
    this.changed(true);
  }

  // the edges of the chosen neuron
  setOwn() {
    const { ends, look } = this, own = [];
    for (const layer of look.selected >= 0 ? this.model.get("layers") : []) {
      if (!layer.shown) continue;
      for (let e = layer.first; e < layer.first + layer.count; e++) {
        if (ends[2 * e] === look.selected || ends[2 * e + 1] === look.selected) own.push(ends[2 * e], ends[2 * e + 1]);
      }
    }
    this.drawing.edges.set("own", new Uint32Array(own));
    this.changed(true);
  }

  // path: the nodes where the followed vesicle has been
  setTrail(path) {
    if (path.join() === this.trail) return;
    this.trail = path.join();
    this.drawing.edges.set("trail", new Uint32Array(path.slice(1).flatMap((node, i) => [path[i], node])));
    this.changed(true);
  }

  pixelOf(node) {
    return this.view.pixelOf(this.places[2 * node], this.places[2 * node + 1]);
  }

  // the neuron nearest to a pixel, -1 if none is near, and its distance
  nearest(x, y) {
    let best = -1, least = NEAR * NEAR;
    for (let i = 0; i < this.names.length; i++) {
      const [px, py] = this.pixelOf(i), far = (px - x) ** 2 + (py - y) ** 2;
      if (far < least) [best, least] = [i, far];
    }
    return [best, Math.sqrt(least)];
  }

  // the point of the view on the way of a dot: [from, to, share before, share after, …]
  along([from, to, before, after], time) {
    const way = (before + (after - before) * time) / 255;
    return [0, 1].map((side) => this.places[2 * from + side] * (1 - way) + this.places[2 * to + side] * way);
  }
}
