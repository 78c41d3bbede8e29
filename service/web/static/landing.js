"use strict";
// Posts the pasted body to /evaluate and shows the cards. Text goes in as text, never as HTML.
const form = document.getElementById("ask");
const answer = document.getElementById("answer");

function add(parent, tag, text, name) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  parent.append(element);
  return element;
}

function showCard(card) {
  const box = add(answer, "article", "", "card " + card.indicator);
  add(box, "h3", card.summary);
  add(box, "p", card.indicator + " \u00b7 " + card.source.label, "kind");
  if (card.detail) add(box, "pre", card.detail);
  for (const suggestion of card.suggestions || []) add(box, "p", "Suggested: " + suggestion.label);
}

function showAnswer(body) {
  const count = body.cards.length;
  add(answer, "h2", count === 0 ? "No cards" : count === 1 ? "1 card" : count + " cards");
  add(answer, "p", "As of " + body.asOf + ", by " + body.verdicts.length + " rules.", "soft");
  body.cards.forEach(showCard);
  const unsure = body.verdicts.filter((verdict) => verdict.answer === "unknown").map((verdict) => verdict.rule);
  if (unsure.length) add(answer, "p", "Could not be decided from this record: " + unsure.join(", "), "soft");
}

function showRefusal(outcome) {
  add(answer, "h2", "Not judged");
  for (const issue of outcome.issue) add(answer, "p", issue.diagnostics + (issue.expression ? " (" + issue.expression.join(", ") + ")" : ""));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  answer.replaceChildren();
  const day = form.elements.asOf.value;
  const address = "/evaluate" + (day ? "?asOf=" + encodeURIComponent(day) : "");
  const headers = { "Content-Type": "application/json" };
  if (form.elements.token) headers.Authorization = "Bearer " + form.elements.token.value;
  try {
    const reply = await fetch(address, { method: "POST", headers, body: form.elements.body.value });
    const body = await reply.json();
    if (reply.ok) showAnswer(body); else showRefusal(body);
  } catch {
    add(answer, "h2", "Not judged");
    add(answer, "p", "The service gave no answer that can be read. Nothing was judged.");
  }
});
