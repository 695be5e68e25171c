// Before anything is drawn: whoever has left gets nothing of ours by Back, also where the phone itself kept the page.
// Whoever comes in anew is let in. A classic script in the head, since a module would run when all is drawn.
(() => {
  const { left, next, closed } = document.currentScript.dataset;
  const how = performance.getEntriesByType("navigation")[0]?.type;
  const marked = () => document.cookie.split("; ").includes(`${left}=1`);

  const unmark = () => {
    document.cookie = `${left}=; Path=/; Max-Age=0; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
  };

  // With a net the server says that the page is closed; without one it stays blank.
  const close = (ask) => {
    document.documentElement.hidden = true;
    document.title = closed;
    if (ask && navigator.onLine) location.reload();
  };

  if (next) {
    if (how !== "navigate") return;
    unmark();
    location.replace(next);
    return;
  }
  if (marked()) {
    if (how === "navigate") unmark();
    else close(how === "back_forward");
  }
  addEventListener("pageshow", (event) => {
    if (event.persisted && marked()) close(true);
  });
})();
