// A page to have on paper: one press instead of the browser's own menu, which stands in words until then.
export default function print(part) {
  const button = part.querySelector("[data-print-now]");
  button.hidden = false;
  part.querySelector("[data-print-else]").hidden = true;
  button.addEventListener("click", () => window.print());
}
