/**
 * Scale and shift of any activation, as selu_sym/_transformed.py, selu_sym/_balance.py and
 * selu_sym/_numeric/pairs.py have them for Python.
 */
import * as generated from "./activations.js";
import * as kernels from "./kernels.js";
import { evaluate, layerMeans, meanAndVariance, means, sourceOf, withInput } from "./means.js";
import { DEPTHS, SHAPED } from "./shaped.js";
import { isIndependent, netInput } from "./weights.js";

/** Whether the means of N(m, v) are computed. */
export const isInside = (m, v) =>
  v >= generated.SMALLEST_INPUT_VARIANCE &&
  v <= generated.LARGEST_INPUT_VARIANCE &&
  Math.abs(m) <= generated.MOST_DEVIATIONS * Math.sqrt(v);

/** Return the three gains for net inputs N(0, 1); that of gradients is NaN where f jumps. */
export function gains(name) {
  const { square, variance, slopeSquare } = means(sourceOf(name), 0, 1);
  return [square, variance, slopeSquare].map((value) => value ** -0.5);
}

/** Return the activation with the scale and the shift that keep a mean and a variance. */
export function standardize(name, mean, variance, weights) {
  const source = sourceOf(name);
  const [m, v] = netInput(mean, variance, weights);
  const found = means(source, m, v);
  const [a, b] = generated.scale_and_shift(found.mean, found.variance, mean, variance);
  return { source, found, a, b, mean, variance, weights, m, v };
}

/** Return both balanced ones with their slopes, that of the smaller one first; none, or a reason. */
export function balanceRoots(name, secondMoment, weights) {
  const source = sourceOf(name);
  if (!isIndependent(weights)) return { roots: [], reason: "It needs independent weights." };
  if (source.jumps.length) return { roots: [], reason: "The activation jumps." };
  const [m, v] = netInput(0, secondMoment, weights);
  const found = means(source, m, v);
  const { mean, variance, slopeSquare } = found;
  const gap = generated.balance_gap(variance, slopeSquare, secondMoment, weights.tau);
  if (gap < -generated.MEANS_ROUNDOFF * secondMoment) {
    return { roots: [], reason: "The variance of the biases is too large." };
  }
  const least = generated.least_second_moment(variance, slopeSquare, weights.tau);
  const total = Math.max(secondMoment, least);
  const roots = [1, -1].map((sign) => {
    const [a, b, mu, nu] = generated.balance(mean, variance, slopeSquare, total, weights.tau, sign);
    const q = { source, found, a, b, mean: mu, variance: nu, weights, m, v };
    return { ...q, slope: slopeOf(q) };
  });
  const size = ({ slope }) => Math.round(Math.abs(slope) * 10 ** generated.SLOPE_DIGITS);
  return { roots: roots.sort((first, second) => size(first) - size(second)), reason: "" };
}

/** Return the depth of the table of shaped activations that is nearest to a depth. */
export function shapedDepth(depth) {
  const distance = (one) => Math.abs(Math.log(one / depth));
  return DEPTHS.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}

/** Return {q, reason}: the activation shaped for the depth of the table that is nearest, or none. */
export function shape(name, depth, weights) {
  if (!isIndependent(weights)) return { reason: "It needs independent weights." };
  if (weights.bias) return { reason: "This page has it without biases only; the Python has it." };
  if (!SHAPED[name]) return { reason: "This page has no table of it; the Python computes it." };
  const found = SHAPED[name][shapedDepth(depth)];
  if (!found) return { reason: "None holds the conditions." };
  const [a, b, inputScale, t] = found;
  const s = inputScale / Math.sqrt(weights.tau);
  const source = withInput(sourceOf(name), s, t);
  const [m, v] = netInput(0, 1, weights);
  const moments = means(source, m, v);
  const [mean] = generated.transformed_moments(moments.mean, moments.variance, a, b);
  const q = { source, found: moments, a, b, s, t, mean, variance: 1 - mean * mean, weights, m, v };
  return { q, reason: "" };
}

/** Return the slope of the map of second moments, for independent weights. */
function slopeOf({ found, a, mean, weights, v }) {
  return generated.second_moment_slope(found.R1, found.R2, a, mean, weights.tau, v);
}

/** Return {radius, attracting}: the slope for independent weights, for others the spectral radius. */
export function stabilityOf(q) {
  const { found, a, v, weights } = q;
  const { slope, R1, R2, Q } = found;
  const radius = isIndependent(weights)
    ? slopeOf(q)
    : kernels.spectral_radius(
        ...kernels.linear_jacobian(
          ...generated.moment_derivatives(slope, R1, R2, Q, a, v),
          weights.sum,
          weights.tau,
        ),
      );
  const margin = Math.abs(radius) - 1;
  const attracting = !(Math.abs(margin) >= generated.UNDECIDED_SLOPE) ? null : margin < 0;
  return { radius, attracting };
}

/** Return by how much a layer multiplies the second moment of gradients, for z ~ N(m, v). */
export function gainOf(q, found = q.found) {
  return generated.transformed_gain(q.a, found.slopeSquare, q.weights.tau);
}

/** Return what dropout sets units to: the limit for z to minus infinity, or 0. */
export function droppedValue({ source, a, b }) {
  const [limit] = source.ends;
  return Number.isFinite(limit) ? a * limit + b : 0;
}

/** Return the activation with its scale and shift at z, and its slope. */
export function outputOf({ source, a, b }, z) {
  const [f, slope] = evaluate(source, z);
  return { y: a * f + b, slope: a * slope };
}

/** Return E y^2 one layer after a second moment, for independent weights. */
export function nextSecondMoment({ source, a, b, weights }, secondMoment) {
  const [, v] = netInput(0, secondMoment, weights);
  const found = meanAndVariance(source, 0, v);
  const [mean, variance] = generated.transformed_moments(...found, a, b);
  return variance + mean * mean;
}

/** Return what a layer does to N(m, v): {mean, variance, gain, means}, as layerOf of signals.js. */
export function layerOf(q, m, v, needsMeans) {
  const found = means(q.source, m, v);
  const [mean, variance] = generated.transformed_moments(found.mean, found.variance, q.a, q.b);
  const layer = { mean, variance, gain: gainOf(q, found) };
  if (!needsMeans) return layer;
  const { tau } = q.weights;
  const [, meanByV] = generated.moment_derivatives(
    ...[found.slope, found.R1, found.R2, found.Q, q.a, v],
  );
  const slope = generated.second_moment_slope(found.R1, found.R2, q.a, mean, tau, v);
  const values = layerMeans(q.source, v, q.a, q.b);
  const [gain, fourth, byMean, bySquare, spread] = values.slice(4);
  const eta = (tau * (spread / gain - v)) / (2 * v * v); // of E f'^2 by v: E[(z^2 - v) f'^2]/(2 v^2)
  const ofSlopes = [fourth / gain ** 2, byMean / gain, bySquare / gain, eta];
  return { ...layer, means: [...values.slice(0, 4), slope, tau * meanByV, ...ofSlopes] };
}

/** Nodes of the double exponential rule on each side of the one in the middle: half as many as Python's. */
const SIDE_NODES = 33;

/** Its nodes and weights on the interval from -1 to 1. */
const RULE = Array.from({ length: 2 * SIDE_NODES + 1 }, (_, i) => {
  const step = generated.LAST_STEP / SIDE_NODES;
  const [node, slope] = generated.double_exponential_node((i - SIDE_NODES) * step);
  return [node, slope * step];
});

/** Of sine and cosine, how many of their widths these nodes resolve; and panels on each side. */
const WIDTHS_OF_A_PANEL = 12;
const MOST_PANELS = 200;

function oscillates({ ends }) {
  return Number.isNaN(ends[0]) && Number.isNaN(ends[1]);
}

/** Return E[(y(z1) - y(z2))^2]/2 of pairs of the correlation 1 - d, to about 1e-8. */
export function distanceOf({ source, a }, d, v) {
  return a * a * pairDistance(source, d, v);
}

function pairDistance(source, d, v) {
  if (d === 0) return 0;
  if (d > 1) return means(source, 0, v).square - pairMean(source, 1 - d, v);
  if (d === 1) return meanAndVariance(source, 0, v)[1];
  return integral(source, 0, (1 - d) * v, (w) => meanAndVariance(source, w, d * v)[1]);
}

/** Return E[f(z1) f(z2)] of pairs of a negative correlation. */
function pairMean(source, c, v) {
  const f = (z) => evaluate(source, z)[0];
  if (c === -1) return integral(source, 0, v, (z) => f(z) * f(-z));
  const spread = generated.conditional_variance(c, v);
  return integral(source, c, v, (z) => f(z) * meanAndVariance(source, c * z, spread)[0]);
}

/** Return the mean of a function of N(0, v) that bends at the kinks, and at 1/c times them. */
function integral(source, c, v, integrand) {
  const end = generated.DEVIATIONS_INTEGRATED * Math.sqrt(v);
  const bends = [0, ...source.kinks.flatMap((kink) => [kink, -kink, c ? kink / c : 0])];
  if (oscillates(source)) {
    const panels = Math.min(Math.ceil(end / (WIDTHS_OF_A_PANEL * source.width)), MOST_PANELS);
    for (let i = 1 - panels; i < panels; i++) bends.push((end * i) / panels);
  }
  const inside = bends.filter((bend) => Math.abs(bend) < end);
  const points = [...new Set([-end, ...inside, end])].sort((x, y) => x - y);
  let total = 0;
  for (let i = 1; i < points.length; i++) {
    const half = (points[i] - points[i - 1]) / 2;
    for (const [node, weight] of RULE) {
      const z = points[i - 1] + half * (1 + node);
      total += half * weight * generated.weight(z, 0, v) * integrand(z);
    }
  }
  return total;
}
