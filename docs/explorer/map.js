/** The map of existence: alpha for every mean and variance, where there is a SELU. */
import { draw } from "./chart.js";
import { fixedPoint } from "./moments.js";
import { rounded, SLIDERS } from "./settings.js";
import { netInput } from "./weights.js";

/** Cells of the coarse picture, which is painted within a frame. */
const COLUMNS = 60;
const ROWS = 42;

/** How many times as many the fine picture has, in each direction. */
const FINENESS = 4;

/** Alphas from 0.1 to 10 have these colours, in equal steps of their logarithm. */
const COLOURS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
];

const X = { ...SLIDERS.mean, label: "mean" };
const Y = { ...SLIDERS.variance, label: "variance" };

/** Return mean and variance at a place of the map, from 0 to 1 to the right and upwards. */
function target(right, up) {
  return [X.min + right * (X.max - X.min), Y.min * (Y.max / Y.min) ** up];
}

function colour(alpha) {
  const place = Math.min(Math.max((Math.log10(alpha) + 1) / 2, 0), 1) * (COLOURS.length - 1);
  const below = Math.min(Math.floor(place), COLOURS.length - 2);
  return COLOURS[below].map((c, i) => c + (place - below) * (COLOURS[below + 1][i] - c));
}

/**
 * Paint alpha, for a weight model; where there is none the background is seen. Pauses after each row,
 * and returns true when all is painted.
 */
export function* painting(canvas, weights, fine) {
  const [columns, rows] = [COLUMNS, ROWS].map((count) => count * (fine ? FINENESS : 1));
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [mean, variance] = target((column + 0.5) / columns, 1 - (row + 0.5) / rows);
      const { exists, alpha } = fixedPoint(...netInput(mean, variance, weights), mean, variance);
      if (exists) image.data.set([...colour(alpha), 255], 4 * (row * columns + column));
    }
    yield;
  }
  Object.assign(canvas, { width: columns, height: rows });
  context.putImageData(image, 0, 0);
  return true;
}

/** Draw the axes and the target over the picture, and put the picture in its place. */
export function mark(svg, canvas, mean, variance) {
  const description = `Mean ${mean} and variance ${variance} on the map`;
  const chart = { x: X, y: Y, mark: [mean, variance], height: 300, description };
  Object.assign(canvas.style, draw(svg, chart));
}

/** Call `choose(mean, variance)` for clicks, drags and arrow keys on the map. */
export function listen(element, current, choose) {
  const fromPointer = (event) => {
    const box = element.querySelector(".frame").getBoundingClientRect();
    const part = (value) => Math.min(Math.max(value, 0), 1);
    const [mean, variance] = target(
      part((event.clientX - box.left) / box.width),
      part((box.bottom - event.clientY) / box.height),
    );
    choose(rounded("mean", mean), rounded("variance", variance));
  };
  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    fromPointer(event);
  });
  element.addEventListener("pointermove", (event) => event.buttons && fromPointer(event));
  const moves = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowDown: [0, -1],
    ArrowUp: [0, 1],
  };
  element.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const { mean, variance } = current();
    const [right, up] = move;
    choose(rounded("mean", mean + 0.02 * right), rounded("variance", variance * 1.05 ** up));
  });
}
