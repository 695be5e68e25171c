// Away at once, and Back does not come here again.
const FLAG = "narlinjen.left";

export default function leave(link) {
  const go = () => {
    document.body.hidden = true;
    location.replace(link.href);
  };
  const left = flag();
  if (left && performance.getEntriesByType("navigation")[0]?.type === "back_forward") return go();
  if (left) flag(false);

  addEventListener("pageshow", (event) => {
    if (event.persisted && flag()) go();
  });
  link.addEventListener("click", (event) => {
    event.preventDefault();
    flag(true);
    go();
  });
}

function flag(value) {
  try {
    if (value === undefined) return sessionStorage.getItem(FLAG) !== null;
    if (value) sessionStorage.setItem(FLAG, "1");
    else sessionStorage.removeItem(FLAG);
  } catch {
    return false;
  }
  return value;
}
