// A panel in place of its picture: the controls of its spec, the picture, the sentence.
import { above, button, cells, loadingBar, make } from "./page.js";
import { AHEAD, LATER, LAY_OUT, MAKE, MOVE, ask, life } from "./python.js";

const WIDEST = 1100,
  NARROWEST = 320; // pixels of a picture
const HANDLE = 24; // pixels of a slider's handle, as in live.css
const REHEARSED = 16; // steps of the main control at most that are set before the hand comes

let tidying = null; // one question for all panels

export class LivePanel {
  constructor(k, others) {
    this.k = k;
    this.key = String(k);
    this.image = cells[k].image;
    this.waiting = new Map(); // the newest move of each control, while one is under way
    this.controls = {};
    this.start = button("Move it", () => {
      this.wake(MAKE);
      others().forEach((panel) => panel.wake(LATER));
    });
    this.host = make("div", { className: "bptt-live" }, this.start);
    (this.image.closest("picture") ?? this.image).before(this.host);
  }

  /** Bring it to life, once; what is wanted at once may come before what was asked earlier. */
  async wake(urgency) {
    if (this.order) return void (this.order.urgency = Math.min(this.order.urgency, urgency));
    this.order = { urgency };
    this.start.textContent = "One moment …";
    if (urgency === MAKE) this.showBelow(loadingBar()); // once on a page
    try {
      const width = this.room();
      const given = { key: this.key, above: above(this.k), source: cells[this.k].source, width };
      const told = await ask("make", given, this.order);
      const hadFocus = document.activeElement === this.start;
      this.build(told, width);
      if (hadFocus) (this.main ?? this.host.querySelector("button")).focus({ preventScroll: true });
    } catch (error) {
      this.order = null;
      this.start.textContent = "Try again";
      const words = error.message.trim().split("\n").pop();
      this.showBelow(make("p", { role: "alert", textContent: words }));
    }
  }

  /** This alone below the button, which keeps the keyboard if it has it. */
  showBelow(part) {
    while (this.start.nextSibling) this.start.nextSibling.remove();
    this.start.after(part);
  }

  room() {
    return Math.round(Math.min(WIDEST, Math.max(NARROWEST, this.host.clientWidth)));
  }

  build(told, width) {
    this.spec = told;
    this.said = make("div", { className: "bptt-sentence", role: "status" });
    const named = Object.fromEntries(told.controls.map((spec) => [spec.name, spec]));
    const row = (names, ...more) =>
      make(
        "div",
        { className: "bptt-row" },
        ...names.map((name) => this.control(named[name])),
        ...more,
      );
    const first = told.controls.map(({ name }) => name);
    const others = first.filter((name) => name !== told.main && !told.more.includes(name));
    const reset = button("Reset", () => this.send("reset"));
    const folded = row(told.more);
    const more = button(
      "more",
      () => {
        folded.hidden = !folded.hidden;
        more.setAttribute("aria-expanded", !folded.hidden);
      },
      { "aria-expanded": false },
    );
    folded.hidden = true;
    const ends = told.more.length ? [more, reset] : [reset];
    const main = told.main === null ? [] : this.parts(named[told.main]);
    this.main = main.find((part) => part.type === "range");
    const rest = main.filter((part) => part !== this.main);
    if (named[told.main]?.step_words) this.main = null; // its buttons are enough for the hand
    const live = make(
      "div",
      { className: "bptt-panel", role: "group", "aria-label": told.title },
      row(others, ...ends),
      folded,
      make("div", { className: "bptt-row bptt-said" }, ...rest, this.said),
    );
    this.host.replaceChildren(live);
    this.still = make("img", { alt: told.title });
    this.moving = make("div"); // lies above it
    this.picture = make("div", { className: "bptt-picture" }, this.still, this.moving);
    live.append(this.picture);
    if (this.main) live.append(this.main);
    (this.image.closest("picture") ?? this.image).remove();
    this.life = life;
    this.show(told, width);
    new ResizeObserver(() => this.resize()).observe(this.host);
    if (named[told.main]) this.rehearse(named[told.main]);
  }

  /** Nobody sees it: letters and numbers of other values are set while Python has nothing to do. */
  async rehearse({ name, kind, low, high, step }) {
    if (kind === "log") return;
    const stops = Math.round((high - low) / step);
    const count = Math.min(stops, REHEARSED);
    for (let k = 0; k <= count && this.life === life; k++) {
      const value = low + step * Math.round((stops * k) / count);
      await ask("rehearse", { key: this.key, name, value }, { urgency: AHEAD }).catch(() => {});
    }
  }

  // ---- controls

  control(spec) {
    return make("div", { className: "bptt-control" }, ...this.parts(spec));
  }

  /** The label with its box or menu, the slider, the buttons. */
  parts(spec) {
    const control = (this.controls[spec.name] = { spec });
    const label = (input) => make("label", {}, this.nameOf(spec), input);
    if (spec.kind === "menu") {
      control.menu = make(
        "select",
        {},
        ...spec.options.map((words) => make("option", { textContent: words })),
      );
      control.menu.onchange = () =>
        this.send("move", spec.name, spec.options[control.menu.selectedIndex]);
      return [label(control.menu)];
    }
    const isWhole = spec.kind === "whole" || spec.kind === "box";
    const step = spec.kind === "log" ? "any" : spec.step;
    control.box = make("input", { type: "number", min: spec.low, max: spec.high, step });
    control.box.oninput = () => (control.isTyped = true);
    control.box.onblur = () => (control.isTyped = false);
    control.box.onchange = () => {
      control.isTyped = false;
      const typed = control.box.value === "" ? NaN : Number(control.box.value);
      const { low, high } = control.spec;
      const value = Math.min(high, Math.max(low, isWhole ? Math.round(typed) : typed));
      if (Number.isNaN(value)) this.showValue(control.spec);
      else this.send("put", spec.name, value);
    };
    if (spec.kind === "box") return [label(control.box)];
    const isLog = spec.kind === "log";
    control.place = isLog ? Math.log10 : Number;
    control.slider = make("input", {
      type: "range",
      step: spec.step,
      "aria-label": `${spec.name} slider`,
      min: control.place(spec.low),
      max: control.place(spec.high),
    });
    control.slider.oninput = () => {
      const at = Number(control.slider.value);
      const value = isLog ? Math.min(spec.high, Math.max(spec.low, 10 ** at)) : at;
      control.box.value = isLog ? Number(value.toPrecision(6)) : value;
      this.send("move", spec.name, value);
    };
    return [label(control.box), ...this.buttons(spec, control), control.slider];
  }

  nameOf({ name, hue }) {
    const [base, ...rest] = name.replace("dE_d", "∂E/∂").split("_");
    const shown = make("span", { className: "bptt-name" }, base);
    if (rest.length) shown.append(make("sub", {}, rest.join("_")));
    if (hue) shown.style.setProperty("--hue", hue);
    return shown;
  }

  buttons(spec, control) {
    const go = (way, isRound) => () => {
      const { low, high, value } = control.spec;
      const goal = Math.min(high, Math.max(low, value + way));
      this.send("move", spec.name, isRound && goal === value ? low : goal);
    };
    if (spec.next_words) return [button(spec.next_words, go(1, true))];
    if (spec.step_words) return spec.step_words.map((words, k) => button(words, go(2 * k - 1)));
    return spec.interval ? [this.player(spec, control)] : [];
  }

  /** Along the route, or step by step from where it stands (from the end: from the start). */
  player(spec, control) {
    let timer, k;
    const { route, interval, low } = spec;
    const last = () => (route ? route.length - 1 : control.spec.high);
    const stop = () => {
      timer = clearInterval(timer);
      play.textContent = "Play";
    };
    const step = () => {
      if (k > last()) return stop();
      if (this.isBusy) return; // a slow machine plays more slowly
      this.send(route ? "put" : "move", spec.name, route ? route[k] : k, true);
      k += 1;
    };
    const play = button("Play", () => {
      if (timer) return stop();
      k = route ? 0 : control.spec.value >= last() ? low : control.spec.value + 1;
      play.textContent = "Pause";
      timer = setInterval(step, interval);
      step();
    });
    (this.players ??= []).push(stop);
    return play;
  }

  // ---- moves

  /** Ask for a move; while one is under way, the newest of each control waits. */
  send(how, name, value, isPlayed = false) {
    if (!isPlayed) this.players?.forEach((stop) => stop());
    if (how === "reset") this.waiting.clear();
    this.waiting.delete(name);
    this.waiting.set(name, { how, value });
    this.next();
  }

  async next() {
    if (this.isBusy) return;
    this.isBusy = true;
    while (this.waiting.size) {
      const [[name, { how, value }]] = this.waiting;
      this.waiting.delete(name);
      const given = { key: this.key };
      if (how === "move") Object.assign(given, { name, value });
      if (how === "put") given[name] = value;
      await this.asked(how, given, MOVE);
    }
    this.isBusy = false;
    if (this.life !== life) return;
    const tidied = () => (tidying = null);
    tidying ??= ask("tidy", {}, { urgency: AHEAD }).then(tidied, tidied);
  }

  /** Ask, and show the answer. Where Python has started anew the panel is made again first. */
  async asked(how, given, urgency) {
    try {
      if (this.life !== life) await this.remake();
      const told = await ask(how, given, { urgency }).catch(async (error) => {
        if (this.life === life) throw error;
        await this.remake();
        return ask(how, given, { urgency });
      });
      this.show(told, given.width);
    } catch (error) {
      this.said.textContent = error.message.trim().split("\n").pop();
    }
  }

  async remake() {
    const values = Object.fromEntries(this.spec.controls.map(({ name, value }) => [name, value]));
    const source = cells[this.k].source;
    this.said.textContent = "Python starts again …";
    const given = { key: this.key, above: above(this.k), source, width: this.width, values };
    this.draw(await ask("make", given, { urgency: MOVE }));
    this.life = life;
  }

  show({ still, moving, ...told }, width = this.width) {
    this.draw({ still, moving });
    this.spec = { ...this.spec, ...told };
    const words = make("template", { innerHTML: told.said }).content.firstElementChild;
    const isNew = this.said.innerHTML !== words.innerHTML;
    if (isNew) this.said.innerHTML = words.innerHTML;
    if (width !== this.width) this.fit(width);
    // what stands below keeps its place when the next sentence is shorter
    if (isNew) this.said.style.minHeight = `${this.said.clientHeight}px`;
    told.controls.forEach((spec) => this.showValue(spec));
  }

  /** Both layers are SVG; the one that stands still is told only where it has changed. */
  draw({ still, moving }) {
    if (still) this.still.src = still;
    this.moving.innerHTML = moving;
  }

  showValue(spec) {
    const { name, value } = spec;
    const control = this.controls[name];
    control.spec = spec;
    if (this.waiting.has(name)) return;
    if (control.menu) control.menu.selectedIndex = spec.options.indexOf(value);
    if (control.box) control.box.max = spec.high;
    if (control.box && !control.isTyped) control.box.value = value;
    if (control.slider) {
      control.slider.max = control.place(spec.high);
      control.slider.value = control.place(value);
    }
  }

  // ---- width

  fit(width) {
    this.width = width;
    this.said.style.minHeight = "";
    this.picture.style.width = `${width}px`;
    if (!this.main) return;
    const [left, right] = this.spec.track.map((pixels) => Math.max(0, pixels - HANDLE / 2));
    this.main.style.marginLeft = `${left}px`;
    this.main.style.width = `${width - left - right}px`;
  }

  resize() {
    clearTimeout(this.resizing);
    this.resizing = setTimeout(async () => {
      const width = this.room();
      if (width === this.width || this.isBusy) return this.isBusy && this.resize();
      this.isBusy = true;
      await this.asked("lay_out", { key: this.key, width }, LAY_OUT);
      this.isBusy = false;
      this.next();
    }, 150);
  }
}
