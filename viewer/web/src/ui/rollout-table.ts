/**
 * Filter, sort and pages of the table of sites without loading the page again. Everything works
 * without this module too: the server makes the same table for the same address.
 */

const TYPING_MS = 250;

/** The address that a form asks for, empty fields left out. */
export function addressOf(form: HTMLFormElement): string {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value !== "") query.append(name, value);
  }
  const address = new URL(form.action);
  address.search = query.toString();
  return address.href;
}

export function enhanceTable(page: Document): void {
  const form = page.querySelector<HTMLFormElement>("[data-filter]");
  const section = page.getElementById("sites");
  if (!form || !section) return;
  let asked: AbortController | undefined;
  let typing: number | undefined;

  /** Show the table of an address; the browser goes there itself when that fails. */
  async function show(address: string, keep: boolean): Promise<void> {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    section?.setAttribute("aria-busy", "true");
    try {
      const reply = await fetch(address, { signal, headers: { Accept: "text/html" } });
      if (!reply.ok) throw new Error(String(reply.status));
      const text = await reply.text();
      if (signal.aborted) return;
      replace(new DOMParser().parseFromString(text, "text/html"));
      if (keep) history.pushState(null, "", address);
      else history.replaceState(null, "", address);
    } catch {
      if (!signal.aborted) location.assign(address);
    } finally {
      if (!signal.aborted) section?.removeAttribute("aria-busy");
    }
  }

  /** Take the results over, and what the form and the language links must know of them. */
  function replace(found: Document): void {
    const focused = focusMark();
    const now = page.querySelector("[data-results]");
    const then = found.querySelector("[data-results]");
    if (!now || !then) throw new Error("no table");
    const status = now.querySelector(".ro-count");
    const said = then.querySelector(".ro-count");
    // The line that is read aloud stays the same element, else it would not be read.
    if (status && said) {
      status.textContent = said.textContent;
      said.replaceWith(status);
    }
    now.replaceChildren(...then.childNodes);
    for (const selector of [".language-switch"]) {
      const [old, fresh] = [page.querySelector(selector), found.querySelector(selector)];
      if (old && fresh) old.replaceWith(fresh);
    }
    takeOver(found);
    restoreFocus(focused);
  }

  /** Sorting is kept in hidden fields; the fields that people see follow links and "back". */
  function takeOver(found: Document): void {
    const other = found.querySelector<HTMLFormElement>("[data-filter]");
    if (!form || !other) return;
    for (const old of form.querySelectorAll("input[type=hidden]")) old.remove();
    form.prepend(...other.querySelectorAll("input[type=hidden]"));
    for (const field of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>("input:not([type=hidden]), select")) {
      if (field === page.activeElement && field instanceof HTMLInputElement && field.type === "search") continue;
      const fresh = other.elements.namedItem(field.name);
      if (field instanceof HTMLInputElement && fresh instanceof HTMLInputElement) {
        if (field.type === "checkbox") field.checked = fresh.checked;
        else field.value = fresh.value;
      } else if (field instanceof HTMLSelectElement && fresh instanceof HTMLSelectElement) {
        field.value = fresh.value;
      }
    }
  }

  /** Which heading or pager link has the focus: it is another element after the change. */
  function focusMark(): string | null {
    const link = page.activeElement?.closest("[data-results] a");
    if (!link) return null;
    const cell = link.closest("th[scope=col]");
    if (cell) return `thead th:nth-child(${[...(cell.parentElement?.children ?? [])].indexOf(cell) + 1}) a`;
    const rel = link.getAttribute("rel");
    return rel ? `a[rel=${rel}], .ro-pager a` : null;
  }

  function restoreFocus(mark: string | null): void {
    if (mark) page.querySelector<HTMLElement>(`[data-results] ${mark.replace(", ", ", [data-results] ")}`)?.focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    window.clearTimeout(typing);
    void show(addressOf(form), true);
  });
  form.addEventListener("input", (event) => {
    window.clearTimeout(typing);
    const isTyped = event.target instanceof HTMLInputElement && event.target.type === "search";
    typing = window.setTimeout(() => void show(addressOf(form), false), isTyped ? TYPING_MS : 0);
  });
  section.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-table]") : null;
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.hasAttribute("data-reset")) {
      const search = form.querySelector<HTMLInputElement>("input[type=search]");
      if (search) search.value = "";
    }
    void show(link.href, true);
  });
  window.addEventListener("popstate", () => {
    if (location.hash !== "" && location.hash !== "#sites") return;
    void show(location.href, false);
  });
}
