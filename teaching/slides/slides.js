// Cuts what is too long for one slide, and turns the pages: arrow keys, space bar, PageUp, PageDown.
const main = document.querySelector("main");
const sections = () => [...main.querySelectorAll("section")];

// Every fragment apart, so that a slide can end within one; what waits together has one number.
function loosen(section) {
  for (const [number, fragment] of section.querySelectorAll(":scope > .fragment").entries()) {
    for (const child of fragment.children) child.dataset.waits = number;
    fragment.replaceWith(...fragment.children);
  }
}

const bottom = (section) => section.getBoundingClientRect().bottom - 40;
const isBelow = (element, section) => element.getBoundingClientRect().bottom > bottom(section);

// A list, table or text too long for a slide of its own: what fits stays, the rest is returned.
function cut(block, section) {
  if (block.matches("pre, .highlight")) {
    const pre = block.matches("pre") ? block : block.querySelector("pre");
    const lines = pre.innerHTML.trimEnd().split("\n");
    const rest = block.cloneNode(true);
    for (let n = lines.length - 1; n > 0 && isBelow(block, section); n--) {
      pre.innerHTML = lines.slice(0, n).join("\n");
      (rest.matches("pre") ? rest : rest.querySelector("pre")).innerHTML = lines.slice(n).join("\n");
    }
    return rest;
  }
  const rows = block.matches("table") ? block.querySelector("tbody") : block;
  if (!block.matches("ul, ol, table") || rows.children.length < 2) return null;
  const rest = block.cloneNode(true);
  const others = rest.matches("table") ? rest.querySelector("tbody") : rest;
  others.replaceChildren();
  while (rows.children.length > 1 && isBelow(block, section)) others.prepend(rows.lastElementChild);
  if (block.matches("ol")) rest.start = block.start + rows.children.length;
  return rest;
}

const LOW = 440; // px that a picture needs at least

function fit(section) {
  const blocks = [...section.children];
  section.classList.toggle("few", !section.querySelector("pre, img, table"));
  const isFull = section.scrollWidth > section.clientWidth || blocks.some((block) => isBelow(block, section));
  if (isFull) section.classList.remove("few");
  const fixed = blocks.filter((block) => block.matches("header")).length;
  let first = blocks.findIndex((block) => isBelow(block, section));
  if (first < 0) return;
  const room = bottom(section) - blocks[first].getBoundingClientRect().top - 8;
  if (blocks[first].matches("img") && room >= LOW) {
    blocks[first].style.height = `${room}px`;
    first += 1;
  } else if (first === fixed || (blocks[first].matches("table") && room > 300)) {
    const rest = cut(blocks[first], section);
    if (rest) blocks[first].after(rest);
    first += 1;
  } else {
    const leads = (block) => /^H\d$/.test(block.tagName) || /:\s*$/.test(block.textContent);
    let kept = first;
    if (!blocks[first].matches("img")) while (kept > fixed && leads(blocks[kept - 1])) kept -= 1;
    first = kept > fixed ? kept : first;
  }
  const rest = [...section.children].slice(first);
  if (!rest.length) return;
  const next = document.createElement("section");
  if (fixed) next.append(blocks[0].cloneNode(true));
  next.append(...rest);
  section.after(next);
  fit(next);
}

// What is wider than the slide becomes smaller.
function narrowFormula(formula) {
  const over = formula.firstElementChild.getBoundingClientRect().width / formula.clientWidth;
  if (over > 1) formula.style.fontSize = `${100 / over}%`;
}

function narrowTable(table) {
  const room = main.clientWidth - 80;
  for (let size = 24; size >= 21 && table.getBoundingClientRect().width > room; size -= 1)
    table.style.fontSize = `${size}px`;
}

// The page itself was the key that its first part waited for.
function unveil(section) {
  const number = section.querySelector(":scope > :not(header)")?.dataset.waits;
  for (const part of section.querySelectorAll(`[data-waits="${number}"]`)) delete part.dataset.waits;
}

let page = 0;
let step = 0; // how many of the waiting parts of this page are on view
const parts = (section) => [...new Set([...section.querySelectorAll("[data-waits]")].map((part) => part.dataset.waits))];

function show(number, steps = 0) {
  const all = sections();
  page = Math.max(0, Math.min(number, all.length - 1));
  const waiting = parts(all[page]);
  step = Math.max(0, Math.min(steps, waiting.length));
  all.forEach((section, n) => section.classList.toggle("now", n === page));
  for (const part of all[page].querySelectorAll("[data-waits]"))
    part.classList.toggle("waits", waiting.indexOf(part.dataset.waits) >= step);
  history.replaceState(null, "", `#${page + 1}`);
}

const forward = () => step < parts(sections()[page]).length ? show(page, step + 1) : show(page + 1);
const back = () => step > 0 ? show(page, step - 1) : page > 0 && show(page - 1, Infinity);
const KEYS = {
  ArrowRight: forward, ArrowDown: forward, PageDown: forward, " ": forward,
  ArrowLeft: back, ArrowUp: back, PageUp: back,
  Home: () => show(0), End: () => show(Infinity, Infinity),
};

function resize() {
  main.style.transform = `scale(${Math.min(innerWidth / 1280, innerHeight / 720)})`;
}

MathJax.startup.promise.then(async () => {
  await Promise.all([...document.images].map((image) => image.decode()));
  sections().forEach(loosen);
  main.querySelectorAll('mjx-container[display]').forEach(narrowFormula);
  main.querySelectorAll('table').forEach(narrowTable);
  sections().forEach(fit);
  sections().forEach(unveil);
  const all = sections();
  all.forEach((section, n) => section.insertAdjacentHTML("beforeend", `<footer>${n + 1} / ${all.length}</footer>`));
  document.body.classList.add("show");
  document.body.style.overflow = "hidden";
  resize();
  addEventListener("resize", resize);
  addEventListener("keydown", (event) => {
    if (!(event.key in KEYS) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  show((Number(location.hash.slice(1)) || 1) - 1);
});
