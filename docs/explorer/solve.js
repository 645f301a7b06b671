/** The activation that the settings ask for. */
import { model, SELU, secondMoment } from "./settings.js";
import { seluParameters } from "./signals.js";
import { balanceRoots, shape, standardize } from "./transformed.js";

/** Return the activation, and whether there is one; if not, the reason. */
export function activationOf(settings) {
  const { activation, method, mean, variance, depth } = settings;
  const weights = model(settings);
  if (activation === SELU) return seluParameters(mean, variance, weights);
  if (method === "standardize") {
    return { exists: true, ...standardize(activation, mean, variance, weights) };
  }
  if (method === "balance") {
    const { roots, reason } = balanceRoots(activation, secondMoment(settings), weights);
    return roots.length
      ? { exists: true, ...roots[0] }
      : { exists: false, reason: `No balance. ${reason}`, weights };
  }
  const { q, reason } = shape(activation, depth, weights);
  return q
    ? { exists: true, ...q }
    : { exists: false, reason: `No shape for this depth. ${reason}`, weights };
}
