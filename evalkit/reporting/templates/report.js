
// Theme switch, sorting and filtering. The page is whole without it.
(function () {
  "use strict";
  var root = document.documentElement;

  function dark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function themeSwitch() {
    var button = document.getElementById("theme");
    function say() {
      button.setAttribute("aria-pressed", dark() ? "true" : "false");
    }
    button.hidden = false;
    button.addEventListener("click", function () {
      root.dataset.theme = dark() ? "light" : "dark";
      try { localStorage.setItem("evalkit-theme", root.dataset.theme); } catch (e) { /* not kept */ }
      say();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", say);
    say();
  }

  // A cell sorts by its data-value, else by its text; empty values come last both ways.
  function key(row, column) {
    var cell = row.cells[column];
    var raw = cell.dataset.value !== undefined ? cell.dataset.value : cell.textContent.trim();
    if (raw === "") return null;
    var number = raw === "inf" ? Infinity : Number(raw);
    return isNaN(number) ? raw.toLowerCase() : number;
  }

  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a === b ? 0 : a - b;
    return String(a).localeCompare(String(b));
  }

  function sortBy(table, heading, column) {
    var up = heading.getAttribute("aria-sort") !== "ascending";
    table.querySelectorAll("thead th").forEach(function (th) { th.removeAttribute("aria-sort"); });
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    Array.prototype.forEach.call(table.tBodies, function (body) {
      var rows = Array.prototype.filter.call(body.rows, function (r) { return !r.classList.contains("group"); });
      rows.sort(function (x, y) {
        var a = key(x, column), b = key(y, column);
        if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
        return up ? compare(a, b) : compare(b, a);
      });
      rows.forEach(function (row) { body.appendChild(row); });
    });
  }

  function sortable(table) {
    table.querySelectorAll("thead th[data-sort]").forEach(function (heading) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      while (heading.firstChild) button.appendChild(heading.firstChild);
      heading.appendChild(button);
      button.addEventListener("click", function () { sortBy(table, heading, heading.cellIndex); });
    });
  }

  function failureFilter(form) {
    var around = form.closest("section");
    var items = Array.prototype.slice.call(around.querySelectorAll(".failure"));
    var told = form.querySelector("output");
    var all = form.querySelector(".open-all");
    all.hidden = false;
    all.addEventListener("click", function () {
      var open = all.getAttribute("aria-pressed") !== "true";
      all.setAttribute("aria-pressed", open ? "true" : "false");
      around.querySelectorAll(".failure:not([hidden])").forEach(function (item) { item.open = open; });
    });
    var sets = items.map(function (item) {
      return {
        candidate: JSON.parse(item.dataset.candidates),
        kind: JSON.parse(item.dataset.kinds),
        tag: JSON.parse(item.dataset.tags),
        words: item.textContent.toLowerCase()
      };
    });
    function has(list, value) { return !value || list.indexOf(value) !== -1; }
    function apply() {
      var words = form.elements.words.value.trim().toLowerCase(), shown = 0;
      items.forEach(function (item, i) {
        var fits = has(sets[i].candidate, form.elements.candidate.value) && has(sets[i].kind, form.elements.kind.value) &&
          has(sets[i].tag, form.elements.tag.value) && (!form.elements.critical.checked || item.dataset.critical === "1") &&
          (!words || sets[i].words.indexOf(words) !== -1);
        item.hidden = !fits;
        shown += fits ? 1 : 0;
      });
      told.textContent = shown + " of " + items.length + " shown";
    }
    form.hidden = false;
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("input", apply);
    form.addEventListener("change", apply);
    form.addEventListener("reset", function () { setTimeout(apply, 0); });
    apply();
  }

  // In a one-file report the pages are parts, and the address says which one is read.
  function turnTo() {
    var parts = document.querySelectorAll("section.page");
    if (!parts.length) return;
    var place = document.getElementById(location.hash.slice(1).split("-item=")[0]);
    var part = (place && place.closest("section.page")) || parts[0];
    parts.forEach(function (other) { other.hidden = other !== part; });
    document.querySelectorAll(".top nav a").forEach(function (link) {
      if (link.getAttribute("href") === "#" + part.id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    if (place === part) scrollTo(0, 0);
    else if (place) place.scrollIntoView();
  }

  // A link to one item opens it.
  function openTarget() {
    var item = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (item && item.tagName === "DETAILS") { item.open = true; item.scrollIntoView(); }
  }

  themeSwitch();
  document.querySelectorAll("table.sortable").forEach(sortable);
  document.querySelectorAll(".failing").forEach(failureFilter);
  addEventListener("hashchange", turnTo);
  addEventListener("hashchange", openTarget);
  turnTo();
  openTarget();
})();
