/** The controls: for each slider a number beside it, and a menu of weight models. */
import { MODELS, model, rounded, SLIDERS } from "./settings.js";

const toSlider = (name, value) => (SLIDERS[name].log ? Math.log10(value) : value);
const fromSlider = (name, value) => rounded(name, SLIDERS[name].log ? 10 ** value : +value);

/** Return the HTML of a slider and its number. */
function sliderHtml(name, { label, min, max, step, log, integer }) {
  const range = log ? [Math.log10(min), Math.log10(max), 0.001] : [min, max, step];
  const numberStep = log && !integer ? "any" : (step ?? 1);
  return (
    `<div class="control"><label for="${name}">${label}</label>` +
    `<input type="range" id="${name}" min="${range[0]}" max="${range[1]}" step="${range[2]}">` +
    `<input type="number" id="${name}-number" aria-label="${label}" min="${min}" max="${max}" ` +
    `step="${numberStep}"></div>`
  );
}

/** Put the controls into a form, and call `changed(name, value)` when one is moved. */
export function build(form, changed) {
  const options = Object.entries(MODELS).map(
    ([name, says]) => `<option value="${name}">${says}</option>`,
  );
  const { mean, variance, tau, bias, ...others } = SLIDERS;
  const html = (sliders) =>
    Object.entries(sliders)
      .map((entry) => sliderHtml(...entry))
      .join("");
  form.innerHTML =
    html({ mean, variance }) +
    `<div class="control"><label for="weights">Weights</label>` +
    `<select id="weights">${options.join("")}</select></div>` +
    html({ tau, bias, ...others });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("#weights").addEventListener("change", (event) => {
    changed("weights", event.target.value);
  });
  for (const name of Object.keys(SLIDERS)) {
    form.querySelector(`#${name}`).addEventListener("input", (event) => {
      changed(name, fromSlider(name, event.target.value));
    });
    form.querySelector(`#${name}-number`).addEventListener("change", (event) => {
      if (event.target.value !== "") changed(name, rounded(name, +event.target.value));
    });
  }
}

/** Show the settings. */
export function show(form, settings) {
  form.querySelector("#weights").value = settings.weights;
  const own = settings.weights === "Iid";
  const values = own ? settings : { ...settings, bias: 0, ...model(settings) };
  for (const name of Object.keys(SLIDERS)) {
    const slider = form.querySelector(`#${name}`);
    const number = form.querySelector(`#${name}-number`);
    slider.value = toSlider(name, values[name]);
    slider.setAttribute("aria-valuetext", values[name]);
    number.value = +values[name].toPrecision(6);
    slider.disabled = number.disabled = !own && ["tau", "bias"].includes(name);
  }
}
