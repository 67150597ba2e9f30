"use strict";

// Sorts every table.sortable by the column whose heading is pressed, shows long ones a page of rows
// at a time, and filters the examples, whose filters stand in the address. Without this script the
// page shows the same tables, unsorted, whole and unfiltered; so does its print.

const ROWS_AT_A_TIME = 50;
const EXAMPLES_AT_A_TIME = 10;

const OPPOSITE = { ascending: "descending", descending: "ascending" };

function makeButton(text, press) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", press);
  return button;
}

function sortKey(row, column) {
  const cell = row.cells[column];
  const key = cell.dataset.sort;
  if (key === undefined) return cell.textContent.trim();
  return key === "" ? null : Number(key);
}

function compareKeys(first, second, direction) {
  if (first === null || second === null) return (first === null) - (second === null);
  const order = typeof first === "number" ? first - second : first.localeCompare(second);
  return direction === "ascending" ? order : -order;
}

function sortBy(heading) {
  const table = heading.closest("table");
  const body = table.tBodies[0];
  for (const row of body.querySelectorAll(".part")) row.remove();
  const rows = Array.from(body.rows, (row) => ({ row, key: sortKey(row, heading.cellIndex) }));
  const numeric = rows.some(({ key }) => typeof key === "number");
  const direction =
    OPPOSITE[heading.getAttribute("aria-sort")] ??
    (numeric ? "descending" : "ascending");
  rows.sort((first, second) => compareKeys(first.key, second.key, direction));
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", direction);
  body.append(...rows.map(({ row }) => row));
  table.dispatchEvent(new Event("sorted"));
}

function makeSortable(table) {
  for (const heading of table.tHead.rows[0].cells) {
    const button = makeButton("", () => sortBy(heading));
    button.append(...heading.childNodes);
    heading.append(button);
  }
}

function makePaged(table) {
  const body = table.tBodies[0];
  const total = body.rows.length;
  const step = Number(table.dataset.rows ?? ROWS_AT_A_TIME);
  if (total <= step) return;
  const more = makeButton("", () => {
    shown += step;
    show();
  });
  more.className = "more";
  let shown = step;

  function show() {
    Array.from(body.rows).forEach((row, place) => {
      row.hidden = place >= shown;
    });
    more.textContent = `${shown} of ${total} rows shown: show more`;
    more.hidden = shown >= total;
  }

  table.addEventListener("sorted", show);
  table.parentElement.after(more);
  show();
}

function makeBrowsable(controls, table) {
  const name = controls.dataset.name;
  const body = table.tBodies[0];
  const inputs = Array.from(controls.elements).filter((each) => each.name);
  const all = Array.from(body.rows, (row) => ({
    row,
    text: row.textContent.toLowerCase(),
    under: row.dataset.under,
    group: JSON.parse(row.dataset.groups),
    term: JSON.parse(row.dataset.terms ?? "[]"),
  }));
  let rows = all;
  let page = 0;

  const count = document.createElement("output");
  count.className = "muted";
  count.setAttribute("aria-live", "polite");
  controls.append(count);
  const pager = document.createElement("nav");
  pager.className = "pager";
  pager.setAttribute("aria-label", `Pages of ${name}`);
  const [previous, next] = [-1, 1].map((step) =>
    makeButton(step < 0 ? "← Previous" : "Next →", () => {
      page += step;
      apply();
      remember();
      controls.scrollIntoView();
    }),
  );
  const place = document.createElement("span");
  pager.append(previous, place, next);
  table.parentElement.after(pager);

  const value = (wanted) => inputs.find((each) => each.name === wanted)?.value ?? "";

  function matches(each) {
    const words = value("search").toLowerCase().split(/\s+/).filter(Boolean);
    return (
      words.every((word) => each.text.includes(word)) &&
      ["group", "term"].every((of) => !value(of) || each[of].includes(value(of))) &&
      (!value("under") || each.under === value("under"))
    );
  }

  // Parts stand in the order of their first rows, so that the one with the worst harm comes first
  function inParts(found, by) {
    const parts = new Map();
    for (const each of found) {
      const key = (value(by) || each[by][0]) ?? "none";
      if (!parts.has(key)) parts.set(key, []);
      parts.get(key).push(each);
    }
    return parts;
  }

  function addHeading(key, part, first) {
    const row = document.createElement("tr");
    row.className = "part";
    const cell = document.createElement("th");
    cell.scope = "rowgroup";
    cell.colSpan = table.tHead.rows[0].cells.length;
    const label = document.createElement("bdi");
    label.textContent = key;
    const fresh = part.filter(({ under }) => under === "candidate").length;
    const isCompared = inputs.some((each) => each.name === "under");
    cell.append(label, ` (${part.length}${isCompared ? `, ${fresh} new` : ""})`);
    row.append(cell);
    first.row.before(row);
  }

  function apply() {
    for (const row of body.querySelectorAll(".part")) row.remove();
    let found = rows.filter(matches);
    const by = value("by");
    const parts = by ? inParts(found, by) : new Map();
    if (by) found = Array.from(parts.values()).flat();
    const pages = Math.max(1, Math.ceil(found.length / EXAMPLES_AT_A_TIME));
    page = Math.max(0, Math.min(page, pages - 1));
    const start = page * EXAMPLES_AT_A_TIME;
    const shown = found.slice(start, start + EXAMPLES_AT_A_TIME);
    for (const { row } of all) row.hidden = true;
    for (const { row } of shown) row.hidden = false;
    if (by) body.append(...found.map(({ row }) => row));
    for (const [key, part] of parts) {
      const first = part.find((each) => shown.includes(each));
      if (first) addHeading(key, part, first);
    }
    const range = shown.length ? `${start + 1}–${start + shown.length}` : "0";
    count.textContent = `${range} of ${found.length} shown`;
    if (found.length < all.length) count.textContent += `, ${all.length} without filters`;
    place.textContent = `page ${page + 1} of ${pages}`;
    previous.disabled = page === 0;
    next.disabled = page + 1 >= pages;
    pager.hidden = pages === 1;
  }

  function remember() {
    const query = new URLSearchParams();
    for (const each of inputs) if (each.value) query.set(each.name, each.value);
    if (page) query.set("page", page + 1);
    const filters = query.toString();
    history.replaceState(null, "", filters ? `#${name}?${filters}` : `#${name}`);
  }

  function recall() {
    const [of, text] = location.hash.slice(1).split(/\?(.*)/s);
    if (of !== name || text === undefined) return;
    const query = new URLSearchParams(text);
    for (const each of inputs) {
      each.value = query.get(each.name) ?? "";
      if (each.selectedIndex < 0) each.selectedIndex = 0; // there is no such group or term here
    }
    page = Math.trunc(Number(query.get("page")) || 1) - 1;
    const folded = controls.closest("details");
    if (folded) folded.open = true;
    reorder();
    (document.getElementById(name) ?? controls).scrollIntoView();
  }

  function reorder() {
    rows = all;
    body.append(...rows.map(({ row }) => row));
    for (const heading of table.tHead.rows[0].cells) heading.removeAttribute("aria-sort");
    apply();
  }

  controls.addEventListener("submit", (event) => event.preventDefault());
  for (const event of ["input", "change"]) {
    controls.addEventListener(event, ({ target }) => {
      page = 0;
      if (target.name === "by") reorder();
      else apply();
      remember();
    });
  }
  table.addEventListener("sorted", () => {
    const places = new Map(Array.from(body.rows, (row, at) => [row, at]));
    rows = [...all].sort((first, second) => places.get(first.row) - places.get(second.row));
    for (const each of inputs) if (each.name === "by") each.value = "";
    page = 0;
    apply();
    remember();
  });
  addEventListener("hashchange", recall);
  controls.hidden = false;
  apply();
  recall();
}

// Print holds everything: what is folded is opened for it, and folded again
let opened = [];
addEventListener("beforeprint", () => {
  opened = Array.from(document.querySelectorAll("details:not([open])"));
  for (const each of opened) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of opened) each.open = false;
});

for (const table of document.querySelectorAll("table.sortable")) makeSortable(table);
for (const table of document.querySelectorAll("table.sortable:not(.flips)")) makePaged(table);
const controls = document.querySelector(".controls");
if (controls) makeBrowsable(controls, document.querySelector("table.flips"));
