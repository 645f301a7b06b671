/** The explorer: settings in, numbers and charts out, at every move. */
import { draw } from "./chart.js";
import * as controls from "./controls.js";
import { dropout_affine } from "./kernels.js";
import * as map from "./map.js";
import { fromAddress, model, toAddress, toPython } from "./settings.js";
import { gradientGain, propagate, seluParameters, stability } from "./signals.js";
import * as views from "./views.js";

const element = (id) => document.getElementById(id);
const form = element("explorer-controls");

let settings = fromAddress(location.hash.slice(1));
let painted = "";
let saving = 0;

/** Show what the settings give. */
function update() {
  const weights = model(settings);
  const p = seluParameters(settings.mean, settings.variance, weights);
  controls.show(form, settings);
  showMap(weights);
  showNumbers(p);
  showCharts(p);
  element("explorer-python").textContent = toPython(settings);
}

function showMap(weights) {
  const canvas = element("explorer-alpha");
  map.mark(element("explorer-target"), canvas, settings.mean, settings.variance);
  const key = JSON.stringify(weights);
  if (key !== painted) map.paint(canvas, weights);
  painted = key;
}

const digits = (value) => (Number.isFinite(value) ? String(+value.toPrecision(12)) : "none");
const short = (value) => String(+value.toPrecision(5));

function showNumbers(p) {
  const verdict = {
    true: "There is one SELU with this fixed point.",
    false: "No SELU with this fixed point.",
    null: "Double precision does not decide whether there is one; the Python below does.",
  }[p.exists];
  element("explorer-exists").textContent = `${verdict} ${p.reason}`;
  element("explorer-exists").dataset.exists = p.exists;
  const said = {
    "alpha-value": digits(p.alpha),
    scale: digits(p.scale),
    saturation: digits(p.saturation),
  };
  Object.assign(said, { stability: "none", gain: "none", dropout: "none" });
  if (p.exists) {
    const { radius, attracting } = stability(p);
    const verdict = { true: "attracting", false: "NOT attracting", null: "not decided" }[
      attracting
    ];
    said.stability = `${verdict}, spectral radius ${short(radius)}`;
    said.gain = inWords(gradientGain(p));
    const [a, b] = dropout_affine(p.mean, p.variance, p.saturation, 1 - settings.rate);
    said.dropout = `x ↦ ${short(a)} x ${b < 0 ? "−" : "+"} ${short(Math.abs(b))}`;
  }
  for (const [name, text] of Object.entries(said)) element(`explorer-${name}`).textContent = text;
}

/** Say a gradient gain, and over how many layers it makes ten of one, or one of ten. */
function inWords(chi) {
  if (Math.abs(chi - 1) < 1e-9) return `${short(chi)} a layer`;
  const layers = Math.abs(Math.log(10) / Math.log(chi)).toPrecision(3);
  return `${short(chi)} a layer, ${chi > 1 ? "tenfold" : "a tenth"} over ${+layers} layers`;
}

function showCharts(p) {
  element("explorer-charts").hidden = !p.exists;
  if (!p.exists) return;
  const { rate, depth, width, correlation, input } = settings;
  const signal = propagate(p, depth, { width, correlation, variance: input * p.variance });
  const { mean, variance } = settings;
  const [alpha, scale] = [short(p.alpha), short(p.scale)];
  const deviation = Math.sqrt(variance);
  const at = `of the target mean ${mean} and variance ${variance}`;
  const end = (values) => short(values.at(-1));
  const charts = {
    activation: [views.activation(p), `The SELU with alpha ${alpha} and lambda ${scale}`],
    densities: [views.densities(p, rate), `Densities before and after the SELU ${at}`],
    mean: [
      views.moment(signal, "mean", mean, {
        low: mean - 5 * deviation,
        high: mean + 5 * deviation,
        span: deviation / 2,
      }),
      `Mean by layer, at the end ${end(signal.mean)}`,
    ],
    variance: [
      views.moment(signal, "variance", variance, {
        low: 0,
        high: 10 * variance,
        span: variance / 2,
      }),
      `Variance by layer, at the end ${end(signal.variance)}`,
    ],
    gradients: [views.gradients(signal), `Gradients grow ${end(signal.growth)} times`],
  };
  if (signal.correlation) {
    const description = `Correlation by layer, at the end ${end(signal.correlation)}`;
    charts.correlations = [views.correlations(signal), description];
  }
  element("explorer-correlations").closest("figure").hidden = !signal.correlation;
  for (const [name, [data, description]] of Object.entries(charts)) {
    draw(element(`explorer-${name}`), data, description);
  }
}

/** Take changes over, show them, and after a while put them into the address. */
function change(changes) {
  Object.assign(settings, changes);
  update();
  clearTimeout(saving); // browsers limit how often an address may change
  saving = setTimeout(() => history.replaceState(null, "", `#${toAddress(settings)}`), 150);
}

async function copy() {
  const status = element("explorer-copied");
  try {
    await navigator.clipboard.writeText(element("explorer-python").textContent);
    status.textContent = "Copied.";
  } catch {
    status.textContent = "The browser does not allow to copy: select the text.";
  }
}

controls.build(form, (name, value) => change({ [name]: value }));
map.listen(
  element("explorer-map"),
  () => settings,
  (mean, variance) => change({ mean, variance }),
);
element("explorer-copy").addEventListener("click", copy);
window.addEventListener("hashchange", () => {
  if (!location.hash.includes("=")) return; // a link to a heading
  settings = fromAddress(location.hash.slice(1));
  update();
});
update();
