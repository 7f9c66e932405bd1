// The errors page: filters, lists and opens samples. Everything foreign is put into the page as text.
(function () {
  "use strict";
  var SHOWN = 20, DEEPEST = 40;
  var TELEMETRY = ["end to end", "first attempt", "first token", "tokens in, out", "cost", "attempts", "finish",
    "confidence", "reused from", "run"];
  var SIGNS = { "right": "✓", "wrong": "✕", "no answer": "!", "not asked": "·" };
  // As evalkit.reporting.hostile has it: characters that are not seen or that turn the order of a text.
  var HIDDEN = new RegExp("[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160" +
    "\\u17b4\\u17b5\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffc" +
    "\\u{e0000}-\\u{e0fff}]|(?<=[\\x20-\\x7e])[\\u200c\\u200d]|[\\u200c\\u200d](?=[\\x20-\\x7e])", "gu");

  var LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

  var review = document.querySelector(".review");
  if (!review) return;
  var form = review.querySelector(".pick"), list = review.querySelector(".items"), pager = review.querySelector(".pager");
  var told = form.querySelector("output"), from = review.dataset.samples;
  var index = null, fitting = [], page = 0, waiting = {}, chunks = {};

  function make(tag, className, words) {
    var element = document.createElement(tag);
    if (className) element.className = className;
    if (words !== undefined) put(element, String(words));
    return element;
  }

  function put(element, words) {
    var last = 0, clean = words.replace(/\r\n/g, "\n").replace(LONE, "\ufffd");
    HIDDEN.lastIndex = 0;
    for (var found = HIDDEN.exec(clean); found; found = HIDDEN.exec(clean)) {
      element.append(clean.slice(last, found.index));
      var code = document.createElement("span");
      code.className = "ctl";
      code.textContent = "U+" + found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
      element.append(code);
      last = found.index + found[0].length;
    }
    element.append(clean.slice(last));
  }

  function passage(words, dropped) {
    var box = document.createDocumentFragment(), pre = make("pre", "output", words);
    pre.dir = "auto";
    pre.tabIndex = 0;
    box.append(pre);
    if (dropped) box.append(make("p", "cut", "Cut here: " + dropped.toLocaleString("en") + " more characters."));
    return box;
  }

  function read(cell) {
    if (!cell || cell[1]) return undefined;
    try { return JSON.parse(cell[0]); } catch (e) { return undefined; }
  }

  // JSON as a person reads it, with the places marked where it departs from the target.
  function pieces(value, path, marked, depth, out) {
    var here = marked.has(path);
    if (value === null || typeof value !== "object" || depth > DEEPEST || !Object.keys(value).length) {
      out.push([depth > DEEPEST ? "(nested too deep to show)" : JSON.stringify(value), here]);
      return;
    }
    var array = Array.isArray(value), keys = Object.keys(value), pad = "  ".repeat(depth + 1);
    out.push([(array ? "[" : "{") + "\n", here]);
    keys.forEach(function (key, n) {
      var inside = path + "\u0000" + key, below = here || marked.has(inside);
      if (below) marked.add(inside);
      out.push([pad, here]);
      if (!array) out.push([JSON.stringify(key) + ": ", below]);
      pieces(value[key], inside, marked, depth + 1, out);
      out.push([n < keys.length - 1 ? ",\n" : "\n", here]);
    });
    out.push(["  ".repeat(depth) + (array ? "]" : "}"), here]);
  }

  function steps(path) {
    var found = [], step = /\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]/g, at;
    while ((at = step.exec(path))) found.push(at[1] || at[2] || at[3]);
    return ["$"].concat(found).join("\u0000");
  }

  function written(value, differences) {
    var pre = make("pre", "output"), out = [];
    pre.dir = "auto";
    pre.tabIndex = 0;
    pieces(value, "$", new Set(differences.map(function (d) { return steps(String(d.path)); })), 0, out);
    out.forEach(function (piece) {
      if (piece[1] && piece[0].trim()) pre.append(make("mark", "", piece[0]));
      else put(pre, piece[0]);
    });
    return pre;
  }

  function short(value) {
    var words = value === null || value === undefined ? "nothing" : JSON.stringify(value);
    return words.length > 160 ? words.slice(0, 159) + "…" : words;
  }

  function folded(title, open, content) {
    var box = make("details", "raw");
    box.open = open;
    box.append(make("summary", "", title), content);
    return box;
  }

  function differenceList(differences) {
    var ul = make("ul", "diff");
    differences.slice(0, 50).forEach(function (d) {
      var li = make("li"), gone = make("del"), got = make("ins");
      li.append(make("code", "", d.path), " ", make("span", "meta", String(d.kind).replace(/_/g, " ")), make("br"));
      gone.append(make("span", "sr", "expected "));
      put(gone, short(d.expected));
      got.append(make("span", "sr", "got "));
      put(got, short(d.got));
      li.append(gone, " → ", got);
      ul.append(li);
    });
    return ul;
  }

  function answerCard(answer) {
    var who = index.candidates.find(function (c) { return c.name === answer.candidate; }) || { tier: "" };
    var card = make("article", "answer e-" + answer.ending.replace(" ", "-")), heading = make("h3");
    heading.append(make("span", "", SIGNS[answer.ending] + " "), make("span", "", answer.candidate + " "), make("span", "tier t-" + who.tier, who.tier));
    if (who.simulated) heading.append(" ", make("span", "badge sim", "Simulated"));
    heading.firstChild.setAttribute("aria-hidden", "true");
    card.append(heading);
    var repeats = answer.repeats > 1 ? "; failed " + answer.failed + " of " + answer.repeats + " repeats" : "";
    card.append(make("p", "meta", answer.ending + (answer.kind ? ": " + answer.kind.replace(/_/g, " ") : "") + repeats));
    var differences = read(answer.diff) || [], value = read(answer.parsed);
    if (!Array.isArray(differences)) differences = [];
    if (value === undefined || value === null) value = read(answer.tool_calls);
    if (value !== undefined && value !== null) {
      card.append(make("h4", "", "As read"), written(value, differences));
    } else if (answer.parsed) {
      card.append(make("h4", "", "As read"), passage(answer.parsed[0], answer.parsed[1]));
    }
    if (differences.length) card.append(differenceList(differences));
    if (answer.output) card.append(folded("As written", value === undefined || value === null, passage(answer.output[0], answer.output[1])));
    var telemetry = make("p", "telemetry");
    answer.telemetry.forEach(function (words, n) {
      if (!words) return;
      var pair = make("span", "", TELEMETRY[n] + " ");
      pair.append(make("b", "", words));
      telemetry.append(pair, " ");
    });
    card.append(telemetry);
    return card;
  }

  function requestBox(request, who, texts) {
    var body = make("div");
    request.messages.forEach(function (message) {
      body.append(make("h4", "", message[0]), passage(texts[message[1]], 0));
    });
    request.more.forEach(function (pair) {
      body.append(make("h4", "", pair[0]), passage(texts[pair[1]], 0));
    });
    var title = request.as_sent ? "The request as sent to " : "The request made again, not quite as it was sent (another hash), to ";
    return folded(title + who.join(", "), false, body);
  }

  function quoted(word) {
    return /^[\w.,:@%+=/-]+$/.test(word) ? word : "'" + word.replace(/'/g, "'\\''") + "'";
  }

  function commands(item, who) {
    var suite = index.suites[item.suite];
    var words = [suite, item.id].concat(who);
    HIDDEN.lastIndex = 0;
    if (words.some(function (w) { return HIDDEN.test(w) || /[\n\r\ud800-\udfff]/.test(w); })) {
      return make("p", "meta", "Its name holds characters that a command line cannot be given safely.");
    }
    return passage(who.map(function (name) {
      return "evalkit ask " + quoted(suite) + " --item " + quoted(item.id) + " --candidates " + quoted(name);
    }).join("\n"), 0);
  }

  function openedItem(item, value, texts) {
    var body = make("div", "body");
    if (item.tags.length) {
      var tags = make("p", "tags");
      item.tags.forEach(function (n) { tags.append(make("span", "tag", index.tags[n][0] + ": " + index.tags[n][1]), " "); });
      body.append(tags);
    }
    if (value.turns) {
      var asked = make("div", "asked"), left = make("div"), right = make("div");
      value.turns.forEach(function (turn) { left.append(make("h3", "", turn[0]), passage(turn[1], turn[2])); });
      if (value.target) {
        var target = read(value.target);
        right.append(make("h3", "", "Target"), target === undefined ? passage(value.target[0], value.target[1]) : written(target, []));
        (value.alternatives || []).forEach(function (other) { right.append(make("h4", "", "or"), passage(other, 0)); });
      }
      asked.append(left, right);
      body.append(asked);
    }
    var answers = make("div", "answers");
    value.answers.forEach(function (answer) { answers.append(answerCard(answer)); });
    body.append(answers);
    (value.requests || []).forEach(function (request, n) {
      var who = value.answers.filter(function (a) { return a.request === n; }).map(function (a) { return a.candidate; });
      body.append(requestBox(request, who, texts));
    });
    var failing = value.answers.filter(function (a) { return a.failed; }).map(function (a) { return a.candidate; });
    if (!failing.length) failing = value.answers.map(function (a) { return a.candidate; });
    body.append(folded("Ask it again", false, commands(item, failing)));
    return body;
  }

  // A chunk comes as a script beside the page, since a page from disk may fetch nothing; or it stands in the page.
  function load(name, then) {
    var inside = document.querySelector('script[type="application/json"][data-chunk="' + name + '"]');
    if (inside) return then(JSON.parse(inside.textContent));
    if (chunks[name]) return then(chunks[name]);
    if (waiting[name]) return waiting[name].push(then);
    waiting[name] = [then];
    var script = document.createElement("script"), path = from + name + ".js";
    script.src = window.trustedTypes ? policy.createScriptURL(path) : path;
    script.onerror = function () { told.textContent = "The samples beside this page are missing: " + path; delete waiting[name]; script.remove(); };
    script.onload = function () { script.remove(); };
    document.head.append(script);
  }

  var policy = window.trustedTypes ? trustedTypes.createPolicy("evalkit", { createScriptURL: function (path) { return path; } }) : null;
  window.evalkit = {
    samples: function (name, value) {
      chunks[name] = value;
      (waiting[name] || []).forEach(function (then) { then(value); });
      delete waiting[name];
    }
  };

  function opened(details, item) {
    if (details.querySelector(".body")) return;
    if (!item.chunk) {
      details.append(make("div", "body", "This item is not in this report, which was kept small."));
      return;
    }
    load(item.chunk, function (chunk) {
      if (!details.querySelector(".body")) details.append(openedItem(item, chunk.items[item.place], chunk.texts));
    });
  }

  function marks(item) {
    var box = make("span", "marks"), failed = [], fixed = [];
    index.candidates.forEach(function (candidate, n) {
      var thens = item.results.filter(function (r) { return index.groups[r[0]].candidate === n; }).map(function (r) { return r[1]; });
      var now = thens.some(function (t) { return t !== "fixed"; }), sign = now ? "✕" : thens.length ? "✓" : "·";
      if (now) failed.push(candidate.name);
      else if (thens.length) fixed.push(candidate.name);
      var mark = make("span", "mark " + (now ? "e-wrong" : thens.length ? "e-right" : "e-none"), sign);
      mark.title = candidate.name + (now ? ": failed" : thens.length ? ": fixed" : ": not failed");
      mark.setAttribute("aria-hidden", "true");
      box.append(mark);
    });
    box.append(make("span", "sr", (failed.length ? "Failed by " + failed.join(", ") + ". " : "") + (fixed.length ? "Fixed: " + fixed.join(", ") + "." : "")));
    return box;
  }

  function row(item) {
    var li = make("li"), details = make("details", "failure"), summary = make("summary");
    summary.append(make("span", "id", item.id.length > 60 ? item.id.slice(0, 59) + "…" : item.id));
    var badges = make("span", "badges");
    if (item.critical) badges.append(make("span", "badge critical", "Critical"), " ");
    if (item.results.some(function (r) { return r[1] === "new"; })) badges.append(make("span", "badge", "New"), " ");
    badges.append(make("span", "meta", index.suites[item.suite]));
    var gist = make("span", "gist", item.gist);
    gist.dir = "auto";
    summary.append(badges, gist, marks(item));
    details.append(summary);
    details.addEventListener("toggle", function () { if (details.open) opened(details, item); });
    li.append(details);
    return li;
  }

  function show() {
    var first = page * SHOWN, last = Math.min(first + SHOWN, fitting.length);
    list.replaceChildren.apply(list, fitting.slice(first, last).map(row));
    list.start = first + 1;
    list.hidden = !fitting.length;
    pager.hidden = fitting.length <= SHOWN;
    pager.querySelector("[role=status]").textContent = (first + 1) + " to " + last + " of " + fitting.length.toLocaleString("en");
    pager.querySelector("[name=back]").disabled = !page;
    pager.querySelector("[name=on]").disabled = last >= fitting.length;
  }

  function fits(group, then, wanted) {
    return (wanted.suite === "" || group.suite === Number(wanted.suite)) &&
      (wanted.candidate === "" || group.candidate === Number(wanted.candidate)) &&
      (!wanted.tier || index.candidates[group.candidate].tier === wanted.tier) &&
      (!wanted.kind || group.kind === wanted.kind) &&
      (wanted.group === null || group === index.groups[wanted.group]) &&
      (wanted.then ? then === wanted.then : wanted.fixedToo || then !== "fixed");
  }

  var only = null;
  function apply() {
    var elements = form.elements, hits = {};
    var wanted = { suite: elements.suite.value, candidate: elements.candidate.value, tier: elements.tier.value,
      kind: elements.kind.value, then: elements.then.value, group: only, fixedToo: only !== null };
    var slice = elements.slice.value ? JSON.parse(elements.slice.value) : null;
    var tag = slice && index.tags.findIndex(function (t) { return t[0] === slice[0] && t[1] === slice[1]; });
    var words = elements.words.value.trim().toLowerCase();
    var filtered = only !== null || slice || words || elements.critical.checked ||
      ["suite", "candidate", "tier", "kind", "then"].some(function (name) { return elements[name].value !== ""; });
    fitting = index.items.filter(function (item) {
      if ((slice && item.tags.indexOf(tag) < 0) || (elements.critical.checked && !item.critical)) return false;
      if (words && (item.id + "\n" + item.gist).toLowerCase().indexOf(words) < 0) return false;
      var own = item.results.filter(function (r) { return fits(index.groups[r[0]], r[1], wanted); });
      own.forEach(function (r) { hits[r[0]] = (hits[r[0]] || 0) + 1; });
      return own.length > 0;
    });
    page = 0;
    review.querySelectorAll("tr[data-group]").forEach(function (tr) { tr.hidden = Boolean(filtered) && only === null && !hits[tr.dataset.group]; });
    review.querySelectorAll(".kind").forEach(function (box) { box.hidden = !box.querySelector("tr[data-group]:not([hidden])"); });
    var all = index.items.length.toLocaleString("en");
    told.textContent = fitting.length.toLocaleString("en") + " of " + all + " items" + (only === null ? "" : " (one group)");
    show();
  }

  function pickGroup(n) {
    only = n;
    review.querySelectorAll(".about-pick").forEach(function (b) { b.setAttribute("aria-pressed", Number(b.dataset.group) === n ? "true" : "false"); });
    apply();
  }

  // What a group is about becomes a button that lists its samples alone; pressed again, it lists all.
  function groupButtons() {
    review.querySelectorAll("tr[data-group]").forEach(function (tr) {
      var about = tr.querySelector(".about"), button = make("button", "about-pick");
      button.type = "button";
      button.dataset.group = tr.dataset.group;
      button.setAttribute("aria-pressed", "false");
      while (about.firstChild) button.append(about.firstChild);
      about.append(button);
      button.addEventListener("click", function () {
        var n = Number(tr.dataset.group), on = only !== n;
        pickGroup(on ? n : null);
        if (on) list.closest("section").scrollIntoView();
      });
    });
  }

  function begin(value) {
    index = value;
    index.items = index.items.map(function (plain) {
      return { suite: plain[0], id: plain[1], critical: plain[2], gist: plain[3], tags: plain[4], chunk: plain[5], place: plain[6], results: plain[7] };
    });
    index.groups = index.groups.map(function (plain) { return { suite: plain[0], candidate: plain[1], kind: plain[2] }; });
    form.hidden = false;
    groupButtons();
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("input", apply);
    form.addEventListener("change", apply);
    form.addEventListener("reset", function () { setTimeout(function () { pickGroup(null); }, 0); });
    pager.addEventListener("click", function (event) {
      if (event.target.name === "on") page += 1;
      else if (event.target.name === "back") page -= 1;
      else return;
      show();
      list.closest("section").scrollIntoView();
    });
    apply();
    openLinked();
  }

  // A link such as #item=suite/id lists that item alone, opened.
  function openLinked() {
    var found = /item=([^/]*)\/(.*)$/.exec(location.hash);
    if (!found || !index) return;
    var suite = index.suites.indexOf(decodeURIComponent(found[1])), id = decodeURIComponent(found[2]);
    var item = index.items.find(function (i) { return i.suite === suite && i.id === id; });
    if (!item) return;
    fitting = [item];
    page = 0;
    told.textContent = "one item, by its link";
    show();
    list.querySelector("details").open = true;
    list.closest("section").scrollIntoView();
  }

  addEventListener("hashchange", openLinked);
  review.querySelector(".noscript").hidden = true;
  load("index", begin);
})();
