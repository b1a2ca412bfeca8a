// Joins the OpenAPI documents that protoc-gen-openapiv3 writes, one per proto
// file, into the one that the server hands out:
//
//   node scripts/openapi.mjs FOLDER OUTPUT
//
// It also says what the plugin cannot know: names are those of the protos
// (page_size, not pageSize), errors look as adapter/api writes them, and every
// route wants a bearer token.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder, output] = process.argv.slice(2);
const snake = (name) => name.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase());
const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

const paths = {}, schemas = {}, tags = [];
for (const name of readdirSync(folder).sort()) {
  const document = JSON.parse(readFileSync(join(folder, name), "utf8"));
  for (const [path, item] of Object.entries(document.paths ?? {})) addPath(path, item);
  for (const [schema, value] of Object.entries(document.components?.schemas ?? {})) schemas[schema] = value;
  tags.push(...(document.tags ?? []));
}
delete schemas["google.rpc.Status"];
schemas.Error = {
  type: "object",
  description: "An error. The HTTP status follows from the code.",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "reason", "message"],
      properties: {
        code: { type: "string", description: "What the caller can do about it: a gRPC status code.", example: "INVALID_ARGUMENT" },
        reason: { type: "string", description: "The cause, for machines.", example: "REFERENCE_MALFORMED" },
        field: { type: "string", description: "The field at fault." },
        value: { type: "string", description: "The offending value." },
        message: { type: "string", description: "A sentence for people." },
      },
    },
  },
};
rename(paths);
rename(schemas);

writeFileSync(output, JSON.stringify({
  openapi: "3.1.0",
  info: {
    title: "Ambit",
    version: "v1",
    description: "Roles, access policies and checks over SpiceDB. References are written type:id, as in workspace:W1.",
  },
  security: [{ bearer: [] }],
  tags,
  paths: sorted(paths),
  components: {
    securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
    schemas: sorted(schemas),
  },
}, null, 1) + "\n");

// addPath joins the methods of a route: PATCH names its object {scope.id},
// GET and DELETE name the same object {id}.
function addPath(path, item) {
  const joined = (paths[path.replace(/\{\w+\.id\}/, "{id}")] ??= {});
  for (const [method, operation] of Object.entries(item)) {
    for (const parameter of operation.parameters ?? []) {
      parameter.name = snake(parameter.name.replace(/^\w+\.id$/, "id"));
    }
    const fault = operation.responses.default;
    fault.description = "An error.";
    fault.content["application/json"].schema = { $ref: "#/components/schemas/Error" };
    joined[method] = operation;
  }
}

// rename gives the properties of all schemas below node their proto names.
function rename(node) {
  if (typeof node !== "object" || node === null) return;
  Object.values(node).forEach(rename);
  if (node.type !== "object" || !node.properties) return;
  node.properties = Object.fromEntries(Object.entries(node.properties).map(([name, value]) => [snake(name), value]));
  if (node.required) node.required = node.required.map(snake);
}
