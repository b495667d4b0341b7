// What is wider than the page scrolls by itself. Then, and only then, a keyboard stops at it, it has
// a name, and it fades at an edge where more follows.
const KINDS = {
  "div.math": "Formula",
  ".table-wrapper": "Table",
  pre: "Code",
  ".paper": "Figure",
};

function look(box, name) {
  const rest = box.scrollWidth - box.clientWidth;
  const cut = [box.scrollLeft > 1 && "left", box.scrollLeft < rest - 1 && "right"];
  const told = { tabindex: 0, role: "region", "aria-label": `${name}, wider than the page` };
  told["data-cut"] = cut.filter(Boolean).join(" ");
  for (const [attribute, value] of Object.entries(told))
    if (rest > 1) box.setAttribute(attribute, value);
    else box.removeAttribute(attribute);
}

for (const [selector, kind] of Object.entries(KINDS))
  document.querySelectorAll(`article ${selector}[tabindex]`).forEach((box, k) => {
    const now = () => look(box, `${kind} ${k + 1}`);
    box.addEventListener("scroll", now, { passive: true });
    new ResizeObserver(now).observe(box);
  });
