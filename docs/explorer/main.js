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
const picture = element("explorer-picture");

let settings = fromAddress(location.hash.slice(1));
let painted = "";
let refine = false;
let resting = 0;

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
  map.mark(element("explorer-target"), picture, settings.mean, settings.variance);
  const key = JSON.stringify(weights);
  if (key === painted) return;
  map.paint(picture, weights, false);
  painted = key;
  refine = true;
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

/** Take changes over and show them. */
function change(changes) {
  Object.assign(settings, changes);
  update();
  clearTimeout(resting);
  resting = setTimeout(rest, 150);
}

/** Do what would take too long, or too often for browsers, at every move. */
function rest() {
  const address = toAddress(settings);
  if (address !== location.hash.slice(1)) history.replaceState(null, "", `#${address}`);
  if (refine) map.paint(picture, model(settings), true);
  refine = false;
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
  change({});
});
update();
rest();
