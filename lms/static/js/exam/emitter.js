// Announcing and listening, for browsers that cannot construct an EventTarget (Safari before 14).
export class Emitter {
  constructor() {
    this.listeners = {};
  }

  /** Call `listener(detail)` whenever `type` is told. */
  on(type, listener) {
    (this.listeners[type] = this.listeners[type] || []).push(listener);
  }

  /** A promise of the next one. */
  next(type) {
    return new Promise((resolve) => {
      const listener = (detail) => {
        this.listeners[type] = this.listeners[type].filter((other) => other !== listener);
        resolve(detail);
      };
      this.on(type, listener);
    });
  }

  tell(type, detail) {
    for (const listener of this.listeners[type] || []) listener(detail);
  }
}
