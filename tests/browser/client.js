"use strict";
// What an EHR in a browser does: discovery, prefetch, a call, cards, and feedback for the suggestion that was taken.
const form = document.getElementById("ask");
const state = document.getElementById("state");
const cards = document.getElementById("cards");

async function json(address, options) {
  const reply = await fetch(address, options);
  if (!reply.ok) throw new Error(address + " answers " + reply.status);
  return reply.json();
}

function post(address, body) {
  // the Authorization header makes the browser ask first, as it does for every client that shows a token
  const headers = { "Content-Type": "application/json", Authorization: "Bearer not-checked-here" };
  return json(address, { method: "POST", headers, body: JSON.stringify(body) });
}

async function prefetched(templates, context, fhir) {
  const filled = Object.entries(templates).map(async ([key, template]) => {
    const address = template.replace(/\{\{context\.(\w+)\}\}/g, (_, name) => encodeURIComponent(context[name]));
    return [key, await json(fhir + "/" + address)];
  });
  return Object.fromEntries(await Promise.all(filled));
}

function add(parent, tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  parent.append(element);
  return element;
}

function showCard(card, feedback) {
  const box = add(cards, "article", "");
  box.dataset.uuid = card.uuid;
  box.dataset.indicator = card.indicator;
  add(box, "h2", card.summary);
  for (const suggestion of card.suggestions || []) {
    add(box, "button", suggestion.label).addEventListener("click", async () => {
      const taken = { card: card.uuid, outcome: "accepted", acceptedSuggestions: [{ id: suggestion.uuid }], outcomeTimestamp: new Date().toISOString() };
      const kept = await post(feedback, { feedback: [taken] });
      state.textContent = "Feedback kept: " + kept.kept;
    });
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  cards.replaceChildren();
  const { service, fhir, patient } = Object.fromEntries(new FormData(form));
  try {
    const found = (await json(service + "/cds-services")).services.find((one) => one.hook === "patient-view");
    const context = { userId: "Practitioner/example", patientId: patient };
    const prefetch = await prefetched(found.prefetch, context, fhir);
    const address = service + "/cds-services/" + found.id;
    const answer = await post(address, { hook: found.hook, hookInstance: crypto.randomUUID(), fhirServer: fhir, context, prefetch });
    answer.cards.forEach((card) => showCard(card, address + "/feedback"));
    state.textContent = answer.cards.length + " cards";
  } catch (error) {
    state.textContent = "Failed: " + error.message;
  }
});
