/** The explorer's numbers, in words. */
import { EQUAL_GAIN } from "./kernels.js";
import { SELU, secondMoment } from "./settings.js";
import { dropout, gainWithDropout, gradientGain, stability } from "./signals.js";
import { balanceRoots, gains, shapedDepth } from "./transformed.js";

const EXISTENCE = {
  true: "There is one SELU with this fixed point.",
  false: "No SELU with this fixed point.",
  null: "Double precision does not decide whether there is one; the Python below does.",
};

/** What is smaller than this, beside what it is a difference of, is a rounding error. */
const ROUNDING = 1e-15;

const ATTRACTION = { true: "attracting", false: "NOT attracting", null: "not decided" };

/** Return a number to five digits; what is a rounding error beside a size is 0. */
export const short = (value, size = 0) => digits(value, size, 5);

function digits(value, size = 0, count = 12) {
  return Math.abs(value) < ROUNDING * size ? "0" : String(+value.toPrecision(count));
}

/** Return what is said of an activation, by the names of what it is said of. */
export function inWords(p, settings) {
  const found = settings.activation === SELU ? ofSelu(p) : ofOther(p, settings);
  if (!p.exists) return { ...found, stability: "none", gain: "none", dropout: "none" };
  const { rate } = settings;
  const jumps = Boolean(p.source?.jumps.length);
  const undefinedGain = "none: the activation jumps";
  return {
    ...found,
    stability: jumps ? undefinedGain : stabilityInWords(p),
    gain: jumps ? undefinedGain : gainInWords(gradientGain(p)),
    dropped: rate && !jumps ? gainInWords(gainWithDropout(p, rate)) : undefined,
    dropout: affineInWords("x", ...dropout(p, rate).affine, sizeOf(p)),
  };
}

function ofSelu(p) {
  const exists = `${EXISTENCE[p.exists]} ${p.reason}`.trim();
  if (!p.exists) return { exists, alpha: "none", scale: "none", saturation: "none" };
  return {
    exists,
    alpha: digits(p.alpha),
    scale: digits(p.scale),
    saturation: digits(p.saturation),
  };
}

function ofOther(p, settings) {
  const { activation } = settings;
  const three = gains(activation).map((value) =>
    Number.isFinite(value) ? digits(value) : "none: it jumps",
  );
  const named = {
    "gain-second": three[0],
    "gain-variance": three[1],
    "gain-gradient": three[2],
    roots: rootsInWords(activation, secondMoment(settings), p.weights),
  };
  if (!p.exists) return { ...named, exists: p.reason, a: "none", b: "none" };
  if (settings.method === "shape") {
    named.input = `${digits(p.s)} z ${p.t < 0 ? "−" : "+"} ${digits(Math.abs(p.t))}`;
  }
  const shaped =
    settings.method === "shape" ? `, shaped for ${shapedDepth(settings.depth)} layers,` : "";
  const moments = `mean ${short(p.mean)}, variance ${short(p.variance)}`;
  const exists = `${activation}${shaped} has this fixed point: ${moments}.`;
  return { ...named, exists, a: digits(p.a), b: digits(p.b, sizeOf(p)) };
}

/** Return "attracting" and by how much, as print() of Python's stability says it. */
function stabilityInWords(p) {
  const { radius, attracting } = stability(p);
  const measure = p.source ? "slope" : "spectral radius";
  return `${ATTRACTION[attracting]}, ${measure} ${short(radius)}`;
}

/** Return both balanced fixed points of a second moment. */
function rootsInWords(activation, total, weights) {
  const { roots, reason } = balanceRoots(activation, total, weights);
  if (!roots.length) return `none. ${reason}`;
  return roots
    .map(
      ({ a, b, slope }) =>
        `${affineInWords("f(z)", a, b, Math.sqrt(total))}, slope ${short(slope)}`,
    )
    .join("; ");
}

/** Return a gradient gain, and over how many layers it makes ten of one, or one of ten, as Python. */
export function gainInWords(chi) {
  const text = `${+chi.toPrecision(6)} a layer`;
  if (Math.abs(chi - 1) < EQUAL_GAIN) return text;
  const layers = Math.abs(Math.log(10) / Math.log(chi)).toPrecision(3);
  return `${text}, ${chi > 1 ? "tenfold" : "a tenth"} over ${+layers} layers`;
}

/** Return the size of activations, of which a shift is a part or a rounding error. */
export const sizeOf = ({ mean, variance }) => Math.sqrt(variance + mean * mean);

/** Return a name times a, plus b, which belongs to activations of a size. */
export function affineInWords(name, a, b, size) {
  const map = `${short(a)} ${name} ${b < 0 ? "−" : "+"} ${short(Math.abs(b), size)}`;
  return name === "x" ? `x ↦ ${map}` : map;
}
