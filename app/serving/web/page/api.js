// Questions to the server, one answer each. What goes wrong is an Error with a sentence
// that can be shown.

/**
 * Asks with JSON.
 *
 * @returns {Promise<Response>} a good one.
 * @throws {Error} with what the server says is wrong; AbortError where it was given up.
 */
export async function post(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  return checked(fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal }));
}

/** The models that there are: see GET /api/models. */
export async function models() {
  return (await checked(fetch("/api/models"))).json();
}

async function checked(asked) {
  let response;
  try {
    response = await asked;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server does not answer.");
  }
  if (response.ok) return response;
  if (response.status === 401) {
    throw new Error("This server wants its token: open the address that it printed when it started.");
  }
  const told = await response.json().catch(() => ({}));
  throw new Error(told.error ?? `The server answers with status ${response.status}.`);
}

/** Does only the newest of what it is asked to do, after a pause; the rest is aborted. */
export class Newest {
  #pause;
  #timer;
  #running = new AbortController();

  /** @param {number} pause in ms, without anything newer. */
  constructor(pause = 0) {
    this.#pause = pause;
  }

  /**
   * @param {(signal: AbortSignal) => Promise<void>} work what to do.
   * @param {(error: Error) => void} onError not called for what was aborted.
   */
  ask(work, onError) {
    this.cancel();
    const { signal } = this.#running;
    this.#timer = setTimeout(() => {
      work(signal).catch((error) => signal.aborted || onError(error));
    }, this.#pause);
  }

  cancel() {
    clearTimeout(this.#timer);
    this.#running.abort();
    this.#running = new AbortController();
  }
}
