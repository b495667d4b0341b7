// Makes what Python in a browser finds ready, with the same Python under Node.
//
//     node ready.mjs FOLDER compile FROM TO [FROM TO ...]     archives with their code compiled
//     node ready.mjs FOLDER letter FILES CELLS LETTERS        letters of the panels in these cells
//     node ready.mjs FOLDER remember FILES MEMORY [LINE ...]
//
// FOLDER is that of Pyodide. `letter` and `remember` start Python with the files of a tar archive on
// its disk; `remember` runs some lines, and keeps its memory. The same input gives the same bytes.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { laidOut, unpacked } from "./live/disk.js";

const [folder, what, ...given] = process.argv.slice(2);
const indexURL = path.resolve(folder) + path.sep;
const { loadPyodide } = await import(pathToFileURL(`${indexURL}pyodide.mjs`));

/** A function of a Python file that lies beside this one. */
function found(python, file, name) {
  python.runPython(fs.readFileSync(new URL(file, import.meta.url), "utf8"));
  return python.globals.get(name);
}

/** For loadPyodide: the files of a tar archive on its disk, and no chance in its hashes. */
const withFiles = async (files) => ({
  indexURL,
  env: { PYTHONHASHSEED: "0" },
  fsInit: laidOut(await unpacked(new Response(fs.readFileSync(files)))),
});

const tasks = {
  async compile() {
    const compiled = found(await loadPyodide({ indexURL }), "packed.py", "compiled");
    for (let k = 0; k < given.length; k += 2) {
      const made = compiled(new Uint8Array(fs.readFileSync(given[k])));
      fs.writeFileSync(given[k + 1], made.toJs());
      made.destroy();
    }
  },

  async letter() {
    const [files, cells, to] = given;
    const letters = found(await loadPyodide(await withFiles(files)), "letters.py", "letters");
    fs.writeFileSync(to, letters(fs.readFileSync(cells, "utf8")).toJs());
  },

  async remember() {
    const [files, memory, ...lines] = given;
    // No chance and no clock, so that the memory is the same each time.
    Date.now = performance.now = () => 0;
    crypto.getRandomValues = (bytes) => bytes.fill(1);
    const python = await loadPyodide({ ...(await withFiles(files)), _makeSnapshot: true });
    for (const line of lines) python.runPython(line);
    fs.writeFileSync(memory, python.makeMemorySnapshot());
  },
};
await tasks[what]();
