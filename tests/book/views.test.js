/** What the explorer draws: the densities are densities, and every chart holds what it shows. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { defaults, fromAddress, model, SLIDERS, toAddress } from "../../docs/explorer/settings.js";
import { seluParameters } from "../../docs/explorer/signals.js";
import { charts } from "../../docs/explorer/views.js";

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
    const chart = charts(p, { ...defaults(), rate: 0.25 }).densities;
    // 4.5 deviations hold all but 7e-6, and 160 trapezia a side err by 1e-4
    assert.ok(Math.abs(areas(chart, "first") - 1) < 1e-3);
    assert.ok(Math.abs(areas(chart, "second") - 1) < 1e-3);
    assert.ok(Math.abs(areas(chart, "third") - 0.75) < 1e-3);
  });
}

test("axes hold what is drawn, also where a signal overflows", () => {
  const wild = seluParameters(-1.932, 0.009098, { sum: 1, tau: 1 });
  for (const p of [seluParameters(0, 1, { tau: 1, bias: 0 }), wild]) {
    const all = charts(p, { ...defaults(), input: 1.2 });
    for (const { x, y, lines, description } of Object.values(all).filter(Boolean)) {
      assert.ok([x.min, x.max, y.min, y.max].every(Number.isFinite));
      assert.ok(x.min < x.max && y.min < y.max);
      assert.ok(lines.length > 0);
      assert.ok(description);
    }
    assert.equal(all.correlations === null, p === wild);
  }
});

test("the address of every setting is read back", () => {
  const settings = { ...defaults(), weights: "Iid" };
  for (const [name, { min, max }] of Object.entries(SLIDERS)) {
    for (const value of [min, max]) {
      const changed = { ...settings, [name]: value };
      assert.deepEqual(fromAddress(toAddress(changed)), changed);
    }
  }
  assert.equal(toAddress(defaults()), "");
  assert.deepEqual(model(fromAddress("weights=torch&tau=3")), { tau: 1 / 3, bias: 0 });
});
