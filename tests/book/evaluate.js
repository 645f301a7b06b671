/** Read settings as JSON, and print what the explorer's modules say of each. */
import { readFileSync } from "node:fs";

import {
  dropout,
  gainWithDropout,
  gradientGain,
  propagate,
  seluParameters,
  stability,
} from "../../docs/explorer/signals.js";
import { balanceRoots, gains, shape, standardize } from "../../docs/explorer/transformed.js";

function numbers(p, { depth, width, correlation, start, rate }) {
  const options = { width, correlation, mean: start[0], variance: start[1] };
  return {
    ...stability(p),
    gain: gradientGain(p),
    signal: propagate(p, depth, options),
    dropout: dropout(p, rate).affine,
    gainWithDropout: gainWithDropout(p, rate),
    dropped: propagate(p, depth, { ...options, rate }),
  };
}

const results = JSON.parse(readFileSync(0, "utf-8")).map((setting) => {
  const { activation, mean, variance, weights, shaped } = setting;
  if (shaped) {
    const { q } = shape(activation, setting.depth, weights);
    if (!q) return null;
    const { source, found, ...shown } = q;
    return { ...shown, ...numbers(q, { ...setting, start: [q.mean, q.variance] }) };
  }
  if (activation) {
    const { source, found, ...q } = standardize(activation, mean, variance, weights);
    const balance = balanceRoots(activation, mean * mean + variance, weights);
    return {
      ...q,
      ...numbers({ source, found, ...q }, setting),
      gains: gains(activation),
      roots: balance.roots.map(({ a, b, mean, slope }) => [slope, a, b, mean]),
      reason: balance.reason,
    };
  }
  const p = seluParameters(mean, variance, weights);
  return p.exists ? { ...p, ...numbers(p, setting) } : p;
});
process.stdout.write(JSON.stringify(results));
