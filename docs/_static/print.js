/** Print in the light theme: paper is white, and browsers leave backgrounds out. */
const { dataset } = document.documentElement;
let shown;
matchMedia("print").addEventListener("change", ({ matches }) => {
  if (matches) shown = dataset.theme;
  dataset.theme = matches ? "light" : shown;
});
