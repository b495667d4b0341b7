// The page's side of Python: it starts on the first question, and answers the most urgent first.
export const MOVE = 0,
  MAKE = 1,
  LAY_OUT = 2,
  LATER = 3,
  AHEAD = 4;
const QUIET_MS = 500; // after the last question, then Python does what may be of use later

let worker,
  queue = [],
  asked = null,
  count = 0,
  latest = 0,
  share = 0,
  words = "";
const watchers = new Set();

/** Of what Python knows nothing is left when this number has changed. */
export let life = 0;

/** Call `watcher(share, words)` while Python loads, until it returns false. */
export function watch(watcher) {
  watchers.add(watcher);
  if (worker) watcher(share, words);
}

function tell(newShare, newWords) {
  [share, words] = [newShare, newWords];
  for (const watcher of watchers) if (watcher(share, words) === false) watchers.delete(watcher);
}

/**
 * The answer of `bptt_page.py` to a question; `order.urgency` may change while it waits. A reader's
 * code that does not come back within the time that Python allows is given up (TimeIsUp), and with
 * it all that Python knew.
 */
export function ask(name, given, order) {
  return new Promise((resolve, reject) => {
    queue.push({ id: count++, name, given, order, resolve, reject });
    if (order.urgency < AHEAD) latest = performance.now();
    start();
    next();
  });
}

function start() {
  if (worker) return;
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => hear(data);
  worker.onerror = (event) => hear({ failed: event.message || "the worker could not be loaded" });
  tell(0.01, "Loading Python into this page (some 24 MB, once)");
}

function next() {
  if (asked || !queue.length) return;
  const first = queue.reduce((a, b) => (b.order.urgency < a.order.urgency ? b : a));
  const isQuiet = performance.now() - latest >= QUIET_MS;
  if (first.order.urgency === AHEAD && !isQuiet) return void setTimeout(next, QUIET_MS);
  asked = first;
  queue = queue.filter((one) => one !== asked);
  worker.postMessage({ id: asked.id, asked: asked.name, given: asked.given });
}

function hear(data) {
  if ("share" in data) tell(data.share, data.words);
  else if (data.failed) stop(new Error(`Python could not start: ${data.failed}`), true);
  else if (data.begun) {
    clearTimeout(asked.timer);
    asked.timer = setTimeout(() => stop(new TimeIsUp()), data.begun);
  } else {
    const { timer, resolve, reject } = asked;
    clearTimeout(timer);
    asked = null;
    if ("error" in data) reject(new Error(data.error));
    else resolve(JSON.parse(data.answer));
    next();
  }
}

export class TimeIsUp extends Error {}

/** End the worker; whoever waits for the question under way, or for all, is told. */
function stop(error, forAll = false) {
  worker.terminate();
  worker = null;
  life += 1;
  tell(0, "");
  const told = [asked, ...(forAll ? queue.splice(0) : [])].filter(Boolean);
  asked = null;
  told.forEach((one) => one.reject(error));
  if (!forAll) start();
  next();
}
