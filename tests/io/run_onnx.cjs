// SPDX-License-Identifier: MIT
// run_onnx.cjs FOLDER PROGRAM: runs PROGRAM (write_onnx.cpp), its files in ONNX Runtime (the npm package
// onnxruntime-node in FOLDER/node_modules), and compares the results.
const {execFileSync} = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");

const [folder, program] = process.argv.slice(2);
const ort = require(path.resolve(folder, "node_modules", "onnxruntime-node"));

// The largest difference, relative to 1 or to the number if that is larger.
function difference(got, expected) {
  if (got.length !== expected.length) return Infinity;
  let most = 0;
  expected.forEach((value, i) => {
    const by = Math.abs(got[i] - value) / Math.max(1, Math.abs(value));
    if (!(by <= most)) most = Number.isNaN(by) ? Infinity : by;
  });
  return most;
}

async function run(file) {
  const wanted = JSON.parse(fs.readFileSync(file.replace(/onnx$/, "json"), "utf8"));
  const session = await ort.InferenceSession.create(file);
  const Numbers = wanted.type === "float32" ? Float32Array : Float64Array;
  let most = 0;
  for (const rows of [1, 7]) {
    const input = new ort.Tensor(wanted.type, Numbers.from(wanted["x" + rows]), [rows, wanted.width]);
    const {output} = await session.run({input});
    if (output.dims[0] !== rows) throw new Error(`got ${output.dims[0]} rows, expected ${rows}`);
    most = Math.max(most, difference(output.data, wanted["y" + rows]));
  }
  return most;
}

async function main() {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "run_onnx_"));
  let faults = 0, count = 0;
  try {
    execFileSync(program, [scratch]);
    for (const name of fs.readdirSync(scratch).filter(one => one.endsWith(".onnx"))) {
      ++count;
      const most = await run(path.join(scratch, name)).catch(error => error.message);
      const agrees = typeof most === "number" && most <= 1e-5;
      console.log(`${agrees ? "agrees " : "DIFFERS"} ${name}: ${most}`);
      if (!agrees) ++faults;
    }
  } finally {
    fs.rmSync(scratch, {recursive: true});
  }
  console.log(`${count} files run, ${faults} differ`);
  process.exitCode = faults > 0 || count < 30 ? 1 : 0;
}

main();
