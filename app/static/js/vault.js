// What a phone keeps of somebody, sealed with a key that was made here and cannot be taken out: whoever looks at the
// phone's storage reads none of it. Runs in pages and in the worker. Nothing here throws: a phone that stores nothing,
// as in a private window, answers false, null or an empty list.
(() => {
  const NAME = "narlinjen";
  const STORES = ["keys", "letters", "drafts", "saved"];
  const GIVE_UP = 8000;
  let opened = null;
  // Emptied here or in another tab: that person has signed out, and this page may not bring their text back.
  let shut = false;

  // A request, or a transaction, which is over when the disk has it.
  const over = (it) =>
    new Promise((resolve, reject) => {
      it.onsuccess = it.oncomplete = () => resolve(it.result);
      it.onerror = it.onabort = it.onblocked = () => reject(it.error);
    });

  function close(db) {
    opened = null;
    db.close();
  }

  async function connect() {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => STORES.forEach((name) => request.result.createObjectStore(name));
    const db = await Promise.race([over(request), new Promise((_done, fail) => setTimeout(fail, GIVE_UP))]);
    db.onversionchange = (event) => {
      shut ||= event.newVersion === null && "document" in self;
      close(db);
    };
    db.onclose = () => (opened = null);
    return db;
  }

  async function open() {
    if (shut) throw new Error("shut");
    opened ||= connect();
    try {
      return await opened;
    } catch (error) {
      opened = null;
      throw error;
    }
  }

  async function step(store, mode, act) {
    const transaction = (await open()).transaction(store, mode);
    const request = act(transaction.objectStore(store));
    await over(transaction);
    return request.result;
  }

  async function key() {
    const made = () => step("keys", "readonly", (keys) => keys.get(1));
    const one = await made();
    if (one) return one;
    const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    // Two tabs may make one each: what stands first is the key of both.
    await step("keys", "readwrite", (keys) => keys.add(fresh, 1)).catch(() => null);
    return made();
  }

  const bytes = (text) => new TextEncoder().encode(text);
  const how = (store, id, iv) => ({ name: "AES-GCM", iv, additionalData: bytes(`${store}/${id}`) });

  // `beside` stays readable without the key, so it says nothing of anybody: an opaque tag, a time.
  async function put(store, id, value, beside) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt(how(store, id, iv), await key(), bytes(JSON.stringify(value)));
    await step(store, "readwrite", (rows) => rows.put({ iv, sealed, beside: { at: Date.now(), ...beside } }, id));
    return true;
  }

  // {id, value} and what stood beside it.
  async function get(store, id) {
    const { iv, sealed, beside } = await step(store, "readonly", (rows) => rows.get(id));
    const text = await crypto.subtle.decrypt(how(store, id, iv), await key(), sealed);
    return { ...beside, id, value: JSON.parse(new TextDecoder().decode(text)) };
  }

  async function all(store) {
    const ids = await step(store, "readonly", (rows) => rows.getAllKeys());
    const found = await Promise.all(ids.map((id) => vault.get(store, id)));
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
    await over(clearing);
    close(db);
    await over(indexedDB.deleteDatabase(NAME)).catch(() => null);
    return true;
  }

  const safe =
    (verb, otherwise) =>
    (...given) =>
      verb(...given).catch(() => otherwise);
  const vault = { put: safe(put, false), get: safe(get, null), drop: safe(drop, false), empty: safe(empty, false) };
  vault.all = (store) => all(store).catch(() => []);
  self.narlinjenVault = vault;
})();
