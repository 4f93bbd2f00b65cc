// What could not be sent yet, on this device: docs/rules/learning.md, rule L5. Another person's are thrown away.
const PREFIX = "note-draft:";

export class Drafts {
  constructor(owner, lesson) {
    this.prefix = `${PREFIX}${owner}:${lesson}:`;
    for (const key of this.keys(PREFIX)) if (!key.startsWith(`${PREFIX}${owner}:`)) localStorage.removeItem(key);
  }

  keys(prefix) {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
    } catch {
      return [];
    }
  }

  all() {
    return this.keys(this.prefix).map((key) => JSON.parse(localStorage.getItem(key)));
  }

  put(note) {
    try {
      localStorage.setItem(this.prefix + note.key, JSON.stringify(note));
      return true;
    } catch {
      return false;
    }
  }

  drop(key) {
    try {
      localStorage.removeItem(this.prefix + key);
    } catch {
      // nothing was kept
    }
  }
}
