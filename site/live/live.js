// Brings a page of the book to life: its panels move, its exercises are done in place.
import { Exercise } from "./exercise.js";
import { cells } from "./page.js";
import { LivePanel } from "./panel.js";

const shows = /^panels\.\w+\(.*$/; // the last line of a cell that shows a panel
const panels = cells.flatMap(({ source, image }, k) =>
  image && shows.test(source.split("\n").pop()) ? [new LivePanel(k, () => panels)] : [],
);
cells.forEach(({ source }, k) => {
  const isStub = /(^|[=(,:\s])\.\.\.([,;})\s]|$)/m.test(source);
  const checked = /^checks\.(?!diagnose|report)/.test(cells[k + 1]?.source ?? "");
  if (isStub && checked) new Exercise(k);
});
