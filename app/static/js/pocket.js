// What a phone may hold of what is being written while there is no net: sealed, under a key that says nothing.
import "./vault.js";

const { narlinjenVault: vault } = self;

// Nobody who looks at the phone's storage sees to whom the text was written.
export function offlineKey(place) {
  let one = 0x811c9dc5;
  let two = 5381;
  for (const letter of place) {
    const code = letter.codePointAt(0);
    one = Math.imul(one ^ code, 0x01000193);
    two = (Math.imul(two, 33) + code) | 0;
  }
  return (one >>> 0).toString(36) + (two >>> 0).toString(36);
}

export const remember = (key, text) => vault.put("drafts", key, text);
export const recall = async (key) => (await vault.get("drafts", key))?.value;
export const drop = (key) => vault.drop("drafts", key);
