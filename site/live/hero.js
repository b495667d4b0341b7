// The front page: a gradient on its way back through twenty steps, for every W_s of one slider.
const T = 20,
  LOW = -1.5,
  HIGH = 1.5,
  STEP = 0.01;
const WIDE = 720,
  TALL = 320,
  AXIS = 158, // where the chain of states lies
  LEFT = 22,
  GAP = 30, // from one state to the next
  RADIUS = 9,
  UNIT = 52; // of a gradient of 1
const TOP = 2.3; // |gradient| above which a bar is broken off
const MARKS = [-1, 0, 1],
  PLAY = [0.5, 1.25]; // from, to

/** ∂S_T/∂S_k = W_s^(T - k) for k = T, T - 1, ..., 0: each step back multiplies by W_s. */
export const flow = (W_s) => Array.from({ length: T + 1 }, (_, lag) => W_s ** lag);

/** The stops of the slider. */
export const stops = Array.from({ length: Math.round((HIGH - LOW) / STEP) + 1 }, (_, k) =>
  stop(LOW + k * STEP),
);

function stop(value) {
  return Math.round(value / STEP) * STEP;
}

/** 0.00896 is less than one part in 100. */
const parts = (size) =>
  size < 1e-6 ? "a million" : String(10 ** Math.floor(-Math.log10(size) + 1e-12));

const minus = (text) => text.replace("-", "−");
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const raised = (n) =>
  (n < 0 ? "⁻" : "") + [...String(Math.abs(n))].map((digit) => RAISED[digit]).join("");

/** Three figures: 0.122, 3330, 9.54·10⁻⁷. */
export function figures(value) {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e5))
    return minus(String(Number(value.toPrecision(3))));
  const [head, power] = value.toExponential(2).split("e");
  return `${minus(String(Number(head)))}·10${raised(Number(power))}`;
}

/** What the picture shows, in a headline and a sentence. */
export function said(W_s) {
  const size = Math.abs(flow(W_s)[T]),
    is = minus(W_s.toFixed(2)).replace(/\.?0+$/, "");
  const base = W_s < 0 ? `(${is})` : is;
  const head = `∂S₂₀/∂S₀ = ${base}²⁰ = ${figures(flow(W_s)[T])}`;
  const flip = W_s < 0 ? " Its sign flips at every step." : "";
  if (W_s === 0) return [head, "Nothing comes back: no state depends on the one before it."];
  if (size === 1)
    return [head, `It stays: the first step hears the error as loudly as the last.${flip}`];
  if (size < 0.01)
    return [head, `It dies: the first step hears less than one part in ${parts(size)}.${flip}`];
  if (size < 1)
    return [
      head,
      `It fades: the first step hears ${Math.round(100 * size)} % of the error.${flip}`,
    ];
  const grows = size > 10 ? "It blows up" : "It grows";
  return [
    head,
    `${grows}: at the first step the error is ${figures(size)} times what it was.${flip}`,
  ];
}

const place = (t) => LEFT + t * GAP;

/** One bar for each state S_t, on the outer side of its circle; beyond TOP it is broken off. */
function bar(value, t) {
  const way = value < 0 ? 1 : -1,
    size = Math.abs(value);
  const foot = AXIS + way * (RADIUS + 3),
    end = foot + way * UNIT * Math.min(size, TOP);
  const edge = size > TOP ? "l4 -6l4 12l4 -12l4 6" : "h16";
  return `M${place(t) - 8} ${foot}V${end.toFixed(1)}${edge}V${foot}Z`;
}

const STYLE = `
#bptt-hero svg { display: block; width: 100%; max-width: ${WIDE}px; height: auto; margin: 8px 0; }
#bptt-hero svg text { font: 600 15px sans-serif; fill: currentColor; text-anchor: middle; }
#bptt-hero .bar { fill: #cd5200; }
#bptt-hero .bar.grown, #bptt-hero .error { fill: #e3324c; }
#bptt-hero path.error { stroke: #e3324c; }
#bptt-hero .chain { stroke: currentColor; stroke-width: 1.5; }
#bptt-hero svg .end { text-anchor: end; }
#bptt-hero .sent { stroke: currentColor; stroke-dasharray: 4 4; opacity: .6; }
#bptt-hero .controls { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 16px; max-width: ${WIDE}px; font-weight: 600; }
#bptt-hero label { flex: 1 1 240px; display: flex; align-items: center; gap: 12px; }
#bptt-hero input { flex: 1; min-width: 0; height: 32px; accent-color: #cd5200; }
#bptt-hero .value { min-width: 3em; }
#bptt-hero button { font: inherit; min-width: 76px; height: 32px; cursor: pointer; }
#bptt-hero .said { min-height: 3.2em; margin-top: 8px; }
@media print { #bptt-hero .controls { display: none; } }
@media (max-width: 600px) { #bptt-hero svg text { font-size: 26px; } #bptt-hero .few { display: none; } #bptt-hero .said { min-height: 4.8em; } }
`;

/** The chain from S_0 to S_T, an arrow from each state to the one before it, and the error. */
function picture() {
  const states = Array.from({ length: T + 1 }, (_, t) => t);
  const arrow = (x) => `M${x + 6} ${AXIS - 4}L${x} ${AXIS}L${x + 6} ${AXIS + 4}M${x} ${AXIS}`;
  const chain = states.slice(1).map((t) => `${arrow(place(t - 1) + RADIUS + 1)}H${place(t) - RADIUS}`);
  const sent = [-1, 1].map((way) => `M0 ${AXIS + way * (RADIUS + 3 + UNIT)}H${place(T) + 8}`);
  // Below an even number of steps back no bar ever hangs.
  const names = states.filter((t) => t % 4 === 0).map((t) => {
    const small = [...String(t)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");
    return `<text x="${place(t)}" y="${AXIS + 34}"${t % T ? ' class="few"' : ""}>S${small}</text>`;
  });
  return `<svg viewBox="0 0 ${WIDE} ${TALL}" aria-hidden="true">
    <path class="sent" d="${sent.join("")}"/>
    ${states.map(() => '<path class="bar"/>').join("")}
    <path class="chain" fill="none" d="${chain.join("")}"/>
    ${states.map((t) => `<circle class="chain" cx="${place(t)}" cy="${AXIS}" r="${RADIUS}" fill="currentColor"/>`).join("")}
    ${names.join("")}
    <path class="error" stroke-width="2.5" d="${arrow(place(T) + RADIUS + 3)}h60"/>
    <text class="end" x="${WIDE}" y="${AXIS - RADIUS - 10 - UNIT}">as sent</text>
    <text class="error end" x="${WIDE}" y="${AXIS + 34}">error</text>
    <text class="step" x="${place(T / 2)}" y="${TALL - 8}"></text></svg>`;
}

const hero = typeof document === "undefined" ? null : document.getElementById("bptt-hero");
if (hero) {
  hero.insertAdjacentHTML(
    "beforeend",
    `
    <style>${STYLE}</style>
    <p><b>A network has read twenty steps, and errs at the last. How much of that error does the first step hear?</b></p>
    ${picture()}
    <div class="controls">
      <label><span>W<sub>s</sub></span><input type="range" min="${LOW}" max="${HIGH}" step="${STEP}" value="0.9" list="bptt-marks"><span class="value" aria-hidden="true"></span></label>
      <datalist id="bptt-marks">${MARKS.map((mark) => `<option value="${mark}"></option>`).join("")}</datalist>
      <button type="button">Play</button>
    </div>
    <p class="said" role="status"><b></b><br><span></span></p>`,
  );
  const [input, value, step, button, status] = [
    "input",
    ".value",
    ".step",
    "button",
    ".said",
  ].map((name) => hero.querySelector(name));
  const [bars, circles] = [".bar", "circle"].map((name) => [...hero.querySelectorAll(name)]);
  const [head, sentence] = hero.querySelectorAll(".said > b, .said > span");
  const show = () => {
    const W_s = stop(Number(input.value)),
      shown = minus(W_s.toFixed(2));
    flow(W_s).forEach((size, lag) => {
      bars[T - lag].setAttribute("d", bar(size, T - lag));
      bars[T - lag].classList.toggle("grown", Math.abs(size) > 1);
      circles[T - lag].setAttribute("fill-opacity", Math.min(1, Math.abs(size)).toFixed(3));
    });
    value.textContent = shown;
    step.textContent = `← back in time, × ${shown} at each step`;
    [head.textContent, sentence.textContent] = said(W_s);
  };
  let playing = null;
  const play = (on) => {
    clearInterval(playing);
    playing = null;
    button.textContent = on ? "Stop" : "Play";
    status.ariaLive = on ? "off" : "polite"; // a screen reader could not keep up
    if (!on) return;
    input.value = PLAY[0];
    let rest = 0;
    playing = setInterval(() => {
      const W_s = stop(Number(input.value));
      if (W_s === 1 && rest++ < 15) return; // a look at the gradient that stays
      if (W_s >= PLAY[1]) return play(false);
      input.value = W_s + STEP;
      show();
    }, 80);
    show();
  };
  button.addEventListener("click", () => play(playing === null));
  input.addEventListener("input", () => {
    play(false);
    show();
  });
  show();
}
