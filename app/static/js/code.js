// A scanned code stands behind the # of the address: into the form with it, and out of the address and its history.
export default function code(form) {
  const found = decodeURIComponent(location.hash.slice(1));
  if (!/^[0-9A-Z-]{12,14}$/i.test(found)) return;
  form.elements.code.value = found.replace(/(.{4})(?=.)/g, "$1-");
  history.replaceState(null, "", location.pathname);
  form.querySelector("[type=submit]").focus();
}
