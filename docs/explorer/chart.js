/** Charts as SVG: axes, lines, bands. */

const WIDTH = 360;

/** Room around a plot, for the labels of its axes. */
const ROOM = { left: 52, right: 18, top: 10, bottom: 42 };

/** Return the plot's place in a chart of a height. */
function frameOf(height) {
  const { left, right, top, bottom } = ROOM;
  return { left, top, width: WIDTH - left - right, height: height - top - bottom };
}

/** Return a function from values of an axis to between 0 and 1. */
function scale({ min, max, log }) {
  if (!log) return (value) => (value - min) / (max - min);
  // differences: the quotients may be beyond the doubles
  return (value) => (Math.log(value) - Math.log(min)) / (Math.log(max) - Math.log(min));
}

/** Return the values of an axis that are labelled, about five. */
function ticks({ min, max, log }) {
  if (log) return logarithmicTicks(min, max);
  const rough = (max - min) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const first = Math.ceil(min / step - 1e-9);
  const count = Math.floor(max / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => +((first + i) * step).toPrecision(12));
}

function logarithmicTicks(min, max) {
  const [first, last] = [min, max].map((end) => Math.floor(Math.log10(end) + 1e-9));
  const every = Math.ceil((last - first) / 6);
  const factors = max / min < 100 ? [1, 2, 5] : [1];
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return powers
    .filter((power) => power % every === 0)
    .flatMap((power) => factors.map((factor) => +(factor * 10 ** power).toPrecision(12)))
    .filter((value) => value >= min * (1 - 1e-9) && value <= max);
}

function tickLabel(value) {
  const size = Math.abs(value);
  if (value && (size >= 1e4 || size < 1e-3)) return value.toExponential().replace("e+", "e");
  return String(value);
}

function axes(x, y, { left, top, width, height }) {
  const [across, up] = [scale(x), scale(y)];
  const bottom = top + height;
  const columns = ticks(x).map((value) => {
    const place = left + width * across(value);
    return (
      `<line class="grid" x1="${place}" x2="${place}" y1="${top}" y2="${bottom}"/>` +
      `<text x="${place}" y="${bottom + 15}" text-anchor="middle">${tickLabel(value)}</text>`
    );
  });
  const rows = ticks(y).map((value) => {
    const place = bottom - height * up(value);
    return (
      `<line class="grid" x1="${left}" x2="${left + width}" y1="${place}" y2="${place}"/>` +
      `<text x="${left - 6}" y="${place + 4}" text-anchor="end">${tickLabel(value)}</text>`
    );
  });
  const middle = top + height / 2;
  return [
    ...columns,
    ...rows,
    `<text x="${left + width / 2}" y="${bottom + 34}" text-anchor="middle">${x.label}</text>`,
    `<text transform="translate(11 ${middle}) rotate(-90)" text-anchor="middle">${y.label}</text>`,
  ].join("");
}

/** Return a path through points, which breaks where one is not finite. */
function path(points, x, y, { width, height }) {
  const [across, up] = [scale(x), scale(y)];
  let pen = "M";
  let text = "";
  for (const [a, b] of points) {
    const [left, top] = [inside(across(a)) * width, inside(1 - up(b)) * height];
    if (Number.isNaN(left + top)) {
      pen = "M";
      continue;
    }
    text += `${pen}${Math.round(10 * left) / 10} ${Math.round(10 * top) / 10}`;
    pen = "L";
  }
  return text;
}

/** Return a place in or at the frame: a little outside of it is as good as far outside. */
const inside = (part) => Math.min(Math.max(part, -1), 2);

/** What stands in each chart: its axes, and its shapes. */
const DRAWN = new WeakMap();

/** Write into a chart what is new in it: what stays is not parsed, styled and laid out again. */
function write(svg, frame, axesHtml, shapes) {
  const before = DRAWN.get(svg);
  DRAWN.set(svg, { axesHtml, shapes });
  const place = `x="${frame.left}" y="${frame.top}" width="${frame.width}" height="${frame.height}"`;
  if (!before) {
    const html = shapes.map(([name, given]) => `<${name}${attributes(given)}/>`).join("");
    svg.innerHTML = `<g>${axesHtml}</g><rect class="frame" ${place}/><svg ${place}>${html}</svg>`;
    return;
  }
  if (axesHtml !== before.axesHtml) svg.firstElementChild.innerHTML = axesHtml;
  const plot = svg.lastElementChild;
  while (plot.childElementCount > shapes.length) plot.lastElementChild.remove();
  for (const [i, [name, given]] of shapes.entries()) {
    const shape =
      plot.children[i] ?? plot.appendChild(document.createElementNS(plot.namespaceURI, name));
    for (const [key, value] of Object.entries(given)) {
      if (before.shapes[i]?.[1][key] !== value) shape.setAttribute(key, value);
    }
  }
}

const attributes = (given) =>
  Object.entries(given)
    .map(([key, value]) => ` ${key}="${value}"`)
    .join("");

/**
 * Draw a chart: x and y are axes {min, max, label, log}; lines are {points, key}; bands are
 * {low, high, key} of points; the key is the class that gives a colour. A mark is a point, and the
 * description is for those who cannot see it. Returns the place of the plot, in percent of the chart.
 */
export function draw(svg, chart) {
  const { x, y, lines = [], bands = [], mark, height = 220, description } = chart;
  const frame = frameOf(height);
  const outlines = bands
    .map(({ low, high, key }) => [key, path([...low, ...[...high].reverse()], x, y, frame)])
    .filter(([, outline]) => outline);
  const shapes = [
    ...outlines.map(([key, outline]) => ["path", { class: `band ${key}`, d: `${outline}Z` }]),
    ...lines.map(({ points, key }) => [
      "path",
      { class: `line ${key}`, d: path(points, x, y, frame) },
    ]),
  ];
  if (mark) {
    const [across, up] = [scale(x)(mark[0]), scale(y)(mark[1])];
    const center = { cx: frame.width * across, cy: frame.height * (1 - up), r: 6 };
    shapes.push(["circle", { class: "halo", ...center }], ["circle", { class: "mark", ...center }]);
  }
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
  svg.setAttribute("aria-label", description);
  write(svg, frame, axes(x, y, frame), shapes);
  return {
    left: `${(100 * frame.left) / WIDTH}%`,
    top: `${(100 * frame.top) / height}%`,
    width: `${(100 * frame.width) / WIDTH}%`,
    height: `${(100 * frame.height) / height}%`,
  };
}
