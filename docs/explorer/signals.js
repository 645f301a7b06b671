/**
 * What an activation does to moments, gradients and pairs of inputs, layer by layer, as
 * selu_sym/_numeric/layer_map.py, selu_sym/_numeric/signals.py and selu_sym/_propagation.py have it for Python.
 *
 * An activation is a SELU (seluParameters), or another one with a scale and a shift (transformed.js).
 */
import * as after from "./activations.js";
import * as kernels from "./kernels.js";
import { fixedPoint, halfLineMoments } from "./moments.js";
import * as transformed from "./transformed.js";
import { isCentred, isIndependent, netInput } from "./weights.js";

/** The smallest double that has all of its digits. */
const SMALLEST = 2 ** -1022;

/** The rule for integrals of pairs: its nodes between 0 and 1, and their weights. */
const FINE = {
  nodes: kernels.angle_rule().slice(0, kernels.ANGLE_NODES),
  weights: kernels.angle_rule().slice(kernels.ANGLE_NODES),
};

/** The same with fewer nodes, for what is seen while a hand moves: correlations to about 1e-3. */
const COARSE = legendre(10);

/** Return the rule of Gauss and Legendre with this many nodes. */
function legendre(count) {
  const [nodes, weights] = [[], []];
  for (let i = 0; i < count; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 0;
    for (let step = 0; step < 6; step++) {
      let [value, before] = [x, 1];
      for (let k = 2; k <= count; k++) {
        [value, before] = [((2 * k - 1) * x * value - (k - 1) * before) / k, value];
      }
      slope = (count * (x * value - before)) / (x * x - 1);
      x -= value / slope;
    }
    nodes.push((1 + x) / 2);
    weights.push(1 / ((1 - x * x) * slope * slope));
  }
  return { nodes, weights };
}

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
  return gradientGain(p) * after.gain_after_dropout(1 - rate, dropout(p, rate).affine[0]);
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
  return afterDistance(distanceOf(d, v, p), following, p);
}

/** Return E[(y(z1) - y(z2))^2]/2 of pairs of the correlation 1 - d. */
function distanceOf(d, v, p, rule = FINE) {
  return p.source ? transformed.distanceOf(p, d, v) : pairDistance(d, v, p, rule);
}

/** Return 1 - c of net inputs N(0, v) from the distance of the activations before them. */
function afterDistance(distance, v, p) {
  const found = kernels.next_decorrelation(distance, v, p.weights.tau);
  return Math.min(found, 2); // beyond it by rounding errors, where the activation is nearly linear
}

/** Return E[(selu(z1) - selu(z2))^2]/2 of pairs of the correlation 1 - d. */
function pairDistance(d, v, p, rule) {
  if (d === 0) return 0;
  if (d > 1) return outputMoments(v, p)[1] - pairMean(1 - d, v, p, rule);
  const [edge, nearest, border, low, high, half] = kernels.distance_limits(v, d);
  const part = (integrand, start, end) =>
    integral((w) => integrand(w, v, d, p.alpha), start, end, rule);
  const sum =
    part(kernels.distance_near_edge, 0, edge) +
    part(kernels.distance_between, nearest, border) +
    part(kernels.distance_near_peak, low, high) +
    part(kernels.distance_at_peak, 0, half);
  return p.scale ** 2 * sum;
}

/** Return E[selu(z1) selu(z2)] of pairs of the correlation c. */
function pairMean(c, v, p, rule) {
  const [theta, eta] = [Math.acos(c), Math.acos(-c)];
  const [first, second] = kernels.angle_limits(v, theta, eta);
  const below = integral((w) => kernels.both_below_integrand(w, v, eta), 0, first, rule);
  const slope = integral((w) => kernels.opposite_slope_integrand(w, v), 0, second, rule);
  return kernels.pair_mean(below, slope, c, eta, v, p.alpha, p.scale);
}

function integral(integrand, start, end, { nodes, weights }) {
  const length = end - start;
  let sum = 0;
  for (let i = 0; i < nodes.length; i++) {
    sum += weights[i] * integrand(start + length * nodes[i]);
  }
  return length * sum;
}

/**
 * Return what becomes of a signal in a network: arrays of depth + 1, of which 0 is the input, or of
 * fewer where doubles cannot hold the moments of the next layer.
 *
 * Deviations and correlations are null where the weights are neither independent nor of the sum 0,
 * or where no width and no correlation are given. With a rate, dropout follows each activation.
 * What is coarse has correlations to see, not to read.
 */
export const propagate = (p, depth, options) => finished(propagation(p, depth, options));

/** Return what steps return when they are done. */
export function finished(steps) {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** The same as propagate, which pauses after each layer. */
export function* propagation(p, depth, options) {
  const { width, correlation, rate = 0, mean = p.mean, variance = p.variance, coarse } = options;
  const centred = isCentred(p.weights);
  const units = centred && width !== undefined ? width : null;
  const decorrelation = centred && correlation !== undefined ? 1 - correlation : null;
  const dropping = rate ? droppingOf(p, rate) : null;
  const rule = coarse ? COARSE : FINE;
  let state = { mean, variance, growth: 1, fluctuations: STILL, decorrelation };
  const states = [state];
  while (states.length <= depth) {
    state = advanced(state, p, units, dropping, rule);
    if (!state) break;
    states.push(state);
    yield;
  }
  const of = (get) => states.map(get);
  const deviation = (name) => (units ? of((s) => Math.sqrt(s.fluctuations[name])) : null);
  return {
    depth,
    mean: of((s) => s.mean),
    variance: of((s) => s.variance),
    growth: of((s) => s.growth),
    meanDeviation: deviation("mean"),
    varianceDeviation: deviation("variance"),
    growthDeviation: deviation("growth"),
    correlation: decorrelation === null ? null : of((s) => 1 - s.decorrelation),
  };
}

/** Return dropout as the generated formulas take it: [value, probability that a unit is kept, a, b]. */
function droppingOf(p, rate) {
  const { affine, value } = dropout(p, rate);
  return [value, 1 - rate, ...affine];
}

/** Return the signal after one more layer, null where doubles cannot hold it. */
function advanced(state, p, width, dropping, rule) {
  const [m, v] = netInput(state.mean, state.variance, p.weights);
  if (!isHeld(m, v) || (p.source && !transformed.isInside(m, v))) return null;
  const layer = p.source
    ? transformed.layerOf(p, m, v, width !== null)
    : layerOf(p, m, v, width !== null);
  let { mean, variance, gain, means } = layer;
  if (dropping) {
    const [, kept, a] = dropping;
    [mean, variance] = after.moments_after_dropout(mean, variance, ...dropping);
    gain *= after.gain_after_dropout(kept, a);
    means &&= [
      ...after.layer_means_after_dropout(...means.slice(0, -1), ...dropping),
      means.at(-1),
    ];
  }
  if (!isHeld(mean, variance)) return null;
  let { fluctuations, decorrelation } = state;
  if (width !== null) fluctuations = nextFluctuations(fluctuations, means, p.weights, width);
  if (decorrelation !== null) {
    const [, following] = netInput(mean, variance, p.weights);
    let distance = distanceOf(decorrelation, v, p, rule);
    if (dropping) {
      const before = [layer.mean, layer.variance];
      distance = after.pair_distance_after_dropout(distance, ...before, ...dropping);
    }
    decorrelation = afterDistance(distance, following, p);
  }
  return { mean, variance, growth: state.growth * gain, fluctuations, decorrelation };
}

/** The fluctuations of an input that is the same for all networks. */
const STILL = { netInput: 0, mean: 0, variance: 0, growth: 0, shared: 0 };

/**
 * Return the variances over networks of this width after one more layer: of the number that decides
 * the next net input's variance (the second moment, or for weights of the sum 0 the variance), of
 * mean, variance and the logarithm of a gradient's growth; and that logarithm's covariance with the
 * number. The means are those of layerOf.
 */
function nextFluctuations(before, means, weights, width) {
  const [F1, F2, F3, F4, ofSquare, ofMean, kappa, X1, X2, eta] = means;
  const [square, mean, variance] = kernels.next_fluctuations(
    ...[F1, F2, F3, F4, ofSquare, ofMean, before.netInput, width],
  );
  const [slope, covariance, netInputs] = isIndependent(weights)
    ? [ofSquare, kernels.shared_by_squares(F2, X2), square]
    : [ofSquare - 2 * F1 * ofMean, kernels.shared_by_variances(F1, F2, X1, X2), variance];
  const [growth, shared] = kernels.next_growth_fluctuations(
    ...[kappa, eta, slope, covariance, before.growth, before.shared, before.netInput, width],
  );
  return { netInput: netInputs, mean, variance, growth, shared };
}

/**
 * Return what a layer of SELUs does to N(m, v): {mean, variance, gain, means}, the latter those from
 * which fluctuations follow: E y^k for k = 1 to 4, the slopes of second moment and mean by the second
 * moment before, E y'^4/G^2, E[y y'^2]/G and E[y^2 y'^2]/G with G = E y'^2, and the slope of log G.
 */
function layerOf(p, m, v, needsMeans) {
  const [mean, variance] = layerMap(m, v, p);
  const layer = { mean, variance, gain: gradientGain(p, m, v) };
  if (!needsMeans) return layer;
  const { tau } = p.weights;
  const [, T1, T2, p0] = kernels.tails(0, v);
  const [slope, , meanSlope] = kernels.second_moment_slopes(T1, T2, p0, p.alpha, p.scale, tau);
  const slopes = kernels.slope_moments(p.alpha, p.scale, v, tau);
  return { ...layer, means: [...outputMoments(v, p), slope, meanSlope, ...slopes] };
}

/** Return whether doubles hold a mean and a variance, the latter with all its digits. */
function isHeld(mean, variance) {
  return Number.isFinite(mean) && variance >= SMALLEST && Number.isFinite(variance);
}
