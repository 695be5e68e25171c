// The page without a net: tries again when asked to, and says when the phone believes that the net is back.
export default function again(button) {
  const status = document.querySelector("[data-net-back]");
  button.addEventListener("click", () => {
    // Under its own address it would only come again.
    if (location.pathname.startsWith("/utan-nat")) location.replace(button.dataset.start);
    else location.reload();
  });
  addEventListener("online", () => (status.textContent = status.dataset.netBack));
  addEventListener("offline", () => (status.textContent = ""));
}
