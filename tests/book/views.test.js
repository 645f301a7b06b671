/** What the explorer draws: the densities are densities, and every chart holds what it shows. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { draw } from "../../docs/explorer/chart.js";
import {
  defaults,
  fromAddress,
  MENUS,
  model,
  read,
  SLIDERS,
  toAddress,
} from "../../docs/explorer/settings.js";
import { seluParameters } from "../../docs/explorer/signals.js";
import { activationOf } from "../../docs/explorer/solve.js";
import { charts } from "../../docs/explorer/views.js";
import { inWords } from "../../docs/explorer/words.js";

const area = (points) =>
  points
    .slice(1)
    .reduce((sum, [x, y], i) => sum + ((x - points[i][0]) * (y + points[i][1])) / 2, 0);

const areas = (chart, key) =>
  chart.lines.filter((line) => line.key === key).reduce((sum, { points }) => sum + area(points), 0);

const TARGETS = [
  [0, 1, { tau: 1, bias: 0 }],
  [-0.1, 2, { tau: 2, bias: 0 }],
  [0.3, 1.5, { tau: 1 / 3, bias: 0.1 }],
  [-0.3, 0.4, { sum: 1, tau: 1 }],
];

for (const [mean, variance, weights] of TARGETS) {
  test(`densities at ${mean}, ${variance}`, () => {
    const p = seluParameters(mean, variance, weights);
    const chart = charts(p, { ...defaults(), rate: 0.25 }).charts.densities;
    // 4.5 deviations hold all but 7e-6, and 160 trapezia a side err by 1e-4
    assert.ok(Math.abs(areas(chart, "first") - 1) < 1e-3);
    assert.ok(Math.abs(areas(chart, "second") - 1) < 1e-3);
    assert.ok(Math.abs(areas(chart, "third") - 0.75) < 1e-3);
  });
}

test("axes hold what is drawn, also where a signal overflows", () => {
  const wild = seluParameters(-1.932, 0.009098, { sum: 1, tau: 1 });
  for (const p of [seluParameters(0, 1, { tau: 1, bias: 0 }), wild]) {
    const { charts: all, left } = charts(p, { ...defaults(), depth: 200, input: 1.2 });
    for (const { x, y, lines, description } of Object.values(all).filter(Boolean)) {
      assert.ok([x.min, x.max, y.min, y.max].every(Number.isFinite));
      assert.ok(x.min < x.max && y.min < y.max);
      assert.ok(lines.length > 0);
      assert.ok(description);
    }
    assert.equal(all.correlations === null, p === wild);
    assert.match(left, p === wild ? /leaves what doubles can hold in layer \d+ of 200/ : /^$/);
  }
});

test("rounding errors are said to be 0, small numbers beside large ones are not", () => {
  const said = (address) => {
    const { settings } = fromAddress(address);
    return inWords(activationOf(settings), settings);
  };
  assert.equal(said("activation=hard_shrink").b, "0");
  const far = said("activation=relu&weights=unit-sum&mean=-2&variance=0.01");
  assert.equal(far.b, "-2"); // of a scale of 3e45
});

test("what is coarse while a hand moves looks like the rest", () => {
  const heights = (given) =>
    charts(activationOf(given), given, given.coarse).charts.correlations.lines.map(({ points }) =>
      points.map(([, correlation]) => correlation),
    );
  for (const address of ["", "correlation=-1&rate=0.5&input=10", "variance=100", "variance=0.01"]) {
    const { settings } = fromAddress(address);
    const [coarse, fine] = [true, false].map((coarse) => heights({ ...settings, coarse }).flat());
    // the chart has 168 pixels for correlations from -1 to 1
    for (const [i, c] of coarse.entries()) assert.ok(Math.abs(c - fine[i]) < 2e-3, address);
  }
});

/** Return a function that returns random numbers between 0 and 1, the same ones in each run. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

test("random and extreme settings give numbers and charts", () => {
  const random = randomNumbers(27);
  const pick = (values) => values[Math.floor(random() * values.length)];
  for (let i = 0; i < 150; i++) {
    const settings = defaults();
    for (const [name, { options }] of Object.entries(MENUS)) {
      settings[name] = pick(Object.keys(options));
    }
    if (i % 2) settings.activation = "selu";
    for (const [name, { min, max, start, integer }] of Object.entries(SLIDERS)) {
      const between = min + random() * (max - min);
      settings[name] = pick([min, max, start, integer ? Math.round(between) : between]);
    }
    if (settings.activation !== "selu") settings.depth = Math.min(settings.depth, 4);
    const address = toAddress(settings);
    const p = activationOf(settings);
    for (const [name, words] of Object.entries(inWords(p, settings))) {
      assert.doesNotMatch(words ?? "", /NaN|Infinity|undefined/, `${name} at ${address}`);
    }
    if (!p.exists) continue;
    for (const [name, chart] of Object.entries(charts(p, settings).charts)) {
      if (!chart) continue;
      const svg = { attributes: {}, setAttribute: (key, value) => (svg.attributes[key] = value) };
      draw(svg, chart);
      const text = svg.innerHTML + svg.attributes["aria-label"];
      assert.doesNotMatch(text, /NaN|Infinity|undefined/, `${name} at ${address}`);
      assert.ok(svg.innerHTML.match(/<text/g).length < 25, `labels of ${name} at ${address}`);
    }
  }
});

test("the address of every setting is read back", () => {
  const settings = { ...defaults(), weights: "Iid", activation: "gelu" };
  const same = (given) =>
    assert.deepEqual(fromAddress(toAddress(given)), { settings: given, notes: [] });
  for (const [name, { min, max }] of Object.entries(SLIDERS)) {
    for (const value of [min, max]) same({ ...settings, [name]: value });
  }
  for (const [name, { options }] of Object.entries(MENUS)) {
    for (const value of Object.keys(options)) same({ ...settings, [name]: value });
  }
  same({ ...settings, mean: -0.123456789, variance: 1 / 3 });
  assert.equal(toAddress(defaults()), "");
  const { settings: named } = fromAddress("weights=torch&tau=3");
  assert.deepEqual(model(named), { tau: 1 / 3, bias: 0 });
});

test("what an address has wrong is as at the start, and it is said", () => {
  for (const text of [
    "weights=constructor",
    "activation=__proto__",
    "mean=x",
    "depth=",
    "tau=NaN",
  ]) {
    const { settings, notes } = fromAddress(text);
    assert.deepEqual(settings, defaults());
    assert.equal(notes.length, 1);
  }
  assert.deepEqual(fromAddress("toString=5&__proto__=1&other=2"), {
    settings: defaults(),
    notes: [],
  });
  const { settings, notes } = fromAddress("depth=1e9&variance=1e-9");
  assert.deepEqual([settings.depth, settings.variance], [200, 0.01]);
  assert.equal(notes.length, 2);
});

test("numbers that are written are taken as they are, or it is said", () => {
  assert.deepEqual(read("mean", " -0.12345 "), { value: -0.12345, note: "" });
  for (const [name, text, value] of [
    ["width", "5000", 4096],
    ["depth", "12.4", 12],
    ["mean", "-Infinity", -2],
    ["mean", "", undefined],
    ["variance", "1,5", undefined],
  ]) {
    const found = read(name, text);
    assert.equal(found.value, value);
    assert.match(found.note, new RegExp(`^${SLIDERS[name].label}: a (whole )?number from `));
  }
});

test("links of notebooks to the explorer are the addresses of what it shows", () => {
  const folder = new URL("../../notebooks/", import.meta.url);
  const links = readdirSync(folder)
    .filter((name) => name.endsWith(".ipynb"))
    .flatMap((name) => {
      const text = readFileSync(new URL(name, folder), "utf-8");
      return [...text.matchAll(/docs\/explorer\.md#([^)]*)\)/g)].map(([, address]) => address);
    });
  assert.ok(links.length >= 10);
  for (const address of links) {
    const { settings, notes } = fromAddress(address);
    assert.deepEqual(notes, []);
    assert.deepEqual(toAddress(settings).split("&").sort(), address.split("&").sort());
    assert.ok(activationOf(settings).exists, address);
  }
});
