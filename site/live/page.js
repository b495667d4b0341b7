// Small things that panels and exercises share.
import { watch } from "./python.js";

/** An element with these properties (names with a dash or "role" are attributes) and children. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties))
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export const button = (words, onclick, properties = {}) =>
  make("button", {
    type: "button",
    className: "bptt-button",
    textContent: words,
    onclick,
    ...properties,
  });

/** Words and a bar while Python loads; they go when it is there. */
export function loadingBar() {
  const bar = make("progress", { max: 1, "aria-label": "Python is loading" });
  const words = make("span", { role: "status" });
  const box = make("div", { className: "bptt-loading" }, bar, words);
  watch((share, said) => {
    box.hidden = !said;
    bar.value = share;
    if (words.textContent !== said) words.textContent = said && `${said} …`;
    return box.isConnected;
  });
  return box;
}

/** What the code cells of this page say, in order: {cell, source, image}. */
export const cells = [...document.querySelectorAll("div.cell")]
  .map((cell) => ({
    cell,
    source: cell.querySelector(".cell_input pre")?.textContent.trimEnd(),
    image: cell.querySelector(".cell_output img"),
  }))
  .filter(({ source }) => source);

/** The sources of all cells above one; an exercise counts as its reader has left it. */
export const above = (k) => cells.slice(0, k).map(({ source, editor }) => editor?.value ?? source);
