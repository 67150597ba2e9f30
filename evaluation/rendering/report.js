"use strict";

// Sorts every table.sortable by the column whose heading is pressed, shows long ones a page of rows
// at a time, and filters the example flips. Without this script the page shows the same tables,
// unsorted, whole and unfiltered.

const ROWS_AT_A_TIME = 50;

const OPPOSITE = { ascending: "descending", descending: "ascending" };

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
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sortBy(heading));
    heading.append(button);
  }
}

function makePaged(table) {
  const body = table.tBodies[0];
  const total = body.rows.length;
  if (total <= ROWS_AT_A_TIME) return;
  const more = document.createElement("button");
  more.type = "button";
  more.className = "more";
  let shown = ROWS_AT_A_TIME;

  function show() {
    Array.from(body.rows).forEach((row, place) => {
      row.hidden = place >= shown;
    });
    more.textContent = `${shown} of ${total} rows shown: show more`;
    more.hidden = shown >= total;
  }

  more.addEventListener("click", () => {
    shown += ROWS_AT_A_TIME;
    show();
  });
  table.addEventListener("sorted", show);
  table.parentElement.after(more);
  show();
}

function makeFilterable(controls, table) {
  const rows = Array.from(table.tBodies[0].rows, (row) => ({
    row,
    text: row.textContent.toLowerCase(),
    groups: JSON.parse(row.dataset.groups),
  }));
  const [search, group, under] = ["search", "group", "under"].map((name) =>
    controls.querySelector(`[name=${name}]`),
  );
  const count = controls.querySelector("output");

  function apply() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, text, groups } of rows) {
      row.hidden = !(
        words.every((word) => text.includes(word)) &&
        (!group?.value || groups.includes(group.value)) &&
        (!under?.value || row.dataset.under === under.value)
      );
      shown += !row.hidden;
    }
    count.textContent = `${shown} of ${rows.length} shown`;
  }

  for (const event of ["input", "change"]) controls.addEventListener(event, apply);
  controls.hidden = false;
  apply();
}

for (const table of document.querySelectorAll("table.sortable")) makeSortable(table);
for (const table of document.querySelectorAll("table.sortable:not(.flips)")) makePaged(table);
const controls = document.querySelector(".controls");
if (controls) makeFilterable(controls, document.querySelector("table.flips"));
