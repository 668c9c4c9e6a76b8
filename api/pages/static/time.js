// The known-as-of control: a slider for each axis, made from its select. It moves by keys as well as by dragging, and asks the server for
// the page at each point, so that what is shown is always what the address says.

const form = document.getElementById("time");
const PAUSE_MS = 250;
const SHOWN = ["reading", "moved"];
const STEPS = ["earlier", "later"];

let asked = 0;

function address(axis) {
  const url = new URL(form.action.replace(/\/at$/, ""));
  for (const [parameter, id] of [["known_at", "known-stop"], ["public_at", "public-stop"]]) {
    const value = document.getElementById(id).value;
    if (value) url.searchParams.set(parameter, value);
  }
  const from = document.getElementById(`from-${axis}`).value;
  const stops = document.getElementById(`${axis}-stop`);
  if (axis === "known") url.searchParams.set("since", from || newest(stops));
  else url.searchParams.set("since_public", from);
  return url;
}

// The newest point asks for nothing; where it is left, the last act before the head is named by its label.
function newest(stops) {
  return stops.options[stops.options.length - 1].textContent.split(" ", 1)[0];
}

function take(page, axis) {
  document.title = page.title;
  for (const id of SHOWN) {
    const [old, made] = [document.getElementById(id), page.getElementById(id)];
    if (old && made) old.replaceChildren(...made.childNodes);
  }
  for (const name of ["known", "public"]) {
    document.getElementById(`from-${name}`).value = page.getElementById(`from-${name}`).value;
    const stops = document.getElementById(`${name}-stop`);
    const made = page.getElementById(`${name}-stop`);
    const chosen = made.value;
    if (name !== axis) stops.replaceChildren(...made.childNodes);
    stops.value = chosen;
    for (const step of STEPS) {
      const old = document.getElementById(`${name}-${step}`);
      const focused = old === document.activeElement;
      const replacement = page.getElementById(`${name}-${step}`);
      old.replaceWith(replacement);
      if (focused) replacement.focus();
    }
    show(name);
  }
  for (const id of ["then-now", "permalink"]) document.getElementById(id).href = page.getElementById(id).href;
  const line = document.querySelector(".colophon .as-of");
  const made = page.querySelector(".colophon .as-of");
  if (line && made) line.replaceWith(made);
}

async function load(url, axis, { push }) {
  const turn = ++asked;
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    if (turn !== asked) return;
    if (!answer.ok) return location.assign(url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (turn !== asked) return;
    take(page, axis);
    const lasting = new URL(url);
    for (const name of ["since", "since_public"]) lasting.searchParams.delete(name);
    if (push) history.pushState(null, "", lasting);
  } catch {
    location.assign(url);
  } finally {
    if (turn === asked) form.removeAttribute("aria-busy");
  }
}

function show(name) {
  const stops = document.getElementById(`${name}-stop`);
  const slider = document.getElementById(`${name}-slider`);
  if (!slider) return;
  slider.max = String(stops.options.length - 1);
  slider.value = String(stops.selectedIndex);
  const label = stops.options[stops.selectedIndex]?.textContent ?? "";
  slider.setAttribute("aria-valuetext", label);
  document.getElementById(`${name}-said`).textContent = label;
}

function slide(axis) {
  const stops = document.getElementById(`${axis}-stop`);
  const holder = document.getElementById(`${axis}-slide`);
  const slider = document.createElement("input");
  slider.type = "range";
  slider.id = `${axis}-slider`;
  slider.min = "0";
  slider.step = "1";
  slider.setAttribute("aria-label", document.querySelector(`[data-axis="${axis}"] legend`).textContent);
  const said = document.createElement("output");
  said.id = `${axis}-said`;
  said.htmlFor = slider.id;
  said.setAttribute("aria-live", "off");
  holder.replaceChildren(slider, said);
  form.classList.add("is-sliding");
  let waiting;
  const go = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => load(address(axis), axis, { push: true }), PAUSE_MS);
  };
  slider.addEventListener("input", () => {
    stops.selectedIndex = Number(slider.value);
    show(axis);
    go();
  });
  stops.addEventListener("change", () => {
    show(axis);
    go();
  });
  show(axis);
}

if (form) {
  for (const axis of ["known", "public"]) slide(axis);
  form.addEventListener("click", (event) => {
    const step = event.target.closest("a.step");
    if (!step || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const axis = step.closest("[data-axis]").dataset.axis;
    const url = new URL(step.href);
    const from = document.getElementById(`from-${axis}`).value;
    if (axis === "known") url.searchParams.set("since", from || newest(document.getElementById("known-stop")));
    else url.searchParams.set("since_public", from);
    load(url, axis, { push: true });
  });
  addEventListener("popstate", () => load(new URL(location.href), "", { push: false }));
}
