// The picture of a product follows its upload: while it is being resized, its part of the page is
// asked for again, and swapped when the small picture has arrived.
"use strict";

const pauses_ms = (since_ms) => (since_ms < 10_000 ? 300 : since_ms < 60_000 ? 1_500 : 5_000);

const follow = async (figure) => {
  const start_ms = performance.now();
  while (figure.dataset.state === "pending") {
    await new Promise((done) => setTimeout(done, pauses_ms(performance.now() - start_ms)));
    if (document.hidden) continue;
    try {
      const answer = await fetch(figure.dataset.src, { headers: { accept: "text/html" } });
      if (!answer.ok) continue;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.querySelector("figure.picture");
      if (!next || (next.dataset.state === "pending" && same(next, figure))) continue;
      await loaded(next);
      figure.replaceWith(next);
      figure = next;
    } catch {
      // The shop is out of reach for a moment: ask again.
    }
  }
};

const source = (figure) => figure.querySelector("img")?.getAttribute("src");
const same = (a, b) => source(a) === source(b);

// The old picture stays until the new one can be painted.
const loaded = async (figure) => {
  const url = source(figure);
  if (!url) return;
  const image = new Image();
  image.src = url;
  await image.decode().catch(() => {});
};

for (const figure of document.querySelectorAll("figure.picture[data-state=pending]")) {
  follow(figure);
}

// A form is sent once: a second click on its button does nothing while the first is on its way.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
});

// Coming back with the browser's back button, forms can be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});
