/** What each chart shows of an activation, as data for chart.js. */
import * as kernels from "./kernels.js";
import { dropout, finished, propagation } from "./signals.js";
import { nextSecondMoment, outputOf } from "./transformed.js";
import { isIndependent } from "./weights.js";
import { affineInWords, short, sizeOf } from "./words.js";

/** Points of a curve on each side of 0. */
const POINTS = 100;

/** Second moments that are shown, in units of the fixed point's, and how many a decade. */
const [DECADES, PER_DECADE] = [3, 15];

/**
 * Return {charts, left}: the charts of an activation and of a signal through layers of it, by their
 * names, null where there is none; and where the signal leaves the doubles.
 */
export const charts = (p, settings, coarse) => finished(charting(p, settings, coarse));

/** The same as charts, which pauses after each layer and each point that takes long. */
export function* charting(p, { rate, depth, width, correlation, input }, coarse = false) {
  const variance = input * p.variance;
  const jumps = Boolean(p.source?.jumps.length);
  const options = { variance, correlation, width: jumps ? undefined : width, coarse };
  const signal = yield* propagation(p, depth, options);
  const dropped = rate ? yield* propagation(p, depth, { ...options, rate }) : null;
  return {
    charts: {
      activation: activation(p),
      densities: p.source ? null : densities(p, rate),
      squares: p.source && isIndependent(p.weights) ? squares(p) : null,
      mean: means(p, signal, dropped),
      variance: variances(p, signal, dropped),
      gradients: jumps ? null : gradients(signal, dropped),
      correlations: signal.correlation && correlations(signal, dropped),
    },
    left: leaving(signal),
  };
}

/** Say in which layer the signal leaves what doubles can hold. */
function leaving({ depth, variance }) {
  if (variance.length > depth) return "";
  return (
    `The signal leaves what doubles can hold in layer ${variance.length} of ${depth}, ` +
    `after the variance ${short(variance.at(-1))}.`
  );
}

/** Return {z, y, slope} of the net inputs shown, below zero and above. */
function branches(p) {
  const deviation = Math.sqrt(p.v);
  const reach = kernels.DEVIATIONS_SHOWN * deviation;
  const [low, high] = [p.m - reach, p.m + reach];
  return [
    [p.source ? low : Math.max(low, kernels.LEAST_INPUT_SHOWN), Math.min(high, 0)],
    [Math.max(low, 0), high],
  ]
    .filter(([start, end]) => start < end)
    .map(([start, end]) =>
      Array.from({ length: POINTS + 1 }, (_, i) => {
        const z = start + ((end - start) * i) / POINTS;
        if (p.source) return { z, ...outputOf(p, z) };
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
  const room = Math.max(0.06 * (max - min), (span - (max - min)) / 2) || Math.abs(min) || 1;
  // on round numbers, so that an axis does not change at each move
  const step = 10 ** Math.floor(Math.log10(max - min + 2 * room)) / 10;
  const [first, last] = [Math.floor((min - room) / step), Math.ceil((max + room) / step)];
  return { label, min: Math.max(first * step, low), max: last * step };
}

/** The activation. */
function activation(p) {
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
    description: p.source
      ? affineInWords(`${p.source.name}(z)`, p.a, p.b, sizeOf(p))
      : `The SELU with alpha ${short(p.alpha)} and lambda ${short(p.scale)}`,
  };
}

/** What a layer makes of each second moment: where it crosses the diagonal, a moment is fixed. */
function squares(p) {
  const fixed = p.variance + p.mean ** 2;
  const [min, max] = [fixed / 10 ** DECADES, fixed * 10 ** DECADES];
  const points = Array.from({ length: 2 * DECADES * PER_DECADE + 1 }, (_, i) => {
    const q = min * 10 ** (i / PER_DECADE);
    return [q, nextSecondMoment(p, q)];
  });
  return {
    x: { label: "second moment", min, max, log: true },
    y: { label: "one layer on", min, max, log: true },
    lines: [
      {
        points: [
          [min, min],
          [max, max],
        ],
        key: "second",
      },
      { points, key: "first" },
    ],
    mark: [fixed, fixed],
    description: `The second moment one layer on, which ${short(fixed)} keeps`,
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
  const highest = (curves) => curves.flat().reduce((most, [, height]) => Math.max(most, height), 0);
  const top = Math.min(highest(after), 5 * highest(before)); // at the left there may be a spike
  if (rate) {
    const [a, b] = dropout(p, rate).affine;
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
    description: `Densities before and after the SELU, at mean ${p.mean}, variance ${p.variance}`,
  };
}

const byLayer = (values) => values.map((value, layer) => [layer, value]);

function layers(signal) {
  return { label: "layer", min: 0, max: signal.depth };
}

/** Return what is at the end of a signal, and of the one with dropout, for those who cannot see it. */
function atTheEnd(signal, dropped, name) {
  const size = (of) =>
    name === "mean" ? sizeOf({ mean: of.mean.at(-1), variance: of.variance.at(-1) }) : 0;
  const end = (of) => short(of[name].at(-1), size(of));
  const without = `at the end ${end(signal)}`;
  return dropped ? `${without}, with dropout ${end(dropped)}` : without;
}

/** Return the signals that a chart shows, with their keys: the band of a later one is above. */
const keyed = (signal, dropped) => [...(dropped ? [[dropped, "third"]] : []), [signal, "first"]];

/** The mean by layer: five deviations of a unit on each side are enough. */
function means(p, signal, dropped) {
  const deviation = Math.sqrt(p.variance);
  const limits = { low: p.mean - 5 * deviation, high: p.mean + 5 * deviation, span: deviation / 2 };
  return moment(signal, dropped, "mean", p.mean, limits);
}

/** The variance by layer: ten times that of the fixed point is enough. */
function variances(p, signal, dropped) {
  const limits = { low: 0, high: 10 * p.variance, span: p.variance / 2 };
  return moment(signal, dropped, "variance", p.variance, limits);
}

/** A moment by layer without dropout and with it, with bands of two deviations. */
function moment(signal, dropped, name, target, limits) {
  const shown = keyed(signal, dropped);
  const bands = shown.flatMap(([of, key]) => band(of[name], of[`${name}Deviation`], key, around));
  const values = [...shown.map(([of]) => of[name]), ...bands.flatMap(edges)];
  return {
    x: layers(signal),
    y: axis(name, [target, ...values.flat()], limits),
    bands: bands.map(byLayers),
    lines: shown.map(([of, key]) => ({ points: byLayer(of[name]), key })),
    description: `The ${name} by layer, ${atTheEnd(signal, dropped, name)}`,
  };
}

/** Return value plus or minus two deviations. */
const around = (value, deviation, sign) => value + sign * 2 * deviation;

/** Return the same of a lognormal variable, by its mean and by the deviation of its logarithm. */
const aroundMedian = (mean, deviation, sign) =>
  mean * Math.exp(sign * 2 * deviation - deviation ** 2 / 2);

/** Return the band around values as a list, which is empty without deviations. */
function band(values, deviations, key, edge) {
  if (!deviations) return [];
  const [low, high] = [-1, 1].map((sign) =>
    values.map((value, i) => edge(value, deviations[i], sign)),
  );
  return [{ low, high, key }];
}

const edges = ({ low, high }) => [low, high];

const byLayers = ({ low, high, key }) => ({ low: byLayer(low), high: byLayer(high), key });

/** By how much gradients grow from a layer back to the input, without dropout and with it. */
function gradients(signal, dropped) {
  const shown = keyed(signal, dropped);
  const bands = shown.flatMap(([of, key]) =>
    band(of.growth, of.growthDeviation, key, aroundMedian),
  );
  const finite = [...shown.map(([of]) => of.growth), ...bands.flatMap(edges)]
    .flat()
    .filter((value) => value > 0 && Number.isFinite(value));
  const [min, max] = [Math.min(0.8, ...finite), Math.max(12, 1.3 * Math.max(...finite))];
  return {
    x: layers(signal),
    y: { label: "growth of gradients", min, max: Math.min(max, Number.MAX_VALUE), log: true },
    bands: bands.map(byLayers),
    lines: shown.map(([of, key]) => ({ points: byLayer(of.growth), key })),
    description: `The growth of gradients by layer, ${atTheEnd(signal, dropped, "growth")}`,
  };
}

/** The correlation of the net inputs that two inputs make. */
function correlations(signal, dropped) {
  return {
    x: layers(signal),
    y: { label: "correlation", min: -1, max: 1 },
    lines: keyed(signal, dropped).map(([of, key]) => ({ points: byLayer(of.correlation), key })),
    description: `The correlation by layer, ${atTheEnd(signal, dropped, "correlation")}`,
  };
}
