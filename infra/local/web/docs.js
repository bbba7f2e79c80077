"use strict";

const OPERATIONS = { name: "operations", description: "For those who run Mend: administration, event delivery, health" };

/* Everything is called at the address of this page, also by its other name, or from a phone. */
function forThisPage(api) {
  api.servers = [{ url: location.origin }];
  api.tags = [...api.tags.filter(({ name }) => name !== "relay"), OPERATIONS];
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const described of Object.values(methods)) {
      if (isForOperators(path, described)) described.tags = [OPERATIONS.name];
      /* Swagger UI would send the examples of optional parameters. */
      for (const parameter of described.parameters ?? []) if (!parameter.required) delete parameter.example;
    }
  }
  return api;
}

function isForOperators(path, described) {
  return described["x-admin"] || described.tags[0] === "relay" || /\/(health|openapi\.json)$/.test(path);
}

/* Finds routes whose method, path or texts have all of the words. Swagger UI's own filter knows only tags. */
function search(groups, phrase) {
  const words = phrase.toLowerCase().split(/\s+/);
  const fits = (route) => {
    const described = route.get("operation");
    const text = [route.get("method"), route.get("path"), described.get("operationId"), described.get("description")];
    return words.every((word) => text.join(" ").toLowerCase().includes(word));
  };
  return groups.map((group) => group.update("operations", (routes) => routes.filter(fits)))
    .filter((group) => group.get("operations").size);
}

async function show() {
  const api = await (await fetch("/openapi.json")).json();
  const ui = SwaggerUIBundle({
    spec: forThisPage(api),
    dom_id: "#console",
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [() => ({ fn: { opsFilter: search } })],
    deepLinking: true,
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    filter: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    onComplete: () => ui.layoutActions.show(["operations-tag", OPERATIONS.name], false),
  });
  document.getElementById("sign-in").addEventListener("submit", (event) => {
    event.preventDefault();
    signIn(event.target, ui);
  });
}

async function signIn(form, ui) {
  const { email, admin } = form.elements;
  const response = await fetch("/_token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email: email.value, admin: admin.checked }),
  });
  const answer = await response.json().catch(() => ({ detail: "Only the machine that runs the stack may sign in." }));
  if (response.ok) ui.preauthorizeApiKey("person", answer.token);
  form.querySelector("output").textContent = response.ok ? `You are ${email.value}.` : answer.detail;
}

document.documentElement.classList.toggle("dark-mode", matchMedia("(prefers-color-scheme: dark)").matches);
show();
