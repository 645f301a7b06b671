/** Read settings as JSON, and print what the explorer's modules say of each. */
import { readFileSync } from "node:fs";

import { gradientGain, propagate, seluParameters, stability } from "../../docs/explorer/signals.js";

const results = JSON.parse(readFileSync(0, "utf-8")).map((setting) => {
  const { mean, variance, weights, depth, width, correlation, start } = setting;
  const p = seluParameters(mean, variance, weights);
  if (!p.exists) return p;
  const options = { width, correlation, mean: start[0], variance: start[1] };
  const signal = propagate(p, depth, options);
  return { ...p, ...stability(p), gain: gradientGain(p), signal };
});
process.stdout.write(JSON.stringify(results));
