// What a phone may hold while there is no net: text under a key that says nothing, gone at sign-out.
const PREFIX = "narlinjen.text.";

// Not a secret, only not readable: nobody who looks at the phone's storage sees to whom the text was written.
export function offlineKey(place) {
  let one = 0x811c9dc5;
  let two = 5381;
  for (const letter of place) {
    const code = letter.codePointAt(0);
    one = Math.imul(one ^ code, 0x01000193);
    two = (Math.imul(two, 33) + code) | 0;
  }
  return PREFIX + (one >>> 0).toString(36) + (two >>> 0).toString(36);
}

export function remember(key, text) {
  try {
    localStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function drop(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // A phone that stores nothing has nothing to forget.
  }
}

export function all() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
}
