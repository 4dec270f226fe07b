// What pages do beyond links and forms. Everything works without it, except that new alerts wait for a reload.
"use strict";

(() => {
  const list = document.getElementById("alerts");
  if (!list) return;
  const live = document.getElementById("live");
  const heard = document.getElementById("heard");
  const empty = document.getElementById("empty");
  const plainTitle = document.title;
  let waiting = 0;
  let work = Promise.resolve();

  // one after the other, so that the list keeps the order of the events
  const queue = (job) => { work = work.then(job).catch(() => tell("An alert could not be loaded. Load the page again.")); };
  const tell = (text) => { heard.textContent = text; };
  const rowOf = (id) => document.getElementById("a-" + id);

  // until the connection is back: an alert that was announced is shown
  async function fetchPatiently(address) {
    for (let wait = 1; ; wait = Math.min(2 * wait, 30)) {
      try {
        return await fetch(address, { headers: { Accept: "text/html" } });
      } catch {
        await new Promise((done) => setTimeout(done, 1000 * wait));
      }
    }
  }

  async function fetchRow(id) {
    const answer = await fetchPatiently("/rows/" + encodeURIComponent(id) + location.search);
    if (answer.status === 204) return null;
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text(); // made by our own template, every value escaped; the policy runs no script in it
    return holder.content.querySelector("li");
  }

  function place(row, id, isNew) {
    const old = rowOf(id);
    const story = row && row.dataset.story;
    if (!row) {
      if (old) old.remove();
    } else if (old) {
      old.replaceWith(row);
    } else if (isNew) {
      // the newest of a story stands for all of it
      if (story && !new URLSearchParams(location.search).get("story")) {
        for (const other of [...list.children]) if (other.dataset.story === story) other.remove();
      }
      list.prepend(row);
    }
    empty.hidden = list.children.length > 0;
  }

  function announce(row) {
    row.classList.add("fresh");
    const severity = row.querySelector(".severity").textContent;
    tell("New " + severity + " alert: " + row.querySelector("h2").textContent);
    if (document.hidden) {
      waiting += 1;
      document.title = "(" + waiting + ") " + plainTitle;
    }
  }

  async function show(id, isNew) {
    const known = rowOf(id);
    if (!known && !isNew) return;
    const row = await fetchRow(id);
    place(row, id, isNew);
    if (row && !known) announce(row);
  }

  function listen() {
    const source = new EventSource("/events?after=" + encodeURIComponent(live.dataset.newest));
    const say = (text, isLost) => {
      if (live.textContent !== text) live.textContent = text;
      live.classList.toggle("lost", isLost);
      live.hidden = false;
    };
    source.onopen = () => say("Live: new alerts appear by themselves.", false);
    source.onerror = () => say("The connection is lost; trying again.", true);
    source.addEventListener("alert", (event) => queue(() => show(JSON.parse(event.data).alert, true)));
    source.addEventListener("update", (event) => queue(() => show(JSON.parse(event.data).alert, false)));
    source.addEventListener("reset", () => say("Much has happened meanwhile. Load the page again.", true));
  }

  // acknowledging, noting and muting leave the reader where he is
  list.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-quick]")) return;
    event.preventDefault();
    const id = form.closest("[data-alert]").dataset.alert;
    queue(async () => {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
      if (!answer.ok && answer.type !== "opaqueredirect") { form.submit(); return; }
      const next = rowOf(id).nextElementSibling || rowOf(id).previousElementSibling;
      place(await fetchRow(id), id, false);
      tell(rowOf(id) ? "Done." : "Done; it is no longer among the alerts that are shown.");
      const focus = (rowOf(id) || next || document.getElementById("main"));
      (focus.querySelector("button, a") || focus).focus();
    });
  });

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) { waiting = 0; document.title = plainTitle; }
  });
  if (list.hasAttribute("data-live")) listen();
})();

// Try an expression as it is typed; without script the form's button does the same.
for (const form of document.querySelectorAll("form[data-try]")) {
  let waiting = 0, asking = null;
  const tell = async () => {
    asking?.abort();
    asking = new AbortController();
    const target = document.getElementById("trial");
    try {
      const answer = await fetch(form.dataset.try + "?" + new URLSearchParams(new FormData(form)), { signal: asking.signal, headers: { Accept: "text/html" } });
      // the server's own template, in which everything is escaped
      if (answer.ok) target.innerHTML = await answer.text();
      else target.textContent = "That could not be tried just now.";
    } catch (error) {
      if (error.name !== "AbortError") target.textContent = "The dashboard does not answer.";
    }
  };
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(tell, 400); });
}

// Lines that are made to be copied get a button for it, where the browser lets pages copy.
for (const line of navigator.clipboard ? document.querySelectorAll("pre[data-copy]") : []) {
  const holder = document.createElement("div"), button = document.createElement("button");
  holder.className = "copied";
  button.type = "button";
  button.className = "quiet";
  button.textContent = "Copy";
  button.setAttribute("aria-live", "polite");
  line.replaceWith(holder);
  holder.append(line, button);
  button.addEventListener("click", () => navigator.clipboard.writeText(line.textContent).then(
    () => { button.textContent = "Copied"; setTimeout(() => { button.textContent = "Copy"; }, 2000); },
    () => { button.textContent = "Not allowed"; },
  ));
}
