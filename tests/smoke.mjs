// Runs every code cell of every notebook in Pyodide under Node, and compares what it prints.
//
//     node smoke.mjs PYODIDE_FOLDER NOTEBOOK...
//
// Progress bars print their share of the time and are left out, here as in strict nbval.
import fs from "node:fs";
import path from "node:path";

const [folder, ...notebooks] = process.argv.slice(2);
const { loadPyodide } = await import(path.join(folder, "pyodide.mjs"));
let printed = "";
const decoder = new TextDecoder();
const python = await loadPyodide({ indexURL: `${folder}/` });
python.setStdout({
  write(bytes) {
    printed += decoder.decode(bytes, { stream: true });
    return bytes.length;
  },
});
await python.loadPackage(["numpy", "matplotlib", "ipywidgets", "bptt-helpers"], { messageCallback: () => {} });
python.runPython(`
import ast, linecache, sys, warnings
import matplotlib
matplotlib.use("agg")
warnings.filterwarnings("ignore", message=".*non-interactive.*")

def run(source, space, name):
    try:
        return _run(source, space, name)
    finally:
        sys.stdout.flush()

def _run(source, space, name):
    linecache.cache[name] = len(source), None, source.splitlines(True), name  # as IPython does it
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), name, "exec"), space)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), name, "eval"), space)
        if hasattr(value, "_repr_mimebundle_"):
            shown, about = value._repr_mimebundle_()
            return "".join([shown["text/plain"], about.get("image/png", {}).get("alt", "")])
        return "" if value is None else repr(value)
    return ""
`);
const run = python.globals.get("run");
const text = (lines) => [].concat(lines ?? "").join("");

let cells = 0;
const failed = [];
for (const notebook of notebooks) {
  const space = python.toPy({ __name__: "__main__" });
  for (const cell of JSON.parse(fs.readFileSync(notebook)).cells) {
    if (cell.cell_type !== "code") continue;
    cells += 1;
    printed = "";
    const place = `${path.basename(notebook)} ${cell.id}`;
    let value;
    try {
      value = run(text(cell.source), space, `<ipython-input-${place}>`);
    } catch (error) {
      failed.push(`${place}: ${String(error).trim().split("\n").pop()}`);
      continue;
    }
    const streams = cell.outputs.filter((output) => output.output_type === "stream");
    const stored = streams.map((output) => text(output.text)).join("");
    printed = printed.replace(/^Progress bar: .*\n/gm, "");
    if (stored !== printed) failed.push(`${place}: stored ${JSON.stringify(stored)}, printed ${JSON.stringify(printed)}`);
    for (const output of cell.outputs.filter((one) => one.output_type === "execute_result")) {
      const wanted = text(output.data["text/plain"]) + (output.metadata["image/png"]?.alt ?? "");
      if (wanted !== value) failed.push(`${place}: stored ${JSON.stringify(wanted)}, shown ${JSON.stringify(value)}`);
    }
  }
}
console.log(JSON.stringify({ cells, failed }));
