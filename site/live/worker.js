// Python in a worker: loads once, then answers one question after another (see bptt_page.py).
const HERE = new URL(".", self.location.href);
const PYTHON = new URL("../pyodide/", HERE);
const BYTES = 24e6; // of all that is loaded, for the bar
const UNUSED = ["ipython", "fonttools", "pytz", "widgetsnbextension", "jupyterlab-widgets"];

let loaded = 0;
const fetchAsEver = self.fetch;
self.fetch = async (...request) => {
  const response = await fetchAsEver(...request);
  const counted = response.body.pipeThrough(
    new TransformStream({
      transform(chunk, on) {
        loaded += chunk.byteLength;
        tell(0.7 * Math.min(1, loaded / BYTES), "Loading Python into this page");
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

async function load() {
  const [{ loadPyodide }, lock, page] = await Promise.all([
    import(new URL("pyodide.mjs", PYTHON)),
    fetch(new URL("pyodide-lock.json", PYTHON)).then((response) => response.json()),
    fetch(new URL("bptt_page.py", HERE)).then((response) => response.text()),
  ]);
  for (const entry of Object.values(lock.packages))
    entry.depends = entry.depends.filter((name) => !UNUSED.includes(name.toLowerCase()));
  const python = await loadPyodide({
    indexURL: PYTHON.href,
    packageBaseUrl: PYTHON.href,
    lockFileContents: lock,
    packages: ["bptt-helpers"],
  });
  const steps = ["numpy", "ipywidgets", "matplotlib", "matplotlib.figure", "bptt_course.panels"];
  const packages = python.runPython("import site; site.getsitepackages()[0]");
  python.FS.writeFile(`${packages}/bptt_page.py`, page);
  python.runPython("import bptt_page; bptt_page.stand_in_for_ipython()");
  steps.forEach((step, k) => {
    tell(0.7 + (0.3 * k) / steps.length, "Waking Python up");
    python.runPython(`import ${step}`);
  });
  postMessage({ share: 1, words: "" });
  return python.pyimport("bptt_page").answer;
}

const ready = load();
ready.catch((error) => postMessage({ failed: String(error) }));

self.onmessage = async ({ data: { id, asked, given } }) => {
  const answer = await ready;
  const begun = (limit) => postMessage({ id, begun: 1000 * limit });
  try {
    const more = asked === "run" || asked === "check" ? { begun } : {};
    postMessage({ id, answer: answer.callKwargs(asked, JSON.stringify(given), more) });
  } catch (error) {
    postMessage({ id, error: String(error.message ?? error) });
  }
};
