/**
 * What a SELU does to moments, gradients and pairs of inputs, layer by layer, as
 * selu_sym/_numeric/layer_map.py, selu_sym/_numeric/signals.py and selu_sym/_propagation.py have it for Python.
 */
import * as kernels from "./kernels.js";
import { fixedPoint, halfLineMoments } from "./moments.js";
import { isCentred, isIndependent, netInput } from "./weights.js";

/** Distance from 1 below which a spectral radius does not say whether a fixed point attracts. */
const UNDECIDED = 1e-9;

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

/** Return {radius, singular, attracting} at the fixed point of p; attracting may be null. */
export function stability(p) {
  const { A, B, D } = halfLineMoments(p.m, p.v);
  const first = kernels.layer_derivatives(A, B, D, ...kernels.tails(p.m, p.v), p.alpha, p.scale);
  const { sum, tau } = p.weights;
  const entries = isIndependent(p.weights)
    ? kernels.iid_jacobian(...first, p.mean, tau)
    : kernels.linear_jacobian(...first, sum, tau);
  const radius = kernels.spectral_radius(...entries);
  const attracting = Math.abs(radius - 1) < UNDECIDED ? null : radius < 1;
  return { radius, singular: kernels.singular_value(...entries), attracting };
}

/** Return by how much a layer multiplies the second moment of gradients, for z ~ N(m, v). */
export function gradientGain(p, m = p.m, v = p.v) {
  const [P, , T2] = kernels.tails(m, v);
  return kernels.gradient_gain(P, T2, p.alpha, p.scale, p.weights.tau);
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
  const found = kernels.next_decorrelation(pairDistance(d, v, p), following, p.weights.tau);
  return Math.min(found, 2); // beyond it by rounding errors, where the SELU is nearly linear
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
 * Return what becomes of a signal in a network: arrays of depth + 1, of which 0 is the input.
 *
 * Deviations and correlations are null where the weights are neither independent nor of the sum 0,
 * and correlations where none is given.
 */
export function propagate(p, depth, { width, correlation, mean = p.mean, variance = p.variance }) {
  const centred = isCentred(p.weights);
  const decorrelation = centred && correlation !== undefined ? 1 - correlation : null;
  let state = { mean, variance, growth: 1, fluctuations: [0, 0, 0], decorrelation };
  const states = [state];
  for (let layer = 0; layer < depth; layer++) {
    state = advanced(state, p, centred, width);
    states.push(state);
  }
  const of = (get) => states.map(get);
  return {
    mean: of((s) => s.mean),
    variance: of((s) => s.variance),
    growth: of((s) => s.growth),
    meanDeviation: centred ? of((s) => Math.sqrt(s.fluctuations[1])) : null,
    varianceDeviation: centred ? of((s) => Math.sqrt(s.fluctuations[2])) : null,
    correlation: decorrelation === null ? null : of((s) => 1 - s.decorrelation),
  };
}

/** Return the signal after one more layer. */
function advanced(state, p, centred, width) {
  const [m, v] = netInput(state.mean, state.variance, p.weights);
  const [mean, variance] = layerMap(m, v, p);
  const growth = state.growth * gradientGain(p, m, v);
  let { fluctuations, decorrelation } = state;
  if (centred) {
    const [, T1, T2, p0] = kernels.tails(0, v);
    const tau = p.weights.tau;
    const [slope, , meanSlope] = kernels.second_moment_slopes(T1, T2, p0, p.alpha, p.scale, tau);
    // what the next net input's variance follows: the second moment, or for the sum 0 the variance
    const before = fluctuations[isIndependent(p.weights) ? 0 : 2];
    const moments = outputMoments(v, p);
    fluctuations = kernels.next_fluctuations(...moments, slope, meanSlope, before, width);
  }
  if (decorrelation !== null) {
    const [, following] = netInput(mean, variance, p.weights);
    decorrelation = nextDecorrelation(decorrelation, v, following, p);
  }
  return { mean, variance, growth, fluctuations, decorrelation };
}
