// Keeps unsent answers on this device: IndexedDB, else localStorage, else memory. All three offer all, put, remove and kind.
const DATABASE = "exam-answers";
const TABLE = "entries";
const PATIENCE_MS = 3000; // some embedded browsers never answer an open request

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const openDatabase = () =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE, { keyPath: ["attempt", "key"] });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
    opening.onblocked = () => reject(new Error("blocked"));
    setTimeout(() => reject(new Error("no answer")), PATIENCE_MS);
  });

async function indexedStore(attempt) {
  const database = await openDatabase();
  const write = (change) =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction(TABLE, "readwrite", { durability: "strict" });
      change(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  return {
    kind: "indexed",
    all: () =>
      settled(
        database
          .transaction(TABLE)
          .objectStore(TABLE)
          .getAll(IDBKeyRange.bound([attempt], [attempt, []])),
      ),
    put: (entry) => write((table) => table.put(entry)),
    remove: (entries) => write((table) => entries.forEach((entry) => table.delete([attempt, entry.key]))),
  };
}

function localStore(attempt) {
  const name = `${DATABASE}:${attempt}`;
  const read = () => JSON.parse(localStorage.getItem(name) || "{}");
  const write = (rows) => {
    if (Object.keys(rows).length) localStorage.setItem(name, JSON.stringify(rows));
    else localStorage.removeItem(name);
  };
  write(read()); // throws where storage is forbidden
  return {
    kind: "local",
    all: async () => Object.values(read()),
    put: async (entry) => write({ ...read(), [entry.key]: entry }),
    remove: async (entries) => {
      const rows = read();
      for (const entry of entries) delete rows[entry.key];
      write(rows);
    },
  };
}

function memoryStore() {
  return { kind: "memory", all: async () => [], put: async () => {}, remove: async () => {} };
}

/** Open the best store that this browser has for one attempt (a string). */
export async function openStore(attempt) {
  for (const open of [indexedStore, localStore]) {
    try {
      return await open(attempt);
    } catch (missing) {
      // the next one is simpler
    }
  }
  return memoryStore();
}
