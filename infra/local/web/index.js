"use strict";

const EVERY_MS = 2000;
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "short" });

function element(name, properties, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

function moment(iso) {
  const at = new Date(iso);
  const isToday = day.format(at) === day.format(new Date());
  return element("time", { dateTime: iso }, isToday ? time.format(at) : `${day.format(at)} ${time.format(at)}`);
}

function tone(state) {
  if (/^(parked|failing)/.test(state)) return "bad";
  return /^(handled|up)/.test(state) ? "good" : "odd";
}

function badge(state) {
  return element("span", { className: tone(state) }, state);
}

function trigger(fn) {
  if (fn.trigger === "http") return [element("code", {}, `/${fn.name}/`)];
  return fn.listens.flatMap(({ type, next }, i) => [
    i ? ", " : "", element("code", {}, type), ...(next ? [" next at ", moment(next)] : []),
  ]);
}

// In mails of sign-in, a link is part of the text.
function linked(text) {
  return text.split(/(https?:\/\/\S+)/).map((part, i) => (i % 2 ? element("a", { href: part }, part) : part));
}

const cells = {
  functions: (fn) => [[fn.name], [badge(fn.state)], trigger(fn)],
  events: (event) => [[moment(event.occurred_at)], [event.type], [badge(event.state)]],
  parked: (event) => [
    [moment(event.parked_at)], [event.type], [event.consumer], [event.reason], [element("code", {}, event.id)],
  ],
  pushes: (push) => [
    [moment(push.sent_at)], [push.title], [push.body], [element("code", {}, push.link)], [moment(push.until)],
  ],
  mails: (mail) => [
    [moment(mail.sent_at)], [mail.address], [mail.subject], [element("p", { className: "letter" }, ...linked(mail.text))],
    mail.unsubscribe ? [element("a", { href: mail.unsubscribe }, "Unsubscribe")] : [],
  ],
};

function fill(list, rows) {
  const body = document.querySelector(`[data-list=${list}]`);
  const none = element("tr", {}, element("td", { className: "soft", colSpan: 5 }, "None."));
  const tableRows = rows.map((row) => element("tr", {}, ...cells[list](row).map((c) => element("td", {}, ...c))));
  body.replaceChildren(...(tableRows.length ? tableRows : [none]));
}

function setHealth(text, className) {
  const health = document.getElementById("health");
  if (health.textContent !== text) Object.assign(health, { textContent: text, className });
}

async function refresh() {
  try {
    const state = await (await fetch("/_state")).json();
    for (const list of Object.keys(cells)) if (state[list]) fill(list, state[list]);
    setHealth(state.problem ?? "Everything is up.", state.problem ? "bad" : "good");
  } catch {
    setHealth("The stack does not answer: has it been stopped?", "bad");
  }
  setTimeout(refresh, EVERY_MS);
}

refresh();
