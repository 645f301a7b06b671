/** The explorer's numbers, in words. */
import { dropout_affine } from "./kernels.js";
import { gradientGain, stability } from "./signals.js";

const EXISTENCE = {
  true: "There is one SELU with this fixed point.",
  false: "No SELU with this fixed point.",
  null: "Double precision does not decide whether there is one; the Python below does.",
};

const ATTRACTION = { true: "attracting", false: "NOT attracting", null: "not decided" };

/** Distance from 1 below which a gain is not said to change anything. */
const SAME = 1e-9;

/** Return a number to five digits. */
export const short = (value) => String(+value.toPrecision(5));

const digits = (value) => String(+value.toPrecision(12));

/** Return what is said of a SELU, by the names of what it is said of. */
export function inWords(p, rate) {
  const exists = `${EXISTENCE[p.exists]} ${p.reason}`;
  const none = { exists, alpha: "none", scale: "none", saturation: "none" };
  if (!p.exists) return { ...none, stability: "none", gain: "none", dropout: "none" };
  const { radius, attracting } = stability(p);
  return {
    exists,
    alpha: digits(p.alpha),
    scale: digits(p.scale),
    saturation: digits(p.saturation),
    stability: `${ATTRACTION[attracting]}, spectral radius ${short(radius)}`,
    gain: gainInWords(gradientGain(p)),
    dropout: affineInWords(...dropout_affine(p.mean, p.variance, p.saturation, 1 - rate)),
  };
}

/** Return a gradient gain, and over how many layers it makes ten of one, or one of ten. */
function gainInWords(chi) {
  if (Math.abs(chi - 1) < SAME) return `${short(chi)} a layer`;
  const layers = Math.abs(Math.log(10) / Math.log(chi)).toPrecision(3);
  return `${short(chi)} a layer, ${chi > 1 ? "tenfold" : "a tenth"} over ${+layers} layers`;
}

function affineInWords(a, b) {
  return `x ↦ ${short(a)} x ${b < 0 ? "−" : "+"} ${short(Math.abs(b))}`;
}
