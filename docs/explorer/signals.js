/**
 * What an activation does to moments, gradients and pairs of inputs, layer by layer, as
 * selu_sym/_numeric/layer_map.py, selu_sym/_numeric/signals.py and selu_sym/_propagation.py have it for Python.
 *
 * An activation is a SELU (seluParameters), or another one with a scale and a shift (transformed.js).
 */
import { gain_after_dropout, moments_after_dropout } from "./activations.js";
import * as kernels from "./kernels.js";
import { fixedPoint, halfLineMoments } from "./moments.js";
import * as transformed from "./transformed.js";
import { isCentred, isIndependent, netInput } from "./weights.js";

/** The smallest double that has all of its digits. */
const SMALLEST = 2 ** -1022;

const RULE = kernels.angle_rule();
const NODES = RULE.slice(0, kernels.ANGLE_NODES);
const WEIGHTS = RULE.slice(kernels.ANGLE_NODES);

/** Return the SELU with the fixed point (mean, variance): its parameters, and its net input. */
export function seluParameters(mean, variance, weights) {
  const [m, v] = netInput(mean, variance, weights);
  const found = fixedPoint(m, v, mean, variance);
  return { ...found, mean, variance, weights, m, v, saturation: -found.alpha * found.scale };
}

/** Return [mean, variance] of the SELU of N(m, v). */
export function layerMap(m, v, p) {
  const { A, B, C, A_minor, C_minor, V } = halfLineMoments(m, v);
  const U = kernels.positive_part_variance(A, C, A_minor, C_minor, m, v);
  return kernels.layer_map(A, B, U, kernels.negative_part_variance(V, m, v), p.alpha, p.scale);
}

/** Return {radius, attracting} at the fixed point of p; attracting is null where it is not decided. */
export function stability(p) {
  if (p.source) return transformed.stabilityOf(p);
  const { A, B, C, D } = halfLineMoments(p.m, p.v);
  const tails = kernels.tails(p.m, p.v);
  const first = kernels.layer_derivatives(A, B, D, ...tails, p.alpha, p.scale);
  const { sum, tau } = p.weights;
  const entries = isIndependent(p.weights)
    ? kernels.iid_jacobian(...first, p.mean, tau)
    : kernels.linear_jacobian(...first, sum, tau);
  const conditions = kernels.jury_conditions(...entries);
  const error = juryError(p, [A, B, C, D], tails);
  const attracting = conditions.some((condition) => condition < -error)
    ? false
    : conditions.every((condition) => condition > error) || null;
  return {
    radius: kernels.spectral_radius(...entries),
    singular: kernels.singular_value(...entries),
    attracting,
  };
}

/** Return the error of Jury's conditions, by the sums of the absolute values of their terms. */
function juryError(p, [A, B, C, D], tails) {
  const at = [p.m, p.v, p.mean, p.variance];
  const derivatives = kernels.derivatives(A, B, C, D, ...tails, p.alpha, p.scale, ...at);
  const conditions = kernels.condition_numbers(...derivatives, p.alpha, p.scale, ...at);
  const sizes = kernels.layer_derivative_magnitudes(A, B, D, ...tails, p.alpha, p.scale);
  const [mByMean, mByVariance, vByMean, vByVariance] = (
    isIndependent(p.weights)
      ? kernels.iid_net_input_derivatives(p.mean, p.weights.tau)
      : kernels.linear_net_input_derivatives(p.weights.sum, p.weights.tau)
  ).map(Math.abs);
  const [[t11, t12], [t21, t22]] = [sizes.slice(0, 2), sizes.slice(2)].map(([ofM, ofV]) => [
    mByMean * ofM + vByMean * ofV,
    mByVariance * ofM + vByVariance * ofV,
  ]);
  const unit = kernels.ENTRY_ERROR + kernels.PARAMETER_ERROR * Math.max(...conditions);
  return 2 * unit * ((1 + t11) * (1 + t22) + t12 * t21);
}

/** Return by how much a layer multiplies the second moment of gradients, for z ~ N(m, v). */
export function gradientGain(p, m = p.m, v = p.v) {
  if (p.source) return transformed.layerOf(p, m, v, false).gain;
  const [P, , T2] = kernels.tails(m, v);
  return kernels.gradient_gain(P, T2, p.alpha, p.scale, p.weights.tau);
}

/** Return the [a, b] of dropout, and what dropped units become before. */
export function dropout(p, rate) {
  const value = p.source ? transformed.droppedValue(p) : p.saturation;
  return { affine: kernels.dropout_affine(p.mean, p.variance, value, 1 - rate), value };
}

/** Return the gradient gain of a layer with its dropout. */
export function gainWithDropout(p, rate) {
  return gradientGain(p) * gain_after_dropout(1 - rate, dropout(p, rate).affine[0]);
}

/** Return E[selu(z)^k] of z ~ N(0, v) for k = 1 to 4. */
export function outputMoments(v, p) {
  const powers = kernels.needs_series(v)
    ? kernels.high_moments_below_by_series(v)
    : kernels.high_moments_below_by_differences(v);
  const [mean, variance] = layerMap(0, v, p);
  return [mean, variance + mean * mean, ...kernels.high_moments(...powers, p.alpha, p.scale, v)];
}

/** Return 1 - c one layer on from d = 1 - c, of net inputs N(0, v) that feed some N(0, following). */
export function nextDecorrelation(d, v, following, p) {
  const distance = p.source ? transformed.distanceOf(p, d, v) : pairDistance(d, v, p);
  const found = kernels.next_decorrelation(distance, following, p.weights.tau);
  return Math.min(found, 2); // beyond it by rounding errors, where the activation is nearly linear
}

/** Return E[(selu(z1) - selu(z2))^2]/2 of pairs of the correlation 1 - d. */
function pairDistance(d, v, p) {
  if (d === 0) return 0;
  if (d > 1) return outputMoments(v, p)[1] - pairMean(1 - d, v, p);
  const [edge, nearest, border, low, high, half] = kernels.distance_limits(v, d);
  const parts = [
    [kernels.distance_near_edge, 0, edge],
    [kernels.distance_between, nearest, border],
    [kernels.distance_near_peak, low, high],
    [kernels.distance_at_peak, 0, half],
  ].map(([integrand, start, end]) => integral((w) => integrand(w, v, d, p.alpha), start, end));
  return p.scale ** 2 * parts.reduce((sum, part) => sum + part, 0);
}

/** Return E[selu(z1) selu(z2)] of pairs of the correlation c. */
function pairMean(c, v, p) {
  const [theta, eta] = [Math.acos(c), Math.acos(-c)];
  const [first, second] = kernels.angle_limits(v, theta, eta);
  const below = integral((w) => kernels.both_below_integrand(w, v, eta), 0, first);
  const slope = integral((w) => kernels.opposite_slope_integrand(w, v), 0, second);
  return kernels.pair_mean(below, slope, c, eta, v, p.alpha, p.scale);
}

function integral(integrand, start, end) {
  const length = end - start;
  return (
    length * NODES.reduce((sum, node, i) => sum + WEIGHTS[i] * integrand(start + length * node), 0)
  );
}

/**
 * Return what becomes of a signal in a network: arrays of depth + 1, of which 0 is the input, or of
 * fewer where doubles cannot hold the moments of the next layer.
 *
 * Deviations and correlations are null where the weights are neither independent nor of the sum 0,
 * where no width and no correlation are given, or with dropout.
 */
export function propagate(p, depth, options) {
  const { width, correlation, rate = 0, mean = p.mean, variance = p.variance } = options;
  const centred = isCentred(p.weights) && !rate;
  const fluctuating = centred && width !== undefined;
  const decorrelation = centred && correlation !== undefined ? 1 - correlation : null;
  const dropping = rate ? dropout(p, rate) : null;
  let state = { mean, variance, growth: 1, fluctuations: [0, 0, 0], decorrelation };
  const states = [state];
  while (states.length <= depth) {
    state = advanced(state, p, fluctuating ? width : null);
    if (!state) break;
    if (dropping) state = afterDropout(state, dropping, 1 - rate);
    states.push(state);
  }
  const of = (get) => states.map(get);
  return {
    depth,
    mean: of((s) => s.mean),
    variance: of((s) => s.variance),
    growth: of((s) => s.growth),
    meanDeviation: fluctuating ? of((s) => Math.sqrt(s.fluctuations[1])) : null,
    varianceDeviation: fluctuating ? of((s) => Math.sqrt(s.fluctuations[2])) : null,
    correlation: decorrelation === null ? null : of((s) => 1 - s.decorrelation),
  };
}

/** Return the signal after one more layer, null where doubles cannot hold it. */
function advanced(state, p, width) {
  const [m, v] = netInput(state.mean, state.variance, p.weights);
  if (!isHeld(m, v) || (p.source && !transformed.isInside(m, v))) return null;
  const layer = p.source
    ? transformed.layerOf(p, m, v, width !== null)
    : layerOf(p, m, v, width !== null);
  const { mean, variance } = layer;
  if (!isHeld(mean, variance)) return null;
  const growth = state.growth * layer.gain;
  let { fluctuations, decorrelation } = state;
  if (width !== null) {
    // what the next net input's variance follows: the second moment, or for the sum 0 the variance
    const before = fluctuations[isIndependent(p.weights) ? 0 : 2];
    fluctuations = kernels.next_fluctuations(...layer.moments, ...layer.slopes, before, width);
  }
  if (decorrelation !== null) {
    const [, following] = netInput(mean, variance, p.weights);
    decorrelation = nextDecorrelation(decorrelation, v, following, p);
  }
  return { mean, variance, growth, fluctuations, decorrelation };
}

/** Return what a layer of SELUs does to N(m, v): {mean, variance, gain, slopes, moments}. */
function layerOf(p, m, v, needsMoments) {
  const [mean, variance] = layerMap(m, v, p);
  const layer = { mean, variance, gain: gradientGain(p, m, v) };
  if (!needsMoments) return layer;
  const [, T1, T2, p0] = kernels.tails(0, v);
  const [slope, , meanSlope] = kernels.second_moment_slopes(
    ...[T1, T2, p0, p.alpha, p.scale, p.weights.tau],
  );
  return { ...layer, slopes: [slope, meanSlope], moments: outputMoments(v, p) };
}

/** Return the signal after the dropout that keeps the fixed point. */
function afterDropout(state, { affine, value }, kept) {
  const [a, b] = affine;
  const [mean, variance] = moments_after_dropout(state.mean, state.variance, value, kept, a, b);
  return { ...state, mean, variance, growth: state.growth * gain_after_dropout(kept, a) };
}

/** Return whether doubles hold a mean and a variance, the latter with all its digits. */
function isHeld(mean, variance) {
  return Number.isFinite(mean) && variance >= SMALLEST && Number.isFinite(variance);
}
