"use strict";

const DEEPEST = 20; // a schema may refer to itself

function element(name, properties, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

function titled(title, ...children) {
  return [element("h3", {}, title), ...children];
}

function limits(schema) {
  const words = { minimum: "≥", maximum: "≤", minLength: "length ≥", maxLength: "length ≤", minItems: "items ≥", maxItems: "items ≤" };
  const parts = Object.entries(words).filter(([key]) => key in schema).map(([key, word]) => `${word} ${schema[key]}`);
  return parts.length ? ` (${parts.join(", ")})` : "";
}

/* Prints a schema as JSON with types instead of values. */
class Sketch {
  constructor(schemas) {
    this.schemas = schemas;
  }

  of(schema, indent = "", depth = 0) {
    if (!schema || depth > DEEPEST) return "…";
    if (schema.$ref) return this.of(this.schemas[schema.$ref.split("/").pop()], indent, depth + 1);
    const either = schema.anyOf ?? schema.oneOf;
    if (either) return [...new Set(either.map((s) => this.of(s, indent, depth + 1)))].join(" or ");
    if (schema.allOf) return schema.allOf.map((s) => this.of(s, indent, depth + 1)).join(" and ");
    if ("const" in schema) return JSON.stringify(schema.const);
    if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
    if (schema.type === "array") return `[${this.of(schema.items ?? {}, indent, depth + 1)}, …]${limits(schema)}`;
    if (schema.properties) return this.object(schema, indent, depth);
    if (schema.type === "object") return "{…}";
    return [schema.format ?? schema.type ?? "anything"].flat().join(" or ") + limits(schema);
  }

  object(schema, indent, depth) {
    const required = new Set(schema.required);
    const lines = Object.entries(schema.properties).map(
      ([name, part]) => `${indent}  "${name}"${required.has(name) ? "" : "?"}: ${this.of(part, `${indent}  `, depth + 1)}`,
    );
    return `{\n${lines.join(",\n")}\n${indent}}`;
  }

  content(content) {
    return Object.entries(content ?? {}).flatMap(([type, { schema }]) => [
      element("span", { className: "soft" }, type), ...(schema ? [element("pre", {}, this.of(schema))] : []),
    ]);
  }
}

function parameters(list, sketch) {
  const rows = list.map((p) => element("tr", {},
    element("td", {}, element("code", {}, p.name)), element("td", {}, p.in),
    element("td", {}, `${sketch.of(p.schema)}${p.required ? "" : ", optional"}`)));
  return element("div", { className: "scroll" }, element("table", {}, element("tbody", {}, ...rows)));
}

/* Groups answers that have the same body. The body of errors stands once, at the end of the page. */
function answers(responses, sketch) {
  const shapes = new Map();
  for (const [status, { description, content }] of Object.entries(responses)) {
    if (status === "default") continue;
    const shape = JSON.stringify(content);
    const group = shapes.get(shape) ?? { statuses: [], content };
    group.statuses.push(`${status} ${description}`);
    shapes.set(shape, group);
  }
  return [...shapes.values()].map(({ statuses, content }) => element("div", {},
    element("strong", {}, statuses.join(" or ")), " ", ...sketch.content(content)));
}

function operation(path, method, described, sketch) {
  return element("details", { id: described.operationId },
    element("summary", {},
      element("span", { className: `method ${method}` }, method.toUpperCase()), element("code", {}, path),
      element("span", { className: "soft" }, described.summary)),
    element("div", { className: "operation" },
      element("p", { className: "soft" }, described.security ? "Needs a bearer token." : "Needs no token."),
      ...(described.parameters ? titled("Parameters", parameters(described.parameters, sketch)) : []),
      ...(described.requestBody ? titled("Body", ...sketch.content(described.requestBody.content)) : []),
      ...titled("Answers", ...answers(described.responses, sketch))));
}

function section(name, operations) {
  return element("section", { id: name }, element("h2", {}, name), ...operations);
}

async function show() {
  const api = await (await fetch("/openapi.json")).json();
  const sketch = new Sketch(api.components.schemas);
  const groups = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, described] of Object.entries(methods)) {
      const [name] = described.tags;
      groups.set(name, [...(groups.get(name) ?? []), operation(path, method, described, sketch)]);
    }
  }
  const [anyMethod] = Object.values(Object.values(api.paths)[0]);
  groups.set("errors", sketch.content(anyMethod.responses.default.content));
  const link = (name) => element("li", {}, element("a", { href: `#${name}` }, name));
  document.getElementById("functions").replaceChildren(...[...groups.keys()].map(link));
  document.getElementById("operations").replaceChildren(...[...groups].map(([name, all]) => section(name, all)));
  document.querySelector(":target")?.scrollIntoView();
}

show();
