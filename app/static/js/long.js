// Says at the field that a text is too long to be sent, and takes it back when it no longer is; the text stays here.
const UNSEEN = /[\x00-\x08\x0b-\x1f\x7f]/g;

export function tooLong(form) {
  const { text } = form.elements;
  const most = Number(form.dataset.most);
  if (!text || !most) return false;
  // Counted as the server does: whole letters, without the control characters that it takes away.
  const over = text.value.length > most ? [...text.value.replace(UNSEEN, "")].length - most : 0;
  const fault = document.getElementById(`${text.id}-fault`);
  if (over > 0) {
    const words = form.dataset.over.replace("{over}", over.toLocaleString(document.documentElement.lang));
    if (fault.lastElementChild.textContent !== words) fault.lastElementChild.textContent = words;
    text.setAttribute("aria-invalid", "true");
    text.setAttribute("aria-errormessage", fault.id);
    form.dataset.isOver = "";
    fault.hidden = false;
  } else if ("isOver" in form.dataset) {
    text.removeAttribute("aria-invalid");
    text.removeAttribute("aria-errormessage");
    fault.lastElementChild.textContent = "";
    delete form.dataset.isOver;
    fault.hidden = true;
  }
  return over > 0;
}
