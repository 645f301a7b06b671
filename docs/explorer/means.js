/**
 * Gaussian means of any activation by the generated rule, and closed forms where it cannot reach, as
 * selu_sym/_numeric/gaussian_means.py and selu_sym/_numeric/catalogue.py have it for Python.
 */
import * as generated from "./activations.js";

/** What pieces without code are: [f, f']. */
const ZERO = () => [0, 0];

const FLAT = rule(generated.flat_rule());
const CURVED = rule(generated.curved_rule());

function rule(values) {
  const half = values.length / 2;
  return values.slice(0, half).map((node, i) => [node, values[half + i]]);
}

/** Return an activation by its name, with its usual parameters: what sourceOf of Python returns. */
export function sourceOf(name) {
  const parameters = Object.values(generated.PARAMETERS[name]);
  // biome-ignore lint/performance/noDynamicNamespaceImportAccess: the page needs all of them
  const of = (what) => generated[`${name}_${what}`];
  const [width, ...rest] = [of("shape")(...parameters)].flat();
  const [kinks, heights] = [rest.slice(0, rest.length / 2), rest.slice(rest.length / 2)];
  const borders = [-Infinity, ...kinks, Infinity];
  const pieces = (suffix) =>
    generated.ZERO[name].map((zero, i) => {
      const evaluate = zero && !suffix ? null : of(`${i}${suffix}`);
      return {
        low: borders[i],
        high: borders[i + 1],
        evaluate: evaluate && ((z) => evaluate(z, ...parameters)),
        polynomial: generated.POLYNOMIAL[name][i],
      };
    });
  const [low, high] = generated.SATURATES[name];
  const lessLimit = (suffix) => ({ name, pieces: pieces(suffix), width, kinks, jumps: [] });
  return {
    name,
    pieces: pieces(""),
    width,
    kinks,
    jumps: generated.JUMPS[name] ? kinks.map((place, i) => [place, heights[i]]) : [],
    closed: generated.CLOSED[name] ? [of("means"), of("slopes")] : null,
    ends: of("ends")(...parameters),
    saturated: [low ? lessLimit("_low") : null, high ? lessLimit("_high") : null],
  };
}

/** Return f(s x + t) as a function of x, for s > 0, as Source.with_input of Python. */
export function withInput(source, s, t) {
  const inner = (x) => (x - t) / s;
  const of = (whole) => ({
    ...whole,
    pieces: whole.pieces.map((piece) => ({
      ...piece,
      low: inner(piece.low),
      high: inner(piece.high),
      evaluate:
        piece.evaluate &&
        ((x) => {
          const [value, slope] = piece.evaluate(s * x + t);
          return [value, s * slope];
        }),
    })),
    width: whole.width / s,
    kinks: whole.kinks.map(inner),
    jumps: whole.jumps.map(([place, height]) => [inner(place), height]),
  });
  return {
    ...of(source),
    closed: null,
    saturated: source.saturated.map((rest) => rest && of(rest)),
  };
}

/** Return [f(z), f'(z)]. */
export function evaluate(source, z) {
  const piece = source.pieces.find(({ high }) => z < high) ?? source.pieces.at(-1);
  return (piece.evaluate ?? ZERO)(z);
}

/**
 * Return {mean, square, variance, slope, slopeSquare, R1, R2, Q} of f(z) for z ~ N(m, v): the means
 * of f, f^2, f' and f'^2, the variance of f, and what the variance and the mean of z change them by.
 * Where f jumps, those of the derivative are NaN, but for its mean.
 */
export function means(source, m, v) {
  if (source.closed) {
    const [first, slopes] = source.closed;
    const [mean, square, variance, slope, slopeSquare] = first(m, v);
    const [R1, R2, Q] = slopes(m, v);
    return { mean, square, variance, slope, slopeSquare, R1, R2, Q };
  }
  const flat = generated.needs_flat_panel(Math.sqrt(v), source.width);
  const found = integrated(source, m, v, flat);
  for (const [i, side] of [-1, 1].entries()) {
    const rest = source.saturated[i];
    if (rest && !flat && side * m > generated.SATURATED_FROM * Math.sqrt(v)) {
      const { variance, R2, Q } = integrated(rest, m, v, false);
      Object.assign(found, { variance, R2, Q });
    }
  }
  return found;
}

/** Return E y^k of y = a f(z) + b, z ~ N(0, v), for k = 1 to 4, and means of powers of f'. */
export function layerMeans(source, v, a, b) {
  const total = new Array(9).fill(0);
  for (const piece of source.pieces) {
    eachNode(source, piece, 0, v, piece.polynomial, (z, weight) => {
      const [f, slope] = (piece.evaluate ?? ZERO)(z);
      const [y, squared] = [a * f + b, slope * slope];
      const ofSlopes = [squared, squared ** 2, y * squared, y * y * squared, z * z * squared];
      [y, y ** 2, y ** 3, y ** 4, ...ofSlopes].forEach((value, i) => {
        total[i] += weight * value;
      });
    });
  }
  return total;
}

/** Return the means by the rule. */
function integrated(source, m, v, flat) {
  const found = { mean: 0, square: 0, slope: 0, slopeSquare: 0, R1: 0, R2: 0, Q: 0 };
  const values = [];
  for (const piece of source.pieces.filter((one) => one.evaluate)) {
    eachNode(source, piece, m, v, flat || piece.polynomial, (z, weight) => {
      const [f, slope] = piece.evaluate(z);
      found.mean += weight * f;
      found.square += weight * f * f;
      values.push([z, weight, f, slope]);
    });
  }
  found.variance = found.mean ** 2 * probabilityOfZero(source, m, v);
  for (const [z, weight, f, slope] of values) {
    const centred = f - found.mean;
    found.variance += weight * centred * centred;
    found.slope += weight * slope;
    found.slopeSquare += weight * slope * slope;
    found.R1 += weight * slope * (z - m);
    found.R2 += weight * slope * (z - m) * centred;
    found.Q += weight * slope * centred;
  }
  for (const [place, height] of source.jumps) found.slope += height * generated.weight(place, m, v);
  if (source.jumps.length) Object.assign(found, { slopeSquare: NaN, R1: NaN, R2: NaN, Q: NaN });
  return found;
}

/** Return [E f, Var f] alone, of an activation without a closed form. */
export function meanAndVariance(source, m, v) {
  if (source.closed) {
    const [mean, , variance] = source.closed[0](m, v);
    return [mean, variance];
  }
  const flat = generated.needs_flat_panel(Math.sqrt(v), source.width);
  let [mean, count] = [0, 0];
  for (const piece of source.pieces) {
    if (!piece.evaluate) continue;
    eachNode(source, piece, m, v, flat || piece.polynomial, (z, weight) => {
      const [f] = piece.evaluate(z);
      mean += weight * f;
      BUFFER[count++] = weight;
      BUFFER[count++] = f;
    });
  }
  let variance = mean ** 2 * probabilityOfZero(source, m, v);
  for (let i = 0; i < count; i += 2) variance += BUFFER[i] * (BUFFER[i + 1] - mean) ** 2;
  return [mean, variance];
}

/** Weights and values of one integral. */
const BUFFER = new Float64Array(4096);

/** Return the probability of the pieces where f is 0. */
function probabilityOfZero(source, m, v) {
  return source.pieces
    .filter((piece) => !piece.evaluate)
    .reduce((sum, { low, high }) => sum + probability(low - m, high - m, Math.sqrt(v)), 0);
}

/** Return the probability that N(0, deviation^2) is between two ends, by the side where it is small. */
function probability(low, high, deviation) {
  const ends = low + high > 0 ? [-high, -low] : [low, high];
  return below(ends[1] / deviation) - below(ends[0] / deviation);
}

/** Return the distribution function of N(0, 1), the slope of the ReLU's mean. */
function below(x) {
  if (!Number.isFinite(x)) return x < 0 ? 0 : 1;
  return x === 0 ? 0.5 : generated.gelu_0(x)[0] / x;
}

/** Call `take(z, weight)` for the nodes of a piece: in one panel, or in two on each side of 0. */
function eachNode(source, piece, m, v, flat, take) {
  if (flat) {
    flatPanel(...generated.limits(m, v, piece.low, piece.high), m, v, take);
    return;
  }
  const c = generated.curve_factor(v, source.width);
  const reach = generated.inner(v);
  for (const side of [-1, 1]) {
    const [start, end] =
      side < 0 ? [piece.low, Math.min(piece.high, 0)] : [Math.max(piece.low, 0), piece.high];
    if (!(start < end)) continue;
    const [low, high] = generated.limits(m, v, start, end);
    const border = Math.min(Math.max(side * reach, low), high);
    const [outer, inner] =
      side < 0
        ? [
            [low, border],
            [border, high],
          ]
        : [
            [border, high],
            [low, border],
          ];
    flatPanel(...outer, m, v, take);
    const [first, last] = [Math.asinh(inner[0] / c), Math.asinh(inner[1] / c)];
    for (const [node, weight] of CURVED) {
      const [z, length] = generated.curved_node(node, first, last, c);
      take(z, weight * length * generated.weight(z, m, v));
    }
  }
}

function flatPanel(low, high, m, v, take) {
  for (const [node, weight] of FLAT) {
    const [z, length] = generated.flat_node(node, low, high);
    take(z, weight * length * generated.weight(z, m, v));
  }
}
