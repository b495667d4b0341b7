// Python in a worker: loads once, then answers one question after another (see bptt_page.py).
import { laidOut, unpacked } from "./disk.js";

const HERE = new URL(".", self.location.href);
const PYTHON = new URL("../pyodide/", HERE);
const BYTES = 24e6; // of all that is loaded, for the bar

let loaded = 0;
const fetchAsEver = self.fetch;
self.fetch = async (address, ...more) => {
  if (String(address).endsWith("asm.wasm")) return wasm();
  const response = await fetchAsEver(address, ...more);
  const counted = response.body.pipeThrough(
    new TransformStream({
      transform(chunk, on) {
        loaded += chunk.byteLength;
        tell(0.7 * Math.min(1, loaded / BYTES), "Loading Python into this page (some 24 MB, once)");
        on.enqueue(chunk);
      },
    }),
  );
  return new Response(counted, response);
};

let told = 0;
function tell(share, words) {
  if (share - told < 0.01) return;
  told = share;
  postMessage({ share, words });
}

const ready = (name) => fetch(new URL(name, PYTHON)).then(unpacked);

/** What a server that packs nothing would send at three times the size. */
async function wasm() {
  return new Response(await ready("wasm.bin"), { headers: { "Content-Type": "application/wasm" } });
}

async function load() {
  const [{ loadPyodide }, lock, disk, memory] = await Promise.all([
    import(new URL("pyodide.mjs", PYTHON)),
    fetch(new URL("pyodide-lock.json", PYTHON)).then((response) => response.json()),
    ready("disk.bin"),
    ready("memory.bin"),
  ]);
  const start = (more) =>
    loadPyodide({
      indexURL: PYTHON.href,
      packageBaseUrl: PYTHON.href,
      stdLibURL: new URL("python_source.zip", PYTHON).href,
      lockFileContents: { ...lock, packages: {} },
      fsInit: laidOut(disk),
      ...more,
    });
  // Where a browser cannot take the memory over, Python remembers nothing and starts as ever.
  const python = await start({ _loadSnapshot: memory }).catch((error) => {
    console.warn(error);
    return start();
  });
  const page = python.pyimport("bptt_page");
  page.wake((share) => tell(0.7 + 0.3 * share, "Waking Python up"));
  postMessage({ share: 1, words: "" });
  return page.answer;
}

const started = load();
started.catch((error) => postMessage({ failed: String(error) }));

self.onmessage = async ({ data: { id, asked, given } }) => {
  const answer = await started;
  const begun = (limit) => postMessage({ id, begun: 1000 * limit });
  try {
    const more = asked === "run" || asked === "check" ? { begun } : {};
    postMessage({ id, answer: answer.callKwargs(asked, JSON.stringify(given), more) });
  } catch (error) {
    postMessage({ id, error: String(error.message ?? error) });
  }
};
