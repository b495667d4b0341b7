// JupyterLab's slides: one key goes on, and what comes up has run.
const IN_USE = "input, textarea, select, .cm-content"; // these have their own keys
const KEYS = { " ": 1, PageDown: 1, PageUp: -1 };

function activate(app) {
  const started = new WeakSet();
  const panel = () => app.shell.currentWidget;
  const isSlides = () => document.body.dataset.jpDeckMode === "presenting" && panel()?.content?.widgets;
  const isOnView = (cell) => cell.node.classList.contains("jp-deck-mod-visible");
  const metadata = (cell, name) => cell.model.getMetadata(name);
  const isToRun = (cell) =>
    cell.model.type === "code" && !started.has(cell) && metadata(cell, "slideshow")?.slide_type !== "skip";
  // A cell that settles a bet waits for a key; one that shows no code has no question to show first.
  const waits = (cell) =>
    isOnView(cell) && metadata(cell, "tags")?.includes("hide-output") && !metadata(cell, "jupyter")?.source_hidden;

  async function run(cell) {
    started.add(cell);
    await panel().sessionContext.ready;
    await cell.constructor.execute(cell, panel().sessionContext);
  }

  // A formula that is wider than the slide becomes smaller.
  function narrow(formula) {
    const over = formula.scrollWidth / formula.clientWidth;
    if (over > 1) formula.style.fontSize = `${parseFloat(formula.style.fontSize || 100) / over}%`;
  }

  // All cells from the first to those on view, so that each finds what stands above it.
  function catchUp() {
    if (!isSlides()) return;
    const cells = panel().content.widgets;
    for (const cell of cells) cell.toggleClass("bptt-large", !!metadata(cell, "large"));
    document.querySelectorAll(".jp-deck-mod-visible mjx-container[display]").forEach(narrow);
    const last = cells.findLastIndex(isOnView);
    cells.slice(0, last + 1).filter((cell) => isToRun(cell) && !waits(cell)).forEach(run);
  }

  const watched = new WeakSet();
  function watch() {
    const notebook = panel()?.content;
    if (!notebook?.activeCellChanged || watched.has(notebook)) return;
    watched.add(notebook);
    notebook.activeCellChanged.connect(() => setTimeout(catchUp));
    catchUp();
  }

  function go(way) {
    const waiting = way > 0 && panel().content.widgets.find((cell) => isToRun(cell) && waits(cell));
    if (waiting) return run(waiting);
    const [direction, alternate] = way > 0 ? ["down", "forward"] : ["up", "back"];
    app.commands.execute("deck:go", { direction, alternate });
  }

  function press(event) {
    if (!(event.key in KEYS) || !isSlides() || event.target.closest?.(IN_USE)) return;
    if (event.key === " " && event.target.closest?.("button, summary")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    go(event.shiftKey ? -1 : KEYS[event.key]);
  }

  const resize = () =>
    document.body.style.setProperty("--slide", Math.min(innerWidth / 1280, innerHeight / 720));

  resize();
  addEventListener("resize", resize);
  addEventListener("keydown", press, true);
  new MutationObserver(() => setTimeout(watch)).observe(document.body, { attributeFilter: ["data-jp-deck-mode"] });
  app.shell.currentChanged?.connect(watch);
}

globalThis._JUPYTERLAB ??= {};
globalThis._JUPYTERLAB["bptt-slides"] = {
  init() {},
  get: async () => () => ({ __esModule: true, default: { id: "bptt-slides:keys", autoStart: true, activate } }),
};
