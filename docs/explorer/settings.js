/** What can be set, how it stands in the address of the page, and the same in Python. */
import { isCentred, NAMED } from "./weights.js";

/** The sliders. Values are rounded to `step`, or on a logarithmic scale to four digits. */
export const SLIDERS = {
  mean: { label: "Mean", min: -2, max: 2, step: 0.001, start: 0 },
  variance: { label: "Variance", min: 0.01, max: 100, log: true, start: 1 },
  tau: { label: "τ, n times a weight's variance", min: 0.1, max: 10, log: true, start: 1 },
  bias: { label: "Variance of the biases", min: 0, max: 1, step: 0.001, start: 0 },
  rate: { label: "Dropout rate", min: 0, max: 0.9, step: 0.01, start: 0.1 },
  depth: { label: "Depth, in layers", min: 1, max: 200, step: 1, start: 32 },
  width: { label: "Width, in units", min: 8, max: 4096, log: true, integer: true, start: 256 },
  correlation: { label: "Correlation of two inputs", min: -1, max: 1, step: 0.01, start: 0.5 },
  input: { label: "Input's variance, relative", min: 0.1, max: 10, log: true, start: 1 },
};

/** The names of weight models, and what they say. Those of `Iid` are the sliders tau and bias. */
export const MODELS = {
  iid: "iid, LeCun: variance 1/n",
  he_normal: "He: variance 2/n",
  torch: "PyTorch's default: variance 1/(3n)",
  Iid: "Iid(τ, bias variance)",
  normalized: "normalized: sum 0, squares 1",
  "unit-sum": "unit-sum: sum 1, squares 1",
};

/** Return the settings that the page starts with. */
export function defaults() {
  const starts = Object.entries(SLIDERS).map(([name, { start }]) => [name, start]);
  return { weights: "iid", ...Object.fromEntries(starts) };
}

/** Return the nearest value that a slider has. */
export function rounded(name, value) {
  const { min, max, step, log, integer } = SLIDERS[name];
  const inside = Math.min(Math.max(value, min), max);
  if (integer) return Math.round(inside);
  return log ? +inside.toPrecision(4) : +(Math.round(inside / step) * step).toFixed(6);
}

/** Return the weight model. */
export function model(settings) {
  return settings.weights === "Iid"
    ? { tau: settings.tau, bias: settings.bias }
    : NAMED[settings.weights];
}

/** Return the settings as what stands after # in the address: what differs from the defaults. */
export function toAddress(settings) {
  const start = defaults();
  const unused = settings.weights === "Iid" ? [] : ["tau", "bias"];
  const changed = Object.entries(settings).filter(
    ([name, value]) => value !== start[name] && !unused.includes(name),
  );
  return new URLSearchParams(changed).toString();
}

/** Return the settings of an address; what it lacks, or has wrong, is as at the start. */
export function fromAddress(text) {
  const settings = defaults();
  for (const [name, value] of new URLSearchParams(text)) {
    if (name === "weights" && value in MODELS) settings.weights = value;
    if (name in SLIDERS && value && Number.isFinite(+value)) settings[name] = rounded(name, +value);
  }
  return settings;
}

/** Return the Python code for what is shown. */
export function toPython(settings) {
  const { weights, mean, variance, tau, bias, rate, depth, width, correlation, input } = settings;
  const named = weights === "Iid" ? `selu_sym.Iid(${tau}, ${bias})` : `"${weights}"`;
  const lines = [
    "import selu_sym",
    "",
    `p = selu_sym.selu_parameters(${mean}, ${variance}, weights=${named})`,
  ];
  if (rate) lines.push(`a, b = p.dropout_affine(${rate})`);
  const options = [depth];
  if (input !== 1) options.push(`variance=${input} * p.variance`);
  if (isCentred(model(settings))) {
    options.push(`width=${width}`, `correlation=${correlation}`);
  }
  lines.push(`signal = selu_sym.propagate(p, ${options.join(", ")})`);
  return lines.join("\n");
}
