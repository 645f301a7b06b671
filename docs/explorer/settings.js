/** What can be set, how it stands in the address of the page, and the same in Python. */
import { PARAMETERS } from "./activations.js";
import { shapedDepth } from "./transformed.js";
import { isCentred, NAMED } from "./weights.js";

/** The sliders. Their values are rounded to `step`, or on a logarithmic scale to four digits. */
export const SLIDERS = {
  mean: { label: "Mean", min: -2, max: 2, step: 0.001, start: 0 },
  variance: { label: "Variance", min: 0.01, max: 100, log: true, start: 1 },
  tau: { label: "τ, n times a weight's variance", min: 0.1, max: 10, log: true, start: 1 },
  bias: { label: "Variance of the biases", min: 0, max: 1, step: 0.001, start: 0 },
  rate: { label: "Dropout rate", min: 0, max: 0.9, step: 0.01, start: 0.1 },
  depth: { label: "Depth, in layers", min: 1, max: 200, step: 1, integer: true, start: 32 },
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

/** The activation whose own parameters are found: the others get a scale and a shift. */
export const SELU = "selu";

/** The activations, and what they are called. */
export const ACTIVATIONS = {
  [SELU]: "SELU: α and λ for the target",
  ...Object.fromEntries(
    Object.keys(PARAMETERS)
      .filter((name) => name !== SELU)
      .sort()
      .map((name) => [name, name]),
  ),
};

/** How the scale and the shift of another activation are chosen. */
export const METHODS = {
  standardize: "keep mean and variance",
  balance: "keep second moment and gradients",
  shape: "shaped for the depth",
};

/** The menus: what can be chosen in each, and what is at the start. */
export const MENUS = {
  activation: { label: "Activation", options: ACTIVATIONS, start: SELU },
  method: { label: "Scale and shift", options: METHODS, start: "standardize" },
  weights: { label: "Weights", options: MODELS, start: "iid" },
};

/** Return the settings that the page starts with. */
export function defaults() {
  const all = Object.entries({ ...MENUS, ...SLIDERS });
  return Object.fromEntries(all.map(([name, { start }]) => [name, start]));
}

/** Return the nearest value that a slider stops at. */
export function rounded(name, value) {
  const { min, max, step, log, integer } = SLIDERS[name];
  const inside = Math.min(Math.max(value, min), max);
  if (integer) return Math.round(inside);
  return log ? +inside.toPrecision(4) : +(Math.round(inside / step) * step).toFixed(6);
}

/**
 * Return {value, note} of a number that somebody wrote. The value is undefined where it is none, and
 * the note says where the value is another than what was written.
 */
export function read(name, text) {
  const { label, min, max, integer } = SLIDERS[name];
  const rule = `${label}: ${integer ? "a whole number" : "a number"} from ${min} to ${max}`;
  const number = text.trim() === "" ? NaN : Number(text);
  if (Number.isNaN(number)) return { note: `${rule}, not “${text.trim()}”.` };
  const inside = Math.min(Math.max(number, min), max);
  const value = integer ? Math.round(inside) : inside;
  return { value, note: value === number ? "" : `${rule}: ${value} is taken for ${text.trim()}.` };
}

/** Return the weight model. */
export function model(settings) {
  return settings.weights === "Iid"
    ? { tau: settings.tau, bias: settings.bias }
    : NAMED[settings.weights];
}

/** Return the second moment of the target. */
export const secondMoment = ({ mean, variance }) => variance + mean * mean;

/** Return the settings as what stands after # in the address: what differs from the defaults. */
export function toAddress(settings) {
  const start = defaults();
  const unused = settings.weights === "Iid" ? [] : ["tau", "bias"];
  if (settings.activation === SELU) unused.push("method");
  const changed = Object.entries(settings).filter(
    ([name, value]) => value !== start[name] && !unused.includes(name),
  );
  return new URLSearchParams(changed).toString();
}

/** Return {settings, notes} of an address; what it lacks, or has wrong, is as at the start. */
export function fromAddress(text) {
  const settings = defaults();
  const notes = [];
  for (const [name, given] of new URLSearchParams(text)) {
    if (Object.hasOwn(MENUS, name)) {
      if (Object.hasOwn(MENUS[name].options, given)) settings[name] = given;
      else notes.push(`${MENUS[name].label}: there is no “${given}”.`);
    } else if (Object.hasOwn(SLIDERS, name)) {
      const { value, note } = read(name, given);
      settings[name] = value ?? settings[name];
      if (note) notes.push(note);
    }
  }
  return { settings, notes };
}

/** Return the Python code for what is shown. */
export function toPython(settings) {
  const { activation, weights, mean, variance, tau, bias, rate } = settings;
  const { depth, width, correlation, input } = settings;
  const named = weights === "Iid" ? `selu_sym.Iid(${tau}, ${bias})` : `"${weights}"`;
  const calls = {
    standardize: `standardize("${activation}", ${mean}, ${variance}`,
    balance: `balance("${activation}", ${secondMoment(settings)}`,
    shape: `shape_for_depth("${activation}", ${shapedDepth(depth)}`,
  };
  const [p, call] =
    activation === SELU
      ? ["p", `selu_parameters(${mean}, ${variance}`]
      : ["q", calls[settings.method]];
  const lines = ["import selu_sym", "", `${p} = selu_sym.${call}, weights=${named})`];
  const start = input === 1 ? [] : [`variance=${input} * ${p}.variance`];
  const pairs = isCentred(model(settings)) ? [`width=${width}`, `correlation=${correlation}`] : [];
  const propagate = (options) =>
    `selu_sym.propagate(${[p, depth, ...start, ...options].join(", ")})`;
  lines.push(`signal = ${propagate(pairs)}`);
  if (rate) {
    lines.push(`a, b = ${p}.dropout_affine(${rate})`);
    lines.push(`dropped = ${propagate([...pairs, `rate=${rate}`])}`);
  }
  return lines.join("\n");
}
