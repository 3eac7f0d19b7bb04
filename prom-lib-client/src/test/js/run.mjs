import { golden } from './golden.mjs';
import { samples } from './sample-runs.mjs';
import { scenarios } from './scenarios.mjs';
import { scripted } from './scripted.mjs';

const AT_ONCE = 4;
const PATIENCE = 60_000;

/** Runs all scenarios, a few at a time, and reports each as {scenario, failure}. */
export async function run(client, control, report) {
  const all = Object.entries({ ...golden, ...scripted, ...scenarios, ...samples });
  const lane = async () => {
    for (let next = all.shift(); next; next = all.shift()) {
      const [scenario, body] = next;
      const env = new Env(client, control);
      let failure = '';
      let timer;
      try {
        const late = new Promise((_, reject) => {
          timer = setTimeout(() => reject(new Error(`not over within ${PATIENCE} ms; waited for ${env.waitsFor}`)), PATIENCE);
        });
        await Promise.race([body(env), late]);
      } catch (error) {
        failure = error.stack ?? String(error);
      }
      clearTimeout(timer);
      try {
        await env.close();
      } catch (error) {
        failure ||= `closing: ${error.stack}`;
      }
      report({ scenario, failure });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** What a scenario has to its hand. */
class Env {
  #control;
  #worlds = [];
  #clients = [];
  warnings = [];
  waitsFor = 'nothing';

  constructor({ PromClient, PromError }, control) {
    this.PromClient = PromClient;
    this.PromError = PromError;
    this.#control = control;
  }

  get control() {
    return this.#control;
  }

  /** A bus of its own behind a gateway of its own. */
  async world(options = {}) {
    const { name, url } = await this.#post('worlds', options);
    const call = (order, fields = {}) => this.#post(`worlds/${name}/${order}`, fields);
    this.#worlds.push(call);
    return { url, call };
  }

  async #post(path, body) {
    const answer = await fetch(this.#control + path, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) {
      throw new Error(`${path}: ${await answer.text()}`);
    }
    return answer.json();
  }

  make(url, options = {}, token = 'me||*:**') {
    const client = new this.PromClient(url, token, {
      reconnectMinMs: 20, reconnectMaxMs: 100, gracePeriodMs: 2000, requestTimeoutMs: PATIENCE, connectTimeoutMs: PATIENCE,
      onWarning: (message) => this.warnings.push(message),
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  connect(world, options, token) {
    return this.make(world.url, options, token).connect();
  }

  /** Resolves to what `look` gives once that is not false, null or undefined. */
  async until(what, look) {
    for (;;) {
      this.waitsFor = what;
      const found = await look();
      if (found !== false && found !== undefined && found !== null) {
        return found;
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    }
  }

  async close() {
    await Promise.all(this.#clients.map((client) => client.close()));
    await Promise.all(this.#worlds.map((call) => call('close')));
  }
}

export function equal(actual, expected, what = 'value') {
  const [one, other] = [canonical(actual), canonical(expected)];
  if (one !== other) {
    throw new Error(`${what}: expected ${other}, got ${one}`);
  }
}

function canonical(value) {
  return JSON.stringify(value, (_, each) =>
    each && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each === undefined ? '(undefined)' : each);
}

export function truthy(value, what) {
  if (!value) {
    throw new Error(`${what} does not hold`);
  }
}

/** What a promise rejects with, or a function throws. */
export async function failure(of) {
  try {
    const value = await (typeof of === 'function' ? of() : of);
    throw Object.assign(new Error(`should have failed, gave ${JSON.stringify(value)}`), { unexpected: true });
  } catch (error) {
    if (error.unexpected) {
      throw error;
    }
    return error;
  }
}

/** A promise with its handles. */
export function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
