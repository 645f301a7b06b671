/** The controls: menus, and for each slider a number beside it. */
import { MENUS, model, read, rounded, SELU, SLIDERS } from "./settings.js";

const toSlider = (name, value) => (SLIDERS[name].log ? Math.log10(value) : value);
const fromSlider = (name, value) => rounded(name, SLIDERS[name].log ? 10 ** value : +value);

/** Return the HTML of a slider and its number. */
function sliderHtml(name) {
  const { label, min, max, step, log } = SLIDERS[name];
  // "any": with a step, the slider would not reach its end
  const range = log ? [Math.log10(min), Math.log10(max), "any"] : [min, max, step];
  return (
    `<div class="control"><label for="${name}">${label}</label>` +
    `<input type="range" id="${name}" min="${range[0]}" max="${range[1]}" step="${range[2]}">` +
    `<input type="text" inputmode="decimal" id="${name}-number" aria-label="${label}" ` +
    `autocomplete="off" aria-describedby="explorer-notes"></div>`
  );
}

/** Return the HTML of a menu. */
function menuHtml(name) {
  const { label, options } = MENUS[name];
  const items = Object.entries(options).map(
    ([value, says]) => `<option value="${value}">${says}</option>`,
  );
  return (
    `<div class="control"><label for="${name}">${label}</label>` +
    `<select id="${name}">${items.join("")}</select></div>`
  );
}

/** Put the controls into a form, and call `changed(name, value, note)` when one is moved. */
export function build(form, changed) {
  const { mean, variance, ...others } = SLIDERS;
  form.innerHTML = [
    menuHtml("activation"),
    menuHtml("method"),
    ...Object.keys({ mean, variance }).map(sliderHtml),
    menuHtml("weights"),
    ...Object.keys(others).map(sliderHtml),
  ].join("");
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const name of Object.keys(MENUS)) {
    form.querySelector(`#${name}`).addEventListener("change", (event) => {
      changed(name, event.target.value);
    });
  }
  for (const name of Object.keys(SLIDERS)) {
    form.querySelector(`#${name}`).addEventListener("input", (event) => {
      changed(name, fromSlider(name, event.target.value));
    });
    form.querySelector(`#${name}-number`).addEventListener("change", (event) => {
      const { value, note } = read(name, event.target.value);
      changed(name, value, note);
    });
  }
}

/** Show the settings. */
export function show(form, settings) {
  for (const name of Object.keys(MENUS)) form.querySelector(`#${name}`).value = settings[name];
  form.querySelector("#method").closest("div").hidden = settings.activation === SELU;
  const own = settings.weights === "Iid";
  const values = own ? settings : { ...settings, bias: 0, ...model(settings) };
  for (const name of Object.keys(SLIDERS)) {
    const slider = form.querySelector(`#${name}`);
    const number = form.querySelector(`#${name}-number`);
    slider.value = toSlider(name, values[name]);
    slider.setAttribute("aria-valuetext", values[name]);
    number.value = +values[name].toPrecision(12);
    slider.disabled = number.disabled = !own && ["tau", "bias"].includes(name);
  }
}
