// Reads every .js file below a folder as a module, as a browser would: JSON of what each imports, or why it is no module.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SourceTextModule } from "node:vm";

const folder = process.argv[2];
const found = {};
for (const name of readdirSync(folder, { recursive: true }).filter((each) => each.endsWith(".js")).sort()) {
  try {
    const module = new SourceTextModule(readFileSync(join(folder, name), "utf8"));
    found[name] = { imports: module.moduleRequests.map((request) => request.specifier), error: "" };
  } catch (problem) {
    found[name] = { imports: [], error: String(problem) };
  }
}
console.log(JSON.stringify(found));
