// What a phone keeps of somebody, sealed with a key that was made here and cannot be taken out: whoever looks at the
// phone's storage reads none of it. Runs in pages and in the service worker. Nothing here throws: a phone that stores
// nothing, as in a private window, answers false, null or an empty list.
(() => {
  const NAME = "narlinjen";
  const STORES = ["keys", "letters", "drafts", "saved"];
  const GIVE_UP = 4000;
  let opened = null;
  // Emptied from another tab: that person has signed out, and this page may not bring their text back.
  let shut = false;

  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = request.onblocked = () => reject(request.error);
    });

  async function open() {
    if (shut) throw new Error("shut");
    opened ||= new Promise((resolve, reject) => {
      setTimeout(reject, GIVE_UP);
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => STORES.forEach((name) => request.result.createObjectStore(name));
      request.onsuccess = () => {
        const db = request.result;
        db.onversionchange = (event) => {
          shut ||= event.newVersion === null && "document" in self;
          close(db);
        };
        db.onclose = () => (opened = null);
        resolve(db);
      };
      request.onerror = request.onblocked = reject;
    }).catch((error) => {
      opened = null;
      throw error;
    });
    return opened;
  }

  function close(db) {
    opened = null;
    db.close();
  }

  // One step in one store, over when the disk has it.
  async function step(store, mode, act) {
    const transaction = (await open()).transaction(store, mode);
    const request = act(transaction.objectStore(store));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    return request.result;
  }

  async function key() {
    const one = await step("keys", "readonly", (keys) => keys.get(1));
    if (one) return one;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    // Two tabs may make one each: what stands first is the key of both.
    await step("keys", "readwrite", (keys) => keys.add(made, 1)).catch(() => null);
    return step("keys", "readonly", (keys) => keys.get(1));
  }

  const how = (store, id, iv) => ({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(`${store}/${id}`) });

  async function read(store, id, row) {
    if (!row) return null;
    try {
      const bytes = await crypto.subtle.decrypt(how(store, id, row.iv), await key(), row.sealed);
      return { ...row.beside, id, value: JSON.parse(new TextDecoder().decode(bytes)) };
    } catch {
      return null;
    }
  }

  const safe =
    (verb, otherwise) =>
    (...given) =>
      verb(...given).catch(() => otherwise());

  // `beside` stays readable without the key, so it says nothing of anybody: an opaque tag, a time.
  async function put(store, id, value, beside = {}) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt(how(store, id, iv), await key(), new TextEncoder().encode(JSON.stringify(value)));
    await step(store, "readwrite", (rows) => rows.put({ iv, sealed, beside: { at: Date.now(), ...beside } }, id));
    return true;
  }

  // {id, value} and what stood beside it, or null.
  const get = async (store, id) => read(store, id, await step(store, "readonly", (rows) => rows.get(id)));

  async function all(store) {
    const ids = await step(store, "readonly", (rows) => rows.getAllKeys());
    const found = await Promise.all(ids.map((id) => get(store, id)));
    return found.filter(Boolean).sort((one, other) => one.at - other.at);
  }

  async function drop(store, id) {
    await step(store, "readwrite", (rows) => rows.delete(id));
    return true;
  }

  // The key and all that it opens first, since another tab may hold up the end of the database itself.
  async function empty() {
    if (shut) return true;
    const db = await open();
    shut = "document" in self;
    const clearing = db.transaction(STORES, "readwrite");
    STORES.forEach((name) => clearing.objectStore(name).clear());
    await new Promise((resolve, reject) => {
      clearing.oncomplete = resolve;
      clearing.onabort = reject;
    });
    close(db);
    await done(indexedDB.deleteDatabase(NAME)).catch(() => null);
    return true;
  }

  self.narlinjenVault = {
    put: safe(put, () => false),
    get: safe(get, () => null),
    all: safe(all, () => []),
    drop: safe(drop, () => false),
    empty: safe(empty, () => false),
  };
})();
