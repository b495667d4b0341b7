// Opens every panel of the site in Pyodide under Node, and sets anew a third of what was set ahead.
//
//     node letters.mjs PYODIDE_FOLDER CELLS
import fs from "node:fs";
import path from "node:path";
import { laidOut, unpacked } from "../site/live/disk.js";

const [folder, cells] = process.argv.slice(2);
const { loadPyodide } = await import(path.join(folder, "pyodide.mjs"));
const disk = new Response(fs.readFileSync(path.join(folder, "disk.bin")));
const python = await loadPyodide({ indexURL: `${folder}/`, fsInit: laidOut(await unpacked(disk)) });
python.globals.set("cells", fs.readFileSync(cells, "utf8"));
const found = python.runPython(`
import json, pickle
from pathlib import Path
import bptt_page
bptt_page.stand_in_for_ipython()
from bptt_course.figures import svg
anew, missed = svg.lettered, []

def noted(*asked):
    if asked[-1] % 90 == 0:  # others lie along a line, whose angle follows from the panel's width
        missed.append(asked)
    return anew(*asked)

svg.lettered = noted
bptt_page.wake()
panels = 0
for page in json.loads(cells):
    for k, source in enumerate(page):
        if source.startswith("panels."):
            bptt_page.make("one", page[:k], source, 700)
            panels += 1
kept = pickle.loads(Path(bptt_page.__file__).with_name("bptt_letters").read_bytes())
differ = [asked[0] for asked, letters in list(kept.items())[::3] if letters != anew(*asked)]
json.dumps({"panels": panels, "anew": [said for said, *_ in missed], "differ": differ})
`);
console.log(found);
