// Browser-side code: report the time zone, handle back and forward, highlight a card, keep the focus.
const whenceZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
function whenceKeep(name, value) {
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; SameSite=Strict`;
}
whenceKeep("whence_zone", whenceZone);
// Keep the other scheme than the shown one, and return whether it is the dark one. The choice is kept before it is shown:
// who reloads as soon as they see it finds it again.
function whenceSwitchScheme() {
  const isDark = !document.body.classList.contains("body--dark");
  whenceKeep("whence_dark", Number(isDark));
  return isDark;
}
window.addEventListener("popstate", () => emitEvent("whence-view", location.search));
const whenceBrowser = { zone: whenceZone, origin: location.origin };
window.addEventListener("load", () => setTimeout(() => emitEvent("whence-browser", whenceBrowser), 200));
// If the sign-in has ended, or another server answers that does not know it, the page cannot connect again: load it again,
// which leads to the form.
window.addEventListener("load", () => window.socket?.on("connect_error", async ({ description }) => {
  if (description !== 401) return;
  const answer = await fetch(location.href, { redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect" || answer?.status === 401) location.reload();
}));
// Fetch and compile the chart library, and what else the content needs, while the server answers or before a drawer opens.
// screen.py lists it. Whatever needs a script imports it again, and reports an error.
window.addEventListener("load", () => {
  for (const name of whenceAhead) import(name.startsWith("/") ? (window.path_prefix ?? "") + name : name).catch(() => {});
});
// Scroll to a card's marked row, and focus it; if it has none, to the card, which is highlighted for a moment. The server
// asks for it as soon as it has sent the content; the browser draws that a little later.
function whenceMark(name, hasRow, tries = 20) {
  const card = document.getElementById(name), row = card?.querySelector("tr[aria-current]");
  if (tries && !(hasRow ? row : card)) return setTimeout(() => whenceMark(name, hasRow, tries - 1), 100);
  if (!card) return;
  (row ?? card).scrollIntoView({ block: "center" });
  (row ?? card).tabIndex = row?.classList.contains("opens") ? 0 : -1;
  (row ?? card).focus({ preventScroll: true });
  card.classList.add("highlight");
  setTimeout(() => card.classList.remove("highlight"), 2500);
}
// Scroll to a marked element, once it is there.
function whenceShow(name, tries = 50) {
  const element = document.getElementById(name);
  if (element) element.scrollIntoView({ block: "start" });
  else if (tries) setTimeout(() => whenceShow(name, tries - 1), 100);
}
// A refresh replaces elements. Restore the focus, and any typed text, in the element that replaced the focused one.
// Elements are matched by card and name, because their figures may have changed.
let whenceHeld = null, whenceOpener = null;
function whenceName(one) {
  return one.getAttribute("aria-label") ?? (one.cells?.[0] ?? one).textContent;
}
function whenceAlike(card, kind, name) {
  return [...document.querySelectorAll(`[id="${card}"] ${kind}`)].filter(one => whenceName(one) === name);
}
function whenceHold(element) {
  const card = element.closest(".card, .crumbs")?.id;
  if (!card) return { element };
  const kind = element.localName, name = whenceName(element);
  const number = [...document.querySelectorAll("#crumbs button")].indexOf(element);
  return { element, card, kind, name, number, place: whenceAlike(card, kind, name).indexOf(element) };
}
function whenceFind({ element, card, kind, name, number, place }) {
  if (element.isConnected) return element;
  if (!card) return undefined;
  const alike = whenceAlike(card, kind, name);
  // A chip that was removed: its successor, or the filters if it was the last one.
  const chips = [...document.querySelectorAll("#crumbs .crumb-remove")];
  const next = card === "crumbs" ? chips[number] ?? chips.at(-1) ?? document.querySelector(".filters input") : undefined;
  return alike[place] ?? alike.at(-1) ?? next;
}
document.addEventListener("focusin", ({ target }) => {
  whenceHeld = whenceHold(target);
  if (!target.closest(".q-dialog")) whenceOpener = whenceHeld;
});
document.addEventListener("focusout", ({ target }) => setTimeout(() => {
  // The user left the element, unless a refresh removed it.
  if (whenceHeld?.element === target && target.isConnected && document.activeElement === document.body) whenceHeld = null;
}));
function whenceRefocus() {
  if (document.activeElement !== document.body || !whenceHeld || whenceHeld.element.isConnected) return;
  const lost = whenceHeld.element;
  const next = whenceFind(whenceHeld) ?? document.querySelector(".q-dialog__inner") ?? (whenceOpener && whenceFind(whenceOpener));
  whenceHeld = null;
  next?.focus({ preventScroll: true });
  if (next?.localName !== "input" || lost.localName !== "input") return;
  if (next.value !== lost.value) {
    next.value = lost.value;
    next.dispatchEvent(new Event("input", { bubbles: true }));
  }
  next.setSelectionRange(lost.selectionStart, lost.selectionEnd);
}
// A chart's tooltip, built from text nodes: names are untrusted input.
function whenceTooltip(points, number, share, hint) {
  const box = document.createElement("div"), all = [points].flat().filter(one => one.value);
  const line = (words, amount, background, classes = "") => {
    const row = box.appendChild(document.createElement("div"));
    row.className = "chart-tip-line " + classes;
    if (background) row.appendChild(Object.assign(document.createElement("span"), { className: "dot" })).style.background = background;
    row.append(Object.assign(document.createElement("span"), { textContent: words, className: "chart-tip-name" }));
    if (amount !== null) row.append(Object.assign(document.createElement("span"), { textContent: amount, className: "number" }));
  };
  if (points.dataType) {
    const { source, target } = points.data;
    line(points.dataType === "edge" ? `${source} → ${target}` : points.name, number(points.value), null);
    return box;
  }
  if (points.seriesType === "heatmap") {
    line(points.name, number(points.value[2]), points.color);
    return box;
  }
  if (points.percent !== undefined) {
    line(points.name, number(points.value) + " · " + share(points.percent / 100), points.color);
    return box;
  }
  line([points].flat()[0].axisValueLabel, all.length ? null : number(0));
  for (const one of all) line(one.seriesName, number(one.value), one.color);
  if (all.length > 1) line("Total", number(all.reduce((sum, one) => sum + one.value, 0)), null, "chart-tip-total");
  for (const one of hint ? hint.split("\n") : []) line(one, null, null, "chart-tip-hint");
  return box;
}
// ECharts replaces the element below a quick mouse, and is not told that the mouse has left: its tooltip would stay.
document.addEventListener("mouseleave", ({ target }) => {
  if (!target.matches?.(".chart, .ring-chart")) return;
  target.querySelector("svg")?.dispatchEvent(new MouseEvent("mouseout", { bubbles: true, relatedTarget: document.body }));
}, true);
// A drag over the bars of a chart over time chooses their time; Escape cancels it. ECharts' own brush chooses pixels, and
// takes the mouse from tooltips and clicks.
let whenceDrag = null;
function whenceBar({ chart, bars }, event) {
  const x = event.clientX - chart.getDom().getBoundingClientRect().left;
  return Math.min(bars.length - 1, Math.max(0, Math.round(chart.convertFromPixel({ xAxisIndex: 0 }, x))));
}
function whenceDropDrag() {
  whenceDrag?.mark?.remove();
  whenceDrag = null;
}
document.addEventListener("pointerdown", event => {
  whenceDropDrag();
  const element = event.target.closest?.(".chart.drags"), chart = element && getElement(element.id.slice(1))?.chart;
  if (!chart || event.button !== 0 || !event.isPrimary) return;
  const box = element.getBoundingClientRect();
  if (!chart.containPixel({ gridIndex: 0 }, [event.clientX - box.left, event.clientY - box.top])) return;
  const drag = { element, chart, bars: chart.getOption().xAxis[0].data, x: event.clientX };
  whenceDrag = { ...drag, begin: whenceBar(drag, event), end: null };
});
document.addEventListener("pointermove", event => {
  const drag = whenceDrag;
  if (!drag || (!drag.mark && Math.abs(event.clientX - drag.x) < 5)) return;
  // A refresh may have replaced the chart.
  if (!drag.element.isConnected) return whenceDropDrag();
  drag.end = whenceBar(drag, event);
  drag.mark ??= drag.element.appendChild(Object.assign(document.createElement("div"), { className: "chart-drag" }));
  const [first, last] = [drag.begin, drag.end].sort((one, other) => one - other);
  const [left, right] = [first, last].map(bar => drag.chart.convertToPixel({ xAxisIndex: 0 }, bar));
  const { x, width } = drag.chart.getModel().getComponent("grid").coordinateSystem.getRect();
  const half = width / drag.bars.length / 2, begin = Math.max(x, left - half);
  drag.mark.style.left = `${begin}px`;
  drag.mark.style.width = `${right + half - begin}px`;
});
document.addEventListener("pointerup", () => {
  const drag = whenceDrag;
  whenceDropDrag();
  if (!drag?.mark || !drag.element.isConnected) return;
  const [first, last] = [drag.begin, drag.end].sort((one, other) => one - other);
  drag.element.dispatchEvent(new CustomEvent("range", { detail: { first, last } }));
});
document.addEventListener("pointercancel", whenceDropDrag);
document.addEventListener("keydown", event => {
  if (event.key !== "Escape" || !whenceDrag?.mark) return;
  // It closes no drawer.
  event.stopPropagation();
  whenceDropDrag();
}, true);
// Keyboard shortcuts, which ``shortcuts.py`` lists. Not while somebody types, nor beside an open dialog or menu.
const whenceHasShortcuts = () => localStorage.getItem("whence_shortcuts") !== "0";
function whenceShortcuts() {
  emitEvent("whence-shortcuts", whenceHasShortcuts());
}
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !whenceHasShortcuts()) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable], [role=combobox], [role=listbox]")) return;
  if (document.querySelector(".q-dialog, .q-menu")) return;
  const tab = /^[1-9]$/.test(event.key) && document.querySelectorAll(".head [role=tab]")[event.key - 1];
  const search = event.key === "/" && document.querySelector(".content .search input");
  if (tab) tab.click();
  else if (search) search.focus();
  else if (event.key === "?") whenceShortcuts();
  else return;
  event.preventDefault();
});
// The command palette, which ``palette.py`` draws; from any field, too.
document.addEventListener("keydown", event => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  emitEvent("whence-palette");
});
// Tab stays within an open dialog: Quasar lets it out at both ends, to the page behind it.
document.addEventListener("keydown", event => {
  const dialog = [...document.querySelectorAll(".q-dialog[aria-modal=true]")].at(-1), active = document.activeElement;
  if (event.key !== "Tab" || !dialog || active.closest(".q-menu")) return;
  const all = [...dialog.querySelectorAll("a[href], button, input, textarea, [tabindex]")];
  const stops = all.filter(one => one.tabIndex >= 0 && !one.disabled && one.checkVisibility());
  const side = event.shiftKey ? Node.DOCUMENT_POSITION_PRECEDING : Node.DOCUMENT_POSITION_FOLLOWING;
  if (dialog.contains(active) && stops.some(one => active.compareDocumentPosition(one) & side)) return;
  event.preventDefault();
  stops.at(event.shiftKey ? -1 : 0)?.focus();
}, true);
// Copy a text, and say whether it was copied. Browsers have a clipboard for HTTPS and loopback only; elsewhere there is the
// former way.
async function whenceCopy(text, said) {
  let copied = await (navigator.clipboard?.writeText(text).then(() => true, () => false));
  if (!copied) {
    const held = document.activeElement, field = Object.assign(document.createElement("textarea"), { value: text, className: "copied" });
    // A dialog keeps the focus within it.
    (document.querySelector(".q-dialog__inner > *") ?? document.body).append(field);
    field.select();
    copied = document.execCommand("copy");
    field.remove();
    held?.focus({ preventScroll: true });
  }
  if (copied) return Quasar.Notify.create({ type: "positive", message: said });
  Quasar.Notify.create({ type: "negative", message: "The browser did not copy it", caption: text, timeout: 30_000 });
}
// Choose the first option of a field's list if none is chosen.
function whenceFirst(field) {
  const list = getElement(field)?.$refs.qRef;
  if (list?.getOptionIndex() < 0) list.setOptionIndex(0);
}
// Quasar draws menus and tooltips outside the page's landmarks, and makes the list in a menu focusable without a role.
new MutationObserver(() => {
  whenceRefocus();
  for (const portal of document.querySelectorAll("body > [id^=q-portal--]:not([role])")) {
    if (!/menu|tooltip/.test(portal.id)) continue;
    portal.setAttribute("role", "region");
    portal.setAttribute("aria-label", portal.id.includes("menu") ? "Menu" : "Tooltip");
  }
  for (const bar of document.querySelectorAll(".q-loading-bar:not([aria-label])")) bar.setAttribute("aria-label", "Loading");
  const loading = document.querySelector("#q-loading-bar:not([role])");
  loading?.setAttribute("role", "region");
  loading?.setAttribute("aria-label", "Progress");
  for (const list of document.querySelectorAll("[role=listbox] > .q-virtual-scroll__content:not([role])")) list.setAttribute("role", "group");
}).observe(document.documentElement, { childList: true, subtree: true });
// Before printing, redraw each chart at paper size, so that its text keeps the size of other text, then scale it to its
// card. Draw synchronously: printing does not wait. A ring keeps its size.
function whenceResize(sizes) {
  for (const one of document.querySelectorAll(".chart, .ring-chart")) {
    const picture = getElement(one.id.slice(1));
    // What is not near the visible part has not been drawn yet.
    if (sizes) picture?.draw();
    const chart = picture?.chart, size = sizes?.[one.classList.contains("chart") ? "chart" : "ring"];
    chart?.resize(size ?? { width: "auto", height: "auto" });
    chart?.getZr().flush();
    const svg = one.querySelector("svg");
    if (size) svg?.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    else svg?.removeAttribute("viewBox");
  }
}
window.addEventListener("beforeprint", () => whenceResize({ chart: { width: 660, height: 240 }, ring: { width: 240, height: 220 } }));
window.addEventListener("afterprint", () => whenceResize());
