/** The explorer: settings in, numbers and charts out, at every move. */
import { draw } from "./chart.js";
import * as controls from "./controls.js";
import * as map from "./map.js";
import { fromAddress, model, SELU, toAddress, toPython } from "./settings.js";
import { finished } from "./signals.js";
import { activationOf } from "./solve.js";
import { charting, charts } from "./views.js";
import { inWords } from "./words.js";

const element = (id) => document.getElementById(id);

/** Let an element have a text; one that has it already stays, and is not laid out again. */
function say(where, text) {
  if (where.textContent !== text) where.textContent = text;
}

/** Milliseconds of work before hands are heard again. */
const SLICE = 8;

const form = element("explorer-controls");
const picture = element("explorer-picture");

let { settings, notes } = fromAddress(location.hash.slice(1));
let painted = "";
let refine = false;
let resting = 0;
let changes = 0;
/** Whether the address is that of a heading, which stays until the next change. */
let atHeading = location.hash.length > 1 && !location.hash.includes("=");

/** The rows of numbers, which are hidden where they do not apply. */
const ROWS = [...document.querySelectorAll("#explorer-app dd")];

/** Show what the settings give. */
function update() {
  const p = activationOf(settings);
  controls.show(form, settings);
  say(element("explorer-notes"), notes.join(" "));
  showMap(p.weights);
  showNumbers(p);
  say(element("explorer-python"), toPython(settings));
  element("explorer-charts").hidden = !p.exists;
  element("explorer-charts").ariaBusy = p.exists === true; // until the hand rests
  if (!p.exists) element("explorer-squares").closest("figure").hidden = true;
  if (p.exists && settings.activation === SELU) showCharts(charts(p, settings, true));
}

function showMap(weights) {
  const figure = element("explorer-map").closest("figure");
  figure.hidden = settings.activation !== SELU;
  if (figure.hidden) return;
  map.mark(element("explorer-target"), picture, settings.mean, settings.variance);
  const key = JSON.stringify(weights);
  if (key === painted) return;
  finished(map.painting(picture, weights, false));
  painted = key;
  refine = true;
}

function showNumbers(p) {
  const words = inWords(p, settings);
  for (const row of ROWS) {
    const text = words[row.id.replace("explorer-", "")];
    row.parentElement.hidden = text === undefined;
    say(row, text ?? "");
  }
  say(element("explorer-exists"), words.exists);
  element("explorer-exists").dataset.exists = p.exists;
}

function showCharts({ charts: all, left }) {
  say(element("explorer-left"), left);
  for (const [name, chart] of Object.entries(all)) {
    const svg = element(`explorer-${name}`);
    svg.closest("figure").hidden = !chart;
    if (chart) draw(svg, chart);
  }
}

/** Take changes over and show them, with notes on what was written otherwise. */
function change(values, said = []) {
  Object.assign(settings, values);
  changes += 1;
  notes = said;
  atHeading = false;
  update();
  clearTimeout(resting);
  resting = setTimeout(rest, 150);
}

/** Do what would take too long, or too often for browsers, at every move. */
async function rest() {
  const address = toAddress(settings);
  if (!atHeading && address !== location.hash.slice(1)) {
    history.replaceState(null, "", address ? `#${address}` : location.pathname + location.search);
  }
  if (refine) {
    refine = !(await bySlices(map.painting(picture, model(settings), true)));
  }
  const p = activationOf(settings);
  const found = p.exists && (await bySlices(charting(p, settings)));
  if (!found) return;
  showCharts(found);
  element("explorer-charts").ariaBusy = false;
}

/** Return what steps return, done a slice at a time; undefined where a change comes before. */
async function bySlices(steps) {
  const begun = changes;
  while (begun === changes) {
    const end = performance.now() + SLICE;
    let step = steps.next();
    while (!step.done && performance.now() < end) step = steps.next();
    if (step.done) return step.value;
    await new Promise(requestAnimationFrame);
  }
}

async function copy() {
  const status = element("explorer-copied");
  try {
    await navigator.clipboard.writeText(element("explorer-python").textContent);
    status.textContent = "Copied.";
  } catch {
    status.textContent = "The browser does not allow copying. Please select the text instead.";
  }
}

controls.build(form, (name, value, note) => {
  change(value === undefined ? {} : { [name]: value }, note ? [note] : []);
});
map.listen(
  element("explorer-map"),
  () => settings,
  (mean, variance) => change({ mean, variance }),
);
element("explorer-copy").addEventListener("click", copy);
window.addEventListener("hashchange", () => {
  atHeading = !location.hash.includes("=");
  if (atHeading) return;
  const read = fromAddress(location.hash.slice(1));
  change(read.settings, read.notes);
});
element("explorer-app").hidden = false;
update();
rest();
