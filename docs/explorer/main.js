/** The explorer: settings in, numbers and charts out, at every move. */
import { draw } from "./chart.js";
import * as controls from "./controls.js";
import * as map from "./map.js";
import { fromAddress, model, toAddress, toPython } from "./settings.js";
import { seluParameters } from "./signals.js";
import { charts } from "./views.js";
import { inWords } from "./words.js";

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
  const canvas = element("explorer-picture");
  map.mark(element("explorer-target"), canvas, settings.mean, settings.variance);
  const key = JSON.stringify(weights);
  if (key !== painted) map.paint(canvas, weights);
  painted = key;
}

function showNumbers(p) {
  for (const [name, text] of Object.entries(inWords(p, settings.rate))) {
    element(`explorer-${name}`).textContent = text;
  }
  element("explorer-exists").dataset.exists = p.exists;
}

function showCharts(p) {
  element("explorer-charts").hidden = !p.exists;
  if (!p.exists) return;
  for (const [name, chart] of Object.entries(charts(p, settings))) {
    const svg = element(`explorer-${name}`);
    svg.closest("figure").hidden = !chart;
    if (chart) draw(svg, chart);
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
