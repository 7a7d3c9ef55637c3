// For each line {"schema": …, "instances": […]} a line that says which of the instances Ajv accepts.
// Its strict mode is the linter of the schemas: what it finds fault with ends the run.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const Ajv = createRequire(process.argv[2])("ajv/dist/2020").default;
// A number may be null, a condition may require a key that stands in `properties` elsewhere, and an annotation of
// ours is no keyword. What `$ref` types is not typed again beside it, so `strictTypes` is off; the rest stands.
const options = { strict: true, strictTypes: false, strictTuples: true, strictRequired: false, allowUnionTypes: true, formats: { uri: true }, logger: false };

for await (const line of createInterface({ input: process.stdin })) {
    const { schema, instances } = JSON.parse(line);
    const ajv = new Ajv(options);
    for (const annotation of ["x-unit", "x-code", "x-line", "x-gaps"]) ajv.addKeyword(annotation);
    const accepts = ajv.compile(schema);
    process.stdout.write(JSON.stringify(instances.map((instance) => accepts(instance))) + "\n");
}
