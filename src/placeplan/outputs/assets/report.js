"use strict";
(() => {
  const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
  const make = (name, attributes, text) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
    if (text) element.textContent = text;
    return element;
  };
  const words = (cell) => cell.textContent.trim();
  const KINDS = { short: "short", tight: "tight", surplus: "surplus", "high-surplus": "high surplus" };
  const kind = (cell) => Object.keys(KINDS).find((name) => cell.classList.contains(name)) || "";

  // Contents: closed on a narrow screen, so that the text comes first.
  const contents = document.querySelector("nav > details");
  if (contents && matchMedia("(max-width: 68rem)").matches) {
    contents.open = false;
    addEventListener("beforeprint", () => { contents.open = true; });
    addEventListener("afterprint", () => { contents.open = false; });
  }

  // Boxes of tables and charts take the focus only where they scroll.
  const boxes = all(".scroll");
  const focusable = () => {
    const wide = boxes.map((box) => box.scrollWidth > box.clientWidth + 1);
    boxes.forEach((box, at) => {
      if (wide[at]) box.setAttribute("tabindex", "0");
      else box.removeAttribute("tabindex");
    });
  };
  addEventListener("resize", focusable);
  all("figure details").forEach((details) => details.addEventListener("toggle", focusable));

  // Sorting and filter of lists. A table whose corner is empty has years or measures as rows, and keeps its order.
  const value = (cell) => {
    const day = words(cell).match(/^\d{1,2} [A-Z][a-z]{2,8} \d{4}/);
    if (day) return Date.parse(`${day[0]} UTC`);
    const number = parseFloat(words(cell).replace(/,/g, "").replace(/−/g, "-").replace(/^[<>£+]+/, "").replace(/^-£/, "-"));
    return Number.isNaN(number) ? null : number;
  };
  const compare = (one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a !== null && b !== null) return a - b;
    if (a !== null || b !== null) return null;
    return words(one).localeCompare(words(other), "en-GB", { numeric: true });
  };
  const sort = (table, column, down) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    rows.sort((one, other) => {
      const order = compare(one.cells[column], other.cells[column]);
      if (order === null) return value(one.cells[column]) === null ? 1 : -1;
      return down ? -order : order;
    });
    body.append(...rows);
  };
  const sortable = (table) => {
    [...table.tHead.rows[0].cells].forEach((cell, column) => {
      const button = make("button", { type: "button", title: "Sort by this column" });
      button.append(...cell.childNodes);
      cell.append(button);
      button.addEventListener("click", () => {
        const down = cell.getAttribute("aria-sort") === "ascending";
        all("[aria-sort]", table).forEach((other) => other.removeAttribute("aria-sort"));
        cell.setAttribute("aria-sort", down ? "descending" : "ascending");
        sort(table, column, down);
      });
    });
  };
  const filterable = (table, at) => {
    const tools = make("div", { class: "tools" });
    const input = make("input", { type: "search", id: `filter-${at}`, autocomplete: "off" });
    const label = make("label", { for: `filter-${at}` }, "Show rows with");
    label.append(make("span", { class: "vh" }, `, in the table ${words(table.caption)}`));
    const count = make("output", { for: `filter-${at}` });
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      for (const row of table.tBodies[0].rows) {
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = wanted ? `${shown} of ${table.tBodies[0].rows.length} rows` : "";
    });
    tools.append(label, input, count);
    table.parentElement.before(tools);
  };
  all("main > .scroll > table").forEach((table, at) => {
    const rows = table.tBodies[0].rows.length;
    if (["", "Year"].includes(words(table.tHead.rows[0].cells[0])) || rows < 4) return;
    if (rows >= 10) filterable(table, at);
    sortable(table);
  });

  // Charts: the arrow keys (or the pointer) go through the rows of the chart's table and read them out.
  const said = (table, row) => {
    const head = [...table.tHead.rows[0].cells].map(words);
    const cells = [...row.cells];
    const rest = cells.slice(1).map((cell, at) => `${head[at + 1]} ${words(cell)}`).filter((text) => !text.endsWith(" –"));
    return `${words(cells[0])}: ${rest.join("; ")}`;
  };
  const mark = (plot, cursor, at) => {
    const svg = plot.querySelector("svg");
    let line = svg.querySelector(".cursor");
    if (!line) {
      line = document.createElementNS("http://www.w3.org/2000/svg", "path");
      line.setAttribute("class", "cursor");
      line.setAttribute("fill", "none");
      line.setAttribute("stroke", "#1a1a1a");
      line.setAttribute("stroke-opacity", "0.55");
      line.setAttribute("stroke-width", "1.5");
      svg.append(line);
    }
    const place = cursor.first + cursor.step * at;
    const { width, height } = svg.viewBox.baseVal;
    line.setAttribute("d", cursor.axis === "x" ? `M${place},52V${height - 38}` : `M4,${place - 9.5}H${width - 4}v19H4Z`);
  };
  const places = (svg, cursor, event) => {
    const box = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / box.width;
    const at = cursor.axis === "x" ? event.clientX - box.left : event.clientY - box.top;
    return Math.round((at * scale - cursor.first) / cursor.step);
  };
  const keyed = (plot, count, show) => {
    let at = -1;
    plot.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
      if (event.key === "Home") at = 0;
      else if (event.key === "End") at = count() - 1;
      else if (event.key in steps) at = Math.min(Math.max(at + steps[event.key], 0), count() - 1);
      else return;
      event.preventDefault();
      show(at);
    });
    return (place) => { at = place; };
  };
  const TIP = "Arrow keys read the chart out.";
  all("figure[data-cursor]").forEach((figure) => {
    const [axis, first, step] = figure.dataset.cursor.split(" ");
    const cursor = { axis, first: Number(first), step: Number(step) };
    const plot = figure.querySelector(".plot");
    const svg = plot.querySelector("svg");
    const readout = figure.querySelector(".readout");
    const table = figure.querySelector("table");
    const rows = table.tBodies[0].rows;
    const show = (at) => {
      mark(plot, cursor, at);
      readout.textContent = said(table, rows[at]);
    };
    const remember = keyed(plot, () => rows.length, show);
    plot.addEventListener("focus", () => { if (!readout.textContent) readout.append(make("span", { class: "tip" }, TIP)); });
    svg.addEventListener("pointermove", (event) => {
      const at = places(svg, cursor, event);
      if (at < 0 || at >= rows.length) return;
      remember(at);
      show(at);
    });
  });

  // Maps: the years of the table, one at a time; shape and number of each area follow its row.
  all("figure[data-map]").forEach((figure) => {
    const table = figure.querySelector("table");
    const rows = [...table.tBodies[0].rows];
    const head = [...table.tHead.rows[0].cells].map(words);
    const plot = figure.querySelector(".plot");
    const svg = plot.querySelector("svg");
    const readout = figure.querySelector(".readout");
    const shapes = all("[data-area]", svg);
    const fills = Object.fromEntries(all("[data-kind]", svg).map((box) => [box.dataset.kind, box.getAttribute("fill")]));
    const marks = { short: " ▼", tight: " ▽", surplus: " △", "high-surplus": " ▲" };
    const first = Number(figure.dataset.map);
    let column = head.length - 1;
    let area = -1;
    const say = () => {
      const cell = rows[area].cells[column];
      const name = KINDS[kind(cell)] && svg.dataset.measure === "surplus" ? `, ${KINDS[kind(cell)]}` : "";
      readout.textContent = `${words(rows[area].cells[0])}, ${head[column]}: ${words(cell)}${name}`;
    };
    const draw = () => {
      shapes.forEach((shape) => {
        const cell = rows[Number(shape.dataset.area)].cells[column];
        const name = words(cell) === "not known" ? "unknown" : kind(cell);
        shape.setAttribute("fill", fills[name || "sufficient"]);
        const label = svg.querySelector(`[data-label="${shape.dataset.area}"]`);
        const sign = svg.querySelector(`[data-mark="${shape.dataset.area}"]`);
        if (label) label.textContent = (words(cell) === "not known" ? "?" : words(cell)) + (sign ? "" : marks[name] || "");
        if (sign) sign.textContent = (marks[name] || "").trim();
      });
      const year = svg.querySelector("[data-year]");
      if (year) year.textContent = head[column];
    };
    const choose = (at) => {
      area = at;
      shapes.forEach((shape) => {
        const mine = Number(shape.dataset.area) === at;
        shape.setAttribute("stroke-width", mine ? "3.5" : "1");
        shape.setAttribute("stroke", mine ? "#1a1a1a" : "#6b6b6b");
        if (mine) shape.parentNode.append(shape);
      });
      all("text", svg).forEach((label) => label.parentNode.append(label));
      say();
    };
    const title = svg.querySelector("title").textContent;
    const steps = make("div", { class: "steps" });
    const range = make("input", { type: "range", min: first, max: head.length - 1, value: column, id: `${svg.id}-year` });
    const label = make("label", { for: range.id }, "Year");
    label.append(make("span", { class: "vh" }, ` of the map: ${title}`));
    const shown = make("output", { for: range.id }, head[column]);
    range.setAttribute("aria-valuetext", head[column]);
    range.addEventListener("input", () => {
      column = Number(range.value);
      shown.textContent = head[column];
      range.setAttribute("aria-valuetext", head[column]);
      draw();
      if (area >= 0) say();
    });
    steps.append(label, range, shown);
    plot.before(steps);
    keyed(plot, () => rows.length, choose);
    plot.addEventListener("focus", () => { if (area < 0) readout.append(make("span", { class: "tip" }, "Arrow keys read the areas out.")); }, { once: true });
    shapes.forEach((shape) => shape.addEventListener("pointerenter", () => choose(Number(shape.dataset.area))));
    draw();
  });
  focusable();
})();
