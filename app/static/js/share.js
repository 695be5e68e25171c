// A link to give away: by what the phone shares with, where it is for others, or copied; else it stands to be read.
export default function share(part) {
  if (part.matches("[data-print]")) return onPaper(part);
  const [ways, send, copy, said, other] = ["ways", "send", "copy", "said", "else"].map((name) => part.querySelector(`[data-share-${name}]`));
  const link = { url: part.dataset.share };

  if (send && navigator.share && (!navigator.canShare || navigator.canShare(link))) {
    send.hidden = ways.hidden = false;
    send.addEventListener("click", () => navigator.share(link).catch(() => {}));
  }
  if (navigator.clipboard) {
    copy.hidden = ways.hidden = false;
    other.hidden = true;
    if (!send || send.hidden) copy.classList.remove("btn--quiet");
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(link.url);
        said.textContent = said.dataset.copied;
      } catch {
        said.textContent = said.dataset.failed;
      }
    });
  }
}

// A page to have on paper: one press instead of the browser's own menu, which stands in words until then.
function onPaper(part) {
  const [send, other] = ["now", "else"].map((name) => part.querySelector(`[data-print-${name}]`));
  send.hidden = false;
  other.hidden = true;
  send.addEventListener("click", () => print());
}
