/** How the book's search orders what it finds: pages that answer a question come before notebooks. */
globalThis.Scorer = {
  score([page, , , , score]) {
    const [folder] = page.split("/");
    return score + ({ "how-to": 8, notebooks: -4, CHANGELOG: -8, CONTRIBUTING: -4 }[folder] ?? 0);
  },
  // the rest is Sphinx's
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
