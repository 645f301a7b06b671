/**
 * Half-line moments, and alpha and scale from them: which generated form is used where, as
 * selu_sym/_numeric/moments.py and selu_sym/_numeric/fixed_point.py have it for Python.
 */
import * as kernels from "./kernels.js";

/** Return {A, B, C, D, A_minor, C_minor, V} of z ~ N(m, v), each by the form for its place. */
export function halfLineMoments(m, v) {
  const g = kernels.decay(m, v);
  const [far, series, seriesFar] = kernels.moment_forms(m, v);
  let [A_minor, B, C_minor, D, saturated] = kernels.moments_by_differences(m, v, g);
  if (far) [A_minor, C_minor] = kernels.minor_moments_by_fraction(m, v, g);
  if (series) [B, D] = kernels.moments_below_by_series(m, v, g);
  if (seriesFar) [B, D] = kernels.moments_below_by_fraction(m, v, g);
  const [A, C, V] = kernels.remaining_moments(m, v, A_minor, B, C_minor, D, saturated);
  return { A, B, C, D, A_minor, C_minor, V };
}

/** Return the same with a V that keeps its digits also for m far below zero. */
function withExactVariance(m, v, moments) {
  if (!kernels.needs_variance_far_below(m, v)) return moments;
  return { ...moments, V: kernels.variance_far_below(m, v, kernels.decay(m, v)) };
}

/**
 * Return {exists, alpha, scale, reason} of the SELU that maps N(m, v) to mean mu and variance nu.
 *
 * `exists` is null, and alpha and scale are NaN, where double precision does not decide it.
 */
export function fixedPoint(m, v, mu, nu) {
  const none = { exists: null, alpha: NaN, scale: NaN };
  if (Math.abs(m) > kernels.FARTHEST_MEAN * Math.sqrt(v)) {
    return {
      ...none,
      reason: `The net input is more than ${kernels.FARTHEST_MEAN} deviations from zero.`,
    };
  }
  const found = halfLineMoments(m, v);
  const moments = mu < 0 ? withExactVariance(m, v, found) : found;
  const { A, B, C, D, A_minor, C_minor, V } = moments;
  const gap = kernels.existence_gap(A, B, C, D, A_minor, C_minor, V, m, v, mu, nu);
  const size = kernels.gap_magnitude(A, B, C, V, m, v, mu, nu);
  // with weights of unit sum the gap's difference is exactly zero for mu > 0, all else positive
  const certain = m === mu && v === nu && mu >= 0;
  if (!certain && !(Math.abs(gap) > kernels.GAP_ERROR * size)) {
    return { ...none, reason: "The target is next to the border." };
  }
  if (gap > 0) {
    const [alpha, scale] = kernels.fixed_point(A, B, C, D, gap, mu, nu);
    return { exists: true, alpha, scale, reason: "" };
  }
  return { ...none, exists: false, reason: explanation(mu, gap) };
}

/** Say why there is no solution, in the words of selu_sym.NoFixedPointError. */
function explanation(mu, gap) {
  const [above, below] = mu >= 0 ? ["A", "C"] : ["B", "D"];
  return (
    `${above}² (variance + mean²) must exceed ${below} mean², and is ${(-gap).toPrecision(3)} ` +
    "below it. Choose a mean nearer to 0 or a larger variance."
  );
}
