// Refreshes the page every two seconds, while it is visible and no button has the focus.
const live = document.getElementById("live");

async function refresh() {
  const state = document.getElementById("state");
  if (document.hidden || state.contains(document.activeElement)) return;
  try {
    // A relative URL does not work if the page's own URL contains a password.
    const answer = await fetch(`${location.origin}/ops`, { signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    state.replaceWith(page.getElementById("state"));
    live.textContent = "";
  } catch (e) {
    live.textContent = `This page is out of date: the web server does not answer (${e.message}).`;
  }
}

setInterval(refresh, 2000);
