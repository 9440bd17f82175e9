// Shows the page anew every two seconds, as long as somebody looks at it and presses nothing.
const live = document.getElementById("live");

async function refresh() {
  const state = document.getElementById("state");
  if (document.hidden || state.contains(document.activeElement)) return;
  try {
    // A link with a password in it is no base for a relative one.
    const answer = await fetch(`${location.origin}/ops`, { signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    state.replaceWith(page.getElementById("state"));
    live.textContent = "";
  } catch (e) {
    live.textContent = `This page is old: the web server does not answer (${e.message}).`;
  }
}

setInterval(refresh, 2000);
