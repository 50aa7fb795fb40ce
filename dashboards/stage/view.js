// View: which part of the network is seen. Places lie within [-1, 1], y upwards; pixels count from the upper left.

const MARGIN = 0.92;
const BELOW = 56; // pixels at the lower edge that are left to the legend
const MOST_ZOOM = 60;
const LEAST_ZOOM = 0.5;

class View {
  constructor() {
    Object.assign(this, { x: 0, y: 0, zoom: 1, scale: 1, width: 1, height: 1, half: [1, 1] });
    this.dpr = Math.min(2, window.devicePixelRatio || 1);
  }

  // half the sides of the box that holds all places
  setPlaces(places) {
    this.half = [0, 1].map((side) => places.reduce((most, v, i) => (i % 2 === side ? Math.max(most, Math.abs(v)) : most), 0.05));
  }

  // whoever saw everything goes on seeing everything
  resize(width, height) {
    Object.assign(this, { width: Math.max(1, width), height: Math.max(1, height) });
    if (this.zoom === 1) this.fit();
    else this.rescale();
  }

  // gives by how many pixels the middle of what is free for the network lies above the middle of all
  rescale() {
    const height = Math.max(this.height - BELOW, this.height / 2);
    this.scale = MARGIN * this.zoom * Math.min(this.width / 2 / this.half[0], height / 2 / this.half[1]);
    return (this.height - height) / 2;
  }

  fit() {
    this.zoom = 1;
    const raised = this.rescale();
    Object.assign(this, { x: 0, y: -raised / this.scale });
  }

  placeOf(x, y) {
    return [(x - this.width / 2) / this.scale + this.x, -(y - this.height / 2) / this.scale + this.y];
  }

  pixelOf(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, -(y - this.y) * this.scale + this.height / 2];
  }

  // closer by a factor; what is at pixel (x, y) stays there
  zoomBy(factor, x, y) {
    const before = this.placeOf(x, y);
    this.zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, this.zoom * factor));
    this.rescale();
    const after = this.placeOf(x, y);
    this.x += before[0] - after[0];
    this.y += before[1] - after[1];
  }
}
