// Makes what Python in a browser finds ready, with the same Python under Node.
//
//     node ready.mjs FOLDER compile FROM TO [FROM TO ...]     archives with their code compiled
//     node ready.mjs FOLDER remember FILES MEMORY [LINE ...]
//
// FOLDER is that of Pyodide. `remember` starts Python with the files of a tar archive on its disk,
// runs some lines, and keeps its memory. The same input gives the same bytes.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { laidOut, unpacked } from "./live/disk.js";

const [folder, what, ...given] = process.argv.slice(2);
const indexURL = path.resolve(folder) + path.sep;
const { loadPyodide } = await import(pathToFileURL(`${indexURL}pyodide.mjs`));

const tasks = {
  async compile() {
    const python = await loadPyodide({ indexURL });
    python.runPython(fs.readFileSync(new URL("packed.py", import.meta.url), "utf8"));
    const compiled = python.globals.get("compiled");
    for (let k = 0; k < given.length; k += 2) {
      const made = compiled(new Uint8Array(fs.readFileSync(given[k])));
      fs.writeFileSync(given[k + 1], made.toJs());
      made.destroy();
    }
  },

  async remember() {
    const [files, memory, ...lines] = given;
    // No chance and no clock, so that the memory is the same each time.
    Date.now = performance.now = () => 0;
    crypto.getRandomValues = (bytes) => bytes.fill(1);
    const tar = await unpacked(new Response(fs.readFileSync(files)));
    const env = { PYTHONHASHSEED: "0" };
    const options = { indexURL, env, fsInit: laidOut(tar), _makeSnapshot: true };
    const python = await loadPyodide(options);
    for (const line of lines) python.runPython(line);
    fs.writeFileSync(memory, python.makeMemorySnapshot());
  },
};
await tasks[what]();
