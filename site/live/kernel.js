// Python for JupyterLite's kernel: all packages lie on its disk, and what each notebook needs is
// imported before the reader's files are there, where a look for a module takes milliseconds.
import { laidOut, unpacked } from "./disk.js";

const PYTHON = new URL("../pyodide/", import.meta.url);
// the kernel before matplotlib, for which it chooses where pictures go
const FIRST = "pyodide_kernel, piplite.piplite, ipywidgets, numpy, matplotlib.figure";

const taken = (name) => fetch(new URL(name, PYTHON));

/** In place of Pyodide's; `packages` names for the kernel what is there already. */
export async function loadPyodide({ packages, ...options }) {
  const [{ loadPyodide }, lock, ...disks] = await Promise.all([
    import(new URL("pyodide.mjs", PYTHON)),
    taken("pyodide-lock.json").then((response) => response.json()),
    taken("disk.bin").then(unpacked),
    taken("lite.bin").then(unpacked),
  ]);
  const python = await loadPyodide({
    ...options,
    indexURL: PYTHON.href,
    packageBaseUrl: PYTHON.href,
    lockFileContents: lock,
    fsInit: async (...place) => {
      for (const disk of disks) await laidOut(disk)(...place);
    },
  });
  for (const { name } of Object.values(lock.packages)) python.loadedPackages[name] = "the site";
  python.runPython(`import ${FIRST}`);
  return python;
}
