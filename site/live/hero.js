// The front page: a gradient on its way back through twenty steps, for every W_s of one slider.
const T = 20,
  LOW = -1.5,
  HIGH = 1.5,
  STEP = 0.01;
const WIDE = 720,
  TALL = 300,
  AXIS = 150,
  UNIT = 56,
  FOOT = 282; // of the drawing
const TOP = 2.3; // |gradient| above which a bar is broken off

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

function bars(W_s) {
  const gap = (WIDE - 40) / T;
  return flow(W_s).map((value, lag) => {
    const x = WIDE - 20 - lag * gap,
      shown = Math.max(-TOP, Math.min(TOP, value)) * UNIT;
    const broken =
      Math.abs(value) > TOP ? ` ${lag % 2 ? "l6 5l6 -5l6 5" : "l6 -5l6 5l6 -5"}` : " h18";
    return `M${(x - 9).toFixed(1)} ${AXIS}V${(AXIS - shown).toFixed(1)}${broken}V${AXIS}Z`;
  });
}

const STYLE = `
#bptt-hero svg { display: block; width: 100%; max-width: ${WIDE}px; height: auto; margin: 8px 0; }
#bptt-hero svg text { font: 600 15px sans-serif; fill: currentColor; }
#bptt-hero .bars { fill: #cd5200; }
#bptt-hero .axis { stroke: currentColor; stroke-width: 1.5; fill: none; }
#bptt-hero .sent { stroke: currentColor; stroke-width: 1; stroke-dasharray: 4 4; opacity: .6; }
#bptt-hero label { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; font-weight: 600; }
#bptt-hero input { flex: 1 1 200px; max-width: ${WIDE}px; height: 32px; accent-color: #cd5200; }
#bptt-hero .value { min-width: 3em; }
#bptt-hero .said { min-height: 3.2em; }
@media (max-width: 600px) { #bptt-hero svg text { font-size: 26px; } }
`;

const hero = typeof document === "undefined" ? null : document.getElementById("bptt-hero");
if (hero) {
  const middle = (WIDE / 2).toFixed(0),
    line = AXIS - UNIT;
  hero.insertAdjacentHTML(
    "beforeend",
    `
    <style>${STYLE}</style>
    <p><b>A network has read twenty steps, and errs at the last. How much of that error does the first step hear?</b></p>
    <svg viewBox="0 0 ${WIDE} ${TALL}" aria-hidden="true">
      <path class="bars"/><path class="axis" d="M0 ${AXIS}H${WIDE}"/>
      <path class="sent" d="M0 ${line}H${WIDE}M0 ${AXIS + UNIT}H${WIDE}"/>
      <text x="8" y="${FOOT}">S₀</text><text x="${middle}" y="${FOOT}" text-anchor="middle">← back, times Wₛ at each step</text>
      <text x="${WIDE - 8}" y="${FOOT}" text-anchor="end">S₂₀</text>
    </svg>
    <label><span>W<sub>s</sub></span><input type="range" min="${LOW}" max="${HIGH}" step="${STEP}" value="0.9"><span class="value" aria-hidden="true"></span></label>
    <p class="said" role="status"><b></b><br><span></span></p>`,
  );
  const [input, path, value] = ["input", ".bars", ".value"].map((name) => hero.querySelector(name));
  const [head, sentence] = hero.querySelectorAll(".said > b, .said > span");
  const show = () => {
    const W_s = stop(Number(input.value));
    path.setAttribute("d", bars(W_s).join(""));
    value.textContent = minus(W_s.toFixed(2));
    [head.textContent, sentence.textContent] = said(W_s);
  };
  input.addEventListener("input", show);
  show();
}
