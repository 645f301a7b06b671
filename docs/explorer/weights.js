/** Weight models: which net input a layer feeds to the next one, as selu_sym/_numeric/weights.py. */
import * as kernels from "./kernels.js";

/** The models that have a name: sums of weights, or what independent weights and biases have. */
export const NAMED = {
  iid: { tau: 1, bias: 0 },
  he_normal: { tau: 2, bias: 0 },
  torch: { tau: 1 / 3, bias: 0 },
  normalized: { sum: 0, tau: 1 },
  "unit-sum": { sum: 1, tau: 1 },
};

/** Whether the weights are independent, or have a given sum. */
export const isIndependent = (model) => model.sum === undefined;

/** Return [m, v] of the net input. */
export function netInput(mean, variance, model) {
  return isIndependent(model)
    ? kernels.net_input_iid(mean, variance, model.tau, model.bias)
    : kernels.net_input(mean, variance, model.sum, model.tau);
}

/** Whether net inputs have the mean 0 whatever the activations are. */
export const isCentred = (model) => isIndependent(model) || model.sum === 0;
