/** Read settings as JSON, and print what the explorer's modules say of each. */
import { readFileSync } from "node:fs";

import { fromAddress, toPython } from "../../docs/explorer/settings.js";
import {
  dropout,
  gainWithDropout,
  gradientGain,
  propagate,
  seluParameters,
  stability,
} from "../../docs/explorer/signals.js";
import { activationOf } from "../../docs/explorer/solve.js";
import { balanceRoots, gains, shape, standardize } from "../../docs/explorer/transformed.js";
import { charts } from "../../docs/explorer/views.js";
import { gainInWords, inWords } from "../../docs/explorer/words.js";

/** Return what the page says at an address: its Python, its words, and what it says of its charts. */
function page(address) {
  const { settings, notes } = fromAddress(address);
  const p = activationOf(settings);
  const said = { notes, exists: p.exists, python: toPython(settings), words: inWords(p, settings) };
  if (!p.exists) return said;
  const { charts: all, left } = charts(p, settings);
  const shown = Object.entries(all).filter(([, chart]) => chart);
  return {
    ...said,
    left,
    charts: Object.fromEntries(shown.map(([name, { description }]) => [name, description])),
  };
}

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
  if (typeof setting === "number") return gainInWords(setting);
  if (typeof setting === "string") return page(setting);
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
