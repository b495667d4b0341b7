// Sets formulas as SVG, with MathML beside it for screen readers: {tex, display} on a line comes in,
// its HTML on a line goes out. Called by formulas.py with MathJax's folder.
const { createInterface } = require("node:readline");
const { join } = require("node:path");

require(join(process.argv[2], "es5", "node-main.js"))
  .init({
    loader: { load: ["input/tex-full", "output/svg", "a11y/assistive-mml"] },
    tex: { formatError: (_, error) => { throw error; } },
  })
  .then((MathJax) => {
    const { adaptor } = MathJax.startup;
    createInterface({ input: process.stdin }).on("line", (line) => {
      const { tex, display } = JSON.parse(line);
      try {
        const set = adaptor.outerHTML(MathJax.tex2svg(tex, { display }));
        console.log(JSON.stringify({ html: set }));
      } catch (error) {
        console.log(JSON.stringify({ error: error.message }));
      }
    });
  });
