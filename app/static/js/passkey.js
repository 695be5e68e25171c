// A key on the phone answers what the server asks; the form then carries the answer as any other field.
export default function passkey(form) {
  const able = Boolean(window.PublicKeyCredential);
  if (!able) return say(form, "unable");
  let asking = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (asking || !form.reportValidity()) return;
    asking = true;
    say(form, null);
    try {
      const asked = await fetch(form.dataset.passkey, { method: "POST", body: new FormData(form) });
      if (asked.ok) form.elements.credential.value = JSON.stringify(await answer(await asked.json(), form));
      // What the server would not ask, it explains on a page of its own.
      form.submit();
    } catch (error) {
      say(form, { NotAllowedError: "cancelled", InvalidStateError: "there" }[error.name] || "broken");
    } finally {
      asking = false;
    }
  });
}

async function answer(options, form) {
  const making = form.dataset.does === "create";
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    publicKey[list] = (options[list] || []).map((it) => ({ ...it, id: bytes(it.id) }));
  }
  if (making) publicKey.user = { ...options.user, id: bytes(options.user.id) };
  const made = await navigator.credentials[making ? "create" : "get"]({ publicKey });
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[part]) response[part] = text(made.response[part]);
  }
  return { id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} };
}

function say(form, word) {
  form.querySelectorAll("[data-said]").forEach((line) => (line.hidden = line.dataset.said !== word));
}

// Base64url, which older phones cannot turn by themselves.
function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
