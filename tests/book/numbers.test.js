/** The explorer's numbers against the reference data, which are by quadrature of the definitions. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { sourceOf } from "../../docs/explorer/means.js";
import { fixedPoint, halfLineMoments } from "../../docs/explorer/moments.js";
import {
  gradientGain,
  nextDecorrelation,
  outputMoments,
  seluParameters,
} from "../../docs/explorer/signals.js";
import { distanceOf } from "../../docs/explorer/transformed.js";
import { NAMED } from "../../docs/explorer/weights.js";

const read = (name) =>
  JSON.parse(readFileSync(new URL(`../data/${name}.json`, import.meta.url), "utf-8"));

function assertNear(found, expected, tolerance, name) {
  const error = Math.abs(found - Number(expected)) / Math.abs(Number(expected));
  assert.ok(error <= tolerance, `${name}: ${found} is not ${expected} (off by ${error})`);
}

const targets = read("fixed_points");
assert.equal(targets.length, 40);

for (const row of targets) {
  const [m, v, mu, nu] = ["input_mean", "input_variance", "mean", "variance"].map((x) => +row[x]);
  test(`${row.regime}, ${row.mean}, ${row.variance}`, () => {
    const moments = halfLineMoments(m, v);
    for (const name of "ABCD") assertNear(moments[name], row[name], 1e-14, name);
    const found = fixedPoint(m, v, mu, nu);
    assert.equal(found.exists, row.exists);
    if (row.exists) {
      const same = seluParameters(mu, nu, NAMED[row.regime]);
      for (const p of [found, same]) {
        assertNear(p.alpha, row.alpha, 1e-13, "alpha");
        assertNear(p.scale, row.scale, 1e-13, "scale");
      }
    } else {
      assert.match(found.reason, /must exceed . mean², and is \S+ below it/);
      assert.ok(Number.isNaN(found.alpha));
    }
  });
}

test("next to the border, and far out, it is not decided", () => {
  let [inside, outside] = [0, 1];
  for (let i = 0; i < 60; i++) {
    const mean = (inside + outside) / 2;
    if (seluParameters(mean, 1, NAMED.iid).exists) inside = mean;
    else outside = mean;
  }
  assert.ok(inside > 0.5 && outside < 0.9);
  const border = seluParameters(outside, 1, NAMED.iid);
  assert.equal(border.exists, null);
  assert.match(border.reason, /border/);
  assert.ok(Number.isNaN(border.alpha));
  assert.equal(seluParameters(outside + 1e-9, 1, NAMED.iid).exists, false);
  assert.equal(fixedPoint(-26, 1, 0, 1).exists, null);
});

const signals = read("propagation");
assert.equal(signals.length, 16);

for (const row of signals) {
  const model = { tau: +row.tau, bias: +row.bias_variance };
  test(`propagation at ${row.mean}, ${row.variance}, ${row.tau}, ${row.bias_variance}`, () => {
    const p = seluParameters(+row.mean, +row.variance, model);
    assertNear(p.alpha, row.alpha, 1e-12, "alpha");
    assertNear(p.scale, row.scale, 1e-12, "scale");
    assertNear(p.v, row.net_input_variance, 1e-15, "variance of the net input");
    assertNear(gradientGain(p), row.gradient_gain, 1e-12, "gradient gain");
    assertNear(outputMoments(p.v, p)[3], row.fourth_moment, 1e-12, "fourth moment");
    const following = 1 - nextDecorrelation(1 - row.correlation, p.v, p.v, p);
    assert.ok(Math.abs(following - row.next_correlation) <= 1e-12, "correlation");
  });
}

for (const [name, sign] of [
  ["cos", 1],
  ["sin", -1],
]) {
  test(`${name} is resolved where it oscillates`, () => {
    const source = sourceOf(name);
    for (const v of [1, 100, 400]) {
      const exact = (c) => (Math.exp(-v * (1 - c)) + sign * Math.exp(-v * (1 + c))) / 2;
      for (const d of [1e-3, 0.5, 1.5, 2]) {
        const found = distanceOf({ source, a: 1 }, d, v);
        assert.ok(Math.abs(found - exact(1) + exact(1 - d)) <= 1e-8, `${v}, ${d}: ${found}`);
      }
    }
  });
}
