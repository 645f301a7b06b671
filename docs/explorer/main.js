/** The explorer: settings in, numbers and charts out, at every move. */
import { draw } from "./chart.js";
import * as controls from "./controls.js";
import * as map from "./map.js";
import { fromAddress, model, SELU, toAddress, toPython } from "./settings.js";
import { activationOf } from "./solve.js";
import { charts } from "./views.js";
import { inWords } from "./words.js";

const element = (id) => document.getElementById(id);
const form = element("explorer-controls");
const picture = element("explorer-picture");

let { settings, notes } = fromAddress(location.hash.slice(1));
let painted = "";
let refine = false;
let resting = 0;
/** Whether the address is that of a heading, which stays until the next change. */
let atHeading = location.hash.length > 1 && !location.hash.includes("=");

/** The rows of numbers, which are hidden where they do not apply. */
const ROWS = [...document.querySelectorAll("#explorer-app dd")];

/** Show what the settings give. */
function update() {
  const p = activationOf(settings);
  controls.show(form, settings);
  element("explorer-notes").textContent = notes.join(" ");
  showMap(p.weights);
  showNumbers(p);
  element("explorer-python").textContent = toPython(settings);
  element("explorer-charts").hidden = !p.exists;
  element("explorer-charts").ariaBusy = p.exists && settings.activation !== SELU; // until the hand rests
  if (!p.exists) element("explorer-squares").closest("figure").hidden = true;
  if (p.exists && settings.activation === SELU) showCharts(p);
}

function showMap(weights) {
  const figure = element("explorer-map").closest("figure");
  figure.hidden = settings.activation !== SELU;
  if (figure.hidden) return;
  map.mark(element("explorer-target"), picture, settings.mean, settings.variance);
  const key = JSON.stringify(weights);
  if (key === painted) return;
  map.paint(picture, weights, false);
  painted = key;
  refine = true;
}

function showNumbers(p) {
  const words = inWords(p, settings);
  for (const row of ROWS) {
    const text = words[row.id.replace("explorer-", "")];
    row.parentElement.hidden = text === undefined;
    row.textContent = text ?? "";
  }
  element("explorer-exists").textContent = words.exists;
  element("explorer-exists").dataset.exists = p.exists;
}

function showCharts(p) {
  const { charts: all, left } = charts(p, settings);
  element("explorer-left").textContent = left;
  for (const [name, chart] of Object.entries(all)) {
    const svg = element(`explorer-${name}`);
    svg.closest("figure").hidden = !chart;
    if (chart) draw(svg, chart);
  }
  element("explorer-charts").ariaBusy = false;
}

/** Take changes over and show them, with notes on what was written otherwise. */
function change(changes, said = []) {
  Object.assign(settings, changes);
  notes = said;
  atHeading = false;
  update();
  clearTimeout(resting);
  resting = setTimeout(rest, 150);
}

/** Do what would take too long, or too often for browsers, at every move. */
function rest() {
  const address = toAddress(settings);
  if (!atHeading && address !== location.hash.slice(1)) {
    history.replaceState(null, "", address ? `#${address}` : location.pathname + location.search);
  }
  if (refine) map.paint(picture, model(settings), true);
  refine = false;
  if (settings.activation === SELU) return;
  const p = activationOf(settings);
  if (p.exists) showCharts(p);
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
