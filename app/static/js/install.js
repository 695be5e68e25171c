// The way to the home screen: shown where it helps, until somebody has said no once. The phone remembers that, not we.
const REFUSED = "narlinjen.no-home-screen";

export default function install(part) {
  const installed = navigator.standalone || matchMedia("(display-mode: standalone)").matches;
  const kind = part.dataset.install;
  if (kind === "installed") part.hidden = !installed;
  if (kind === "installed" || installed) return;

  const show = () => (part.hidden = kind === "note" && refused());
  // Only a browser that asks knows whether it is there already; the others are told how.
  const silent = "standalone" in navigator || /Android.*Firefox/.test(navigator.userAgent);
  if (kind === "asks" ? self.narlinjenAsks : matchMedia("(pointer: coarse)").matches && (self.narlinjenAsks || silent)) show();
  addEventListener("beforeinstallprompt", () => (kind === "asks" || matchMedia("(pointer: coarse)").matches) && show());
  addEventListener("appinstalled", () => (part.hidden = true));

  part.querySelector("[data-install-now]")?.addEventListener("click", () => self.narlinjenAsks.prompt());
  part.querySelector("[data-install-refuse]")?.addEventListener("click", () => {
    part.hidden = true;
    document.querySelector("main").focus();
    try {
      localStorage.setItem(REFUSED, "1");
    } catch {
      // A phone that remembers nothing asks again.
    }
  });
}

function refused() {
  try {
    return REFUSED in localStorage;
  } catch {
    return false;
  }
}
