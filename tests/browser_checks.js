"use strict";
// Runs in the page of the report, after its own script: uses what it offers, then asks axe-core, and writes both down.
(async () => {
  const out = {};
  const press = (element, key) => element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const number = (cell) => Number(cell.textContent.replace(/[^0-9.−-]/g, "").replace("−", "-"));
  try {
    const figure = document.querySelector("figure[data-cursor]");
    press(figure.querySelector(".plot"), "ArrowRight");
    out.first_key = figure.querySelector(".readout").textContent;
    press(figure.querySelector(".plot"), "End");
    out.last_key = figure.querySelector(".readout").textContent;

    const table = [...document.querySelectorAll("table")].find((one) => one.caption.textContent.includes("Primary areas"));
    const head = [...table.tHead.rows[0].cells].find((cell) => cell.textContent.startsWith("Demand"));
    const column = head.cellIndex;
    const values = () => [...table.tBodies[0].rows].map((row) => number(row.cells[column]));
    head.querySelector("button").click();
    out.sorted_up = values();
    head.querySelector("button").click();
    out.sorted_down = values();
    out.said_sorted = head.getAttribute("aria-sort");
    const tools = table.closest(".scroll").previousElementSibling;
    const input = tools.querySelector("input");
    input.value = "vale town";
    input.dispatchEvent(new Event("input"));
    out.filtered = tools.querySelector("output").textContent;
    out.visible = [...table.tBodies[0].rows].filter((row) => !row.hidden).length;
    input.value = "";
    input.dispatchEvent(new Event("input"));

    const due = [...document.querySelectorAll("table")].find((one) => one.caption.textContent.endsWith("What must be decided"));
    const days = () => [...due.tBodies[0].rows].map((row) => row.cells[0].textContent.replace(" (passed)", ""));
    out.days_as_written = days();
    due.tHead.rows[0].cells[0].querySelector("button").click();
    out.days_up = days();

    const map = document.querySelector("figure[data-map]");
    const label = map.querySelector("[data-label='0']");
    const range = map.querySelector("input[type=range]");
    const cell = (column) => map.querySelector("tbody tr").cells[column].textContent;
    const shown = () => ({ label: label.textContent, cell: cell(Number(range.value)), said: range.getAttribute("aria-valuetext") });
    out.map_last = shown();
    range.value = range.min;
    range.dispatchEvent(new Event("input"));
    out.map_first = shown();
    press(map.querySelector(".plot"), "ArrowRight");
    out.map_read = map.querySelector(".readout").textContent;

    document.querySelectorAll("details").forEach((details) => { details.open = details.closest("nav") !== null; });
    const found = await axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      resultTypes: ["violations"],
    });
    out.passes = found.passes.length;
    out.violations = found.violations.map((one) => ({
      id: one.id, help: one.help, count: one.nodes.length, first: one.nodes[0].html.slice(0, 200),
    }));
  } catch (error) {
    out.violations = [{ id: "fault", help: String(error.stack), count: 1, first: "" }];
  }
  const answer = document.createElement("pre");
  answer.id = "browser-checks";
  answer.textContent = JSON.stringify(out);
  document.body.append(answer);
})();
