// Look: the colours of all that is drawn, on light and on dark, and what is marked.

const HEAT_ON_LIGHT = 2, HEAT_ON_DARK = 3; // rows of the ramps
const ON_LIGHT = {
  ground: [1, 1, 1], ink: [0.08, 0.09, 0.12], rim: [0.35, 0.37, 0.42], accent: [0.85, 0.3, 0], warm: [0.75, 0.25, 0.05],
  faint: 0.04, heatRow: HEAT_ON_LIGHT,
};
const ON_DARK = {
  ground: [0.07, 0.075, 0.09], ink: [0.95, 0.96, 1], rim: [0.42, 0.45, 0.52], accent: [1, 0.72, 0.2], warm: [1, 0.62, 0.25],
  faint: 0.05, heatRow: HEAT_ON_DARK,
};

// selected, hovered: neurons; hidden: a bit for each kind; ramp: the row that colours neurons; still: no motion is wanted
function plainLook() {
  return { ...ON_LIGHT, selected: -1, hovered: -1, hidden: 0, ramp: 0, shown: "vesicles", dot: 3, still: false };
}

function rgb(colour) {
  return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255);
}
