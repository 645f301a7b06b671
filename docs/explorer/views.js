/** What each chart shows of a SELU, as data for chart.js. */
import * as kernels from "./kernels.js";

/** Deviations of the net input that are shown on each side of its mean. */
const REACH = 4.5;

/** The least net input shown: below it the SELU is its saturation value to eight digits. */
const LOWEST = -18;

const POINTS = 160;

/** Return {z, y, slope} of the net inputs shown, below zero and above. */
function branches(p) {
  const deviation = Math.sqrt(p.v);
  const [low, high] = [p.m - REACH * deviation, p.m + REACH * deviation];
  return [
    [Math.max(low, LOWEST), Math.min(high, 0)],
    [Math.max(low, 0), high],
  ]
    .filter(([start, end]) => start < end)
    .map(([start, end]) =>
      Array.from({ length: POINTS + 1 }, (_, i) => {
        const z = start + ((end - start) * i) / POINTS;
        const y = kernels.selu(z, p.scale, p.saturation);
        const side = start < 0 ? y : Math.max(y, Number.MIN_VALUE); // the slope at 0 is its side's
        return { z, y, slope: kernels.selu_slope(side, p.scale, p.saturation) };
      }),
    );
}

/** Return an axis that holds the values, with some room. */
function axis(label, values, { low = -Infinity, high = Infinity, span = 0 } = {}) {
  const finite = values.filter(Number.isFinite);
  const min = Math.max(Math.min(...finite), low);
  const max = Math.min(Math.max(...finite), high);
  const room = Math.max(0.06 * (max - min), (span - (max - min)) / 2);
  return { label, min: Math.max(min - room, low), max: max + room };
}

/** The SELU. */
export function activation(p) {
  const points = branches(p)
    .flat()
    .map(({ z, y }) => [z, y]);
  return {
    x: axis(
      "net input",
      points.map(([z]) => z),
    ),
    y: axis(
      "activation",
      points.map(([, y]) => y),
    ),
    lines: [{ points, key: "first" }],
  };
}

/** The densities of net input, of activation, and after dropout, where dropped units are a line. */
export function densities(p, rate) {
  const parts = branches(p);
  const density = (z) => kernels.net_input_density(z, p.m, p.v);
  const before = parts.map((part) => part.map(({ z }) => [z, density(z)]));
  const after = parts.map((part) => part.map(({ z, y, slope }) => [y, density(z) / slope]));
  const lines = [
    ...before.map((points) => ({ points, key: "first" })),
    ...after.map((points) => ({ points, key: "second" })),
  ];
  const highest = (curves) => Math.max(...curves.flat().map(([, height]) => height));
  const top = Math.min(highest(after), 5 * highest(before)); // at the left there may be a spike
  if (rate) {
    const [a, b] = kernels.dropout_affine(p.mean, p.variance, p.saturation, 1 - rate);
    const kept = ([y, height]) => [a * y + b, ((1 - rate) * height) / a];
    lines.push(...after.map((part) => ({ points: part.map(kept), key: "third" })));
    const dropped = a * p.saturation + b;
    lines.push({
      points: [
        [dropped, 0],
        [dropped, top],
      ],
      key: "third",
    });
  }
  const places = lines.flatMap(({ points }) => points.map(([place]) => place));
  return {
    x: axis("value", places),
    y: { label: "density", min: 0, max: 1.1 * Math.max(top, highest(before)) },
    lines,
  };
}

const byLayer = (values) => values.map((value, layer) => [layer, value]);

function layers(signal) {
  return { label: "layer", min: 0, max: signal.mean.length - 1 };
}

/** A moment by layer, with a band of two deviations. */
export function moment(signal, name, target, { low, high, span }) {
  const values = signal[name];
  const deviation = signal[`${name}Deviation`];
  const edge = (sign) => values.map((value, i) => value + sign * 2 * deviation[i]);
  const [below, above] = deviation ? [edge(-1), edge(1)] : [[], []];
  return {
    x: layers(signal),
    y: axis(name, [target, ...values, ...below, ...above], { low, high, span }),
    bands: deviation ? [{ low: byLayer(below), high: byLayer(above), key: "first" }] : [],
    lines: [{ points: byLayer(values), key: "first" }],
  };
}

/** By how much gradients grow from a layer back to the input. */
export function gradients(signal) {
  const finite = signal.growth.filter((value) => value > 0 && Number.isFinite(value));
  const y = { label: "growth of gradients", log: true };
  y.min = Math.min(0.8, ...finite);
  y.max = Math.max(12, 1.3 * Math.max(...finite));
  return { x: layers(signal), y, lines: [{ points: byLayer(signal.growth), key: "second" }] };
}

/** The correlation of the net inputs that two inputs make. */
export function correlations(signal) {
  return {
    x: layers(signal),
    y: { label: "correlation", min: -1, max: 1 },
    lines: [{ points: byLayer(signal.correlation), key: "third" }],
  };
}
