// An exercise in place: the stub is an editor; Run, Check and Hint answer below it.
import { above, button, cells, loadingBar, make } from "./page.js";
import { MOVE, TimeIsUp, ask } from "./python.js";

const STOPPED = `Your code did not come back, and was stopped. Is there a loop
without an end? Python starts again; what you have typed is still here.`.replace("\n", " ");
const MANNERS = "Tab indents. Escape, then Tab, leaves the editor. Shift+Enter runs.";

export class Exercise {
  /** `k` is the cell of the stub, and the next one checks it. */
  constructor(k) {
    this.k = k;
    this.stub = cells[k].source;
    this.call = cells[k + 1].source;
    const name = this.call.match(/checks\.(\w+)/)[1];
    this.place = `bptt ${location.pathname.split("/").pop()} ${name}`;
    const manners = make("p", {
      className: "bptt-manners",
      id: `bptt-manners-${k}`,
      textContent: MANNERS,
    });
    this.editor = cells[k].editor = make("textarea", {
      className: "bptt-editor",
      value: kept(this.place) ?? this.stub,
      wrap: "off",
      spellcheck: false,
      autocapitalize: "off",
      autocomplete: "off",
      autocorrect: "off",
      "aria-label": `Your code for ${name}`,
      "aria-describedby": manners.id,
    });
    this.editor.oninput = () => this.typed();
    this.editor.onkeydown = (event) => this.key(event);
    this.again = button("Reset", () => this.reset());
    this.result = make("pre", { className: "bptt-result", role: "status" });
    const buttons = [
      ["Run", "run"],
      ["Check", "check"],
      ["Hint", "hint"],
    ].map(([words, how]) => button(words, () => this.go(how)));
    this.host = make(
      "div",
      { className: "bptt-exercise" },
      this.editor,
      make("div", { className: "bptt-row" }, ...buttons, this.again),
      manners,
      this.result,
    );
    cells[k].cell.querySelector(".cell_input").replaceWith(this.host);
    cells[k + 1].cell.hidden = true; // Check does what it does
    this.typed();
  }

  typed() {
    if (this.result?.dataset.ok === "true") this.say(""); // of another text; a hint stays
    const lines = this.editor.value.split("\n").length;
    this.editor.rows = Math.max(3, lines + 1);
    this.again.disabled = this.editor.value === this.stub && !this.left;
    if (this.editor.value !== this.stub) this.left = null;
    this.again.textContent = this.left ? "Bring my text back" : "Reset";
    keep(this.place, this.editor.value === this.stub ? null : this.editor.value);
  }

  /** Back to the stub; a second press brings the reader's text back. */
  reset() {
    const text = this.editor.value;
    this.editor.value = this.left ?? this.stub;
    this.left = this.left ? null : text;
    if (!this.isBusy) this.say(""); // it was said of the text that has just gone
    this.typed();
  }

  key(event) {
    const leaves = this.isLeaving;
    this.isLeaving = event.key === "Escape" || (leaves && event.key === "Shift");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.shiftKey)) this.go("run");
    else if (event.key === "Tab" && !leaves && !event.ctrlKey && !event.altKey)
      this.indent(event.shiftKey);
    else if (event.key === "Enter" && !event.isComposing) this.newLine();
    else return;
    event.preventDefault();
  }

  /** Put text in place of what lies between two places, so that Undo knows of it. */
  put(text, from = this.editor.selectionStart, to = this.editor.selectionEnd) {
    this.editor.setSelectionRange(from, to);
    if (!document.execCommand("insertText", false, text))
      this.editor.setRangeText(text, from, to, "end");
    this.typed();
  }

  newLine() {
    const before = this.editor.value.slice(0, this.editor.selectionStart).split("\n").pop();
    this.put("\n" + before.match(/^ */)[0] + (/:\s*(#.*)?$/.test(before) ? "    " : ""));
  }

  /** One step in, or out, for the line or for all lines that are marked. */
  indent(isOut) {
    const { value, selectionStart: start, selectionEnd: end } = this.editor;
    if (start === end && !isOut)
      return this.put(" ".repeat(4 - ((start - value.lastIndexOf("\n", start - 1) - 1) % 4)));
    const from = value.lastIndexOf("\n", start - 1) + 1;
    const lines = value.slice(from, end).split("\n");
    const text = lines
      .map((line) => (isOut ? line.replace(/^ {1,4}/, "") : "    " + line))
      .join("\n");
    const shift = text.length - (end - from);
    this.put(text, from, end);
    if (start === end)
      this.editor.setSelectionRange(Math.max(from, end + shift), Math.max(from, end + shift));
    else this.editor.setSelectionRange(from, end + shift);
  }

  async go(how) {
    if (this.isBusy) return;
    this.isBusy = true;
    const bar = loadingBar();
    this.result.before(bar);
    this.say("…");
    const given = { above: above(this.k), source: this.editor.value };
    if (how !== "run") given.call = this.call;
    if (how === "hint") given.call = this.call.replace(/\)$/, ", hint=True)");
    try {
      const { said, ok } = await ask(how === "run" ? "run" : "check", given, { urgency: MOVE });
      const quiet = "Your code ran, and printed nothing. Check says whether it is right.";
      this.say(said || quiet, how !== "run" || !ok ? ok : undefined);
    } catch (error) {
      this.say(error instanceof TimeIsUp ? STOPPED : error.message, false);
    }
    bar.remove();
    this.isBusy = false;
  }

  say(words, ok) {
    this.result.textContent = words;
    this.result.dataset.ok = ok ?? "";
  }
}

// A browser may keep nothing, in a private window for instance; then the text lasts as long as the page.
function kept(place) {
  try {
    return localStorage.getItem(place);
  } catch {
    return null;
  }
}

function keep(place, text) {
  try {
    if (text === null) localStorage.removeItem(place);
    else localStorage.setItem(place, text);
  } catch {}
}
