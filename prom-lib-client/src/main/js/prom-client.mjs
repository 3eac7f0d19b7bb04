/**
 * The client of a prom-lib gateway for browsers and Node 20 or later: publish with confirmation, subscribe with
 * at-least-once delivery, follow a topic as a tail. docs/javascript.md shows it, docs/protocol.md is what it speaks.
 *
 * How it holds together: PromClient keeps one authenticated connection and makes the next one when it is lost. What outlives
 * a connection is in Publishes and in the Standings (Member of a group, Tail); what does not is in Requests. A lost
 * connection is settled at one place, PromClient.#drop: requests fail, publishes go back to be sent again, and deliveries are
 * marked lost before any later connection is there to settle them over. #epoch counts what was given up, so that what a slow
 * supplier or peer brings for it is let go.
 */

const MIB = 1 << 20;
const HOUR = 3_600_000;
const LONGEST_TIMER = 2 ** 31 - 1;
const LONGEST_WAIT = 300_000;
const LONGEST_REASON = 1000;
const MOST_COMPLAINTS = 10;
const MOST_IDS = 1000;
// Events of a frame, unless the caller says another number.
const BATCH = 100;
const TOKEN_REFUSED = new Set([
  'no_token', 'bad_token', 'jwt_invalid', 'token_expired', 'forbidden', 'unauthorized', 'bad_request',
]);

/** What the gateway refused, or the client in its place. `code` says why, `temporary` whether the same call may do later. */
export class PromError extends Error {
  constructor(code, message, { temporary = false, retryMs, id, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'PromError';
    this.code = code;
    this.temporary = temporary;
    /** How long to wait before trying again, where the gateway said so. */
    this.retryMs = retryMs;
    /** Of a publish whose outcome is not known: publish again with this id, and it is there once. */
    this.id = id;
  }
}

const noAnswer = (message, cause) => new PromError('no_answer', message, { temporary: true, cause });
const refusal = (err, id) =>
  new PromError(String(err.code), `${err.code}: ${err.msg}`, {
    temporary: err.temporary === true,
    retryMs: typeof err.retry_ms === 'number' ? Math.max(0, err.retry_ms) : undefined,
    id,
  });
const retryAfter = (error, unlessTold) => Math.min(LONGEST_WAIT, Math.max(10, error.retryMs ?? unlessTold));
const now = () => performance.now();
const object = (value) => typeof value === 'object' && value !== null;

function between(name, value, least, most) {
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new RangeError(`${name} must be a number from ${least} to ${most}, is ${value}`);
  }
  return value;
}

function text(name, value) {
  if (typeof value !== 'string' || value === '') {
    throw new TypeError(`${name} must be a text that is not empty`);
  }
  return value;
}

function callable(name, value) {
  if (typeof value !== 'function') {
    throw new TypeError(`${name} must be a function`);
  }
  return value;
}

/** The fields of `given` that are not undefined; one that is not known is a mistake. */
function only(what, given, known) {
  const picked = {};
  for (const [name, value] of Object.entries(given ?? {})) {
    if (!known.includes(name)) {
      throw new TypeError(`${what} has no '${name}'; it has ${known.join(', ')}`);
    }
    if (value !== undefined) {
      picked[name] = value;
    }
  }
  return picked;
}

/** The first wait, doubled for each failure up to the longest, and of that any part by chance. */
function backoff(failures, first, longest, least = 0) {
  const most = Math.min(longest, first * 2 ** Math.min(failures - 1, 40));
  return Math.max(1, most * (1 - (1 - least) * Math.random()));
}

/** A UUID of version 7 (RFC 9562, 5.7). `crypto.randomUUID` is missing where a page came over plain HTTP. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setUint16(0, Math.floor(Date.now() / 2 ** 32));
  new DataView(bytes.buffer).setUint32(2, Date.now() % 2 ** 32);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const utf8 = new TextEncoder();
const utf8Length = (json, most) => (json.length * 3 <= most ? json.length : utf8.encode(json).length);

/** Frames of the current connection that wait for their answers; publishes apart, which outlive it. */
class Requests {
  #link;
  #timeoutMs;
  #waiting = new Map();
  #number = 0;

  constructor(link, timeoutMs) {
    this.#link = link;
    this.#timeoutMs = timeoutMs;
  }

  /** Resolves to the OK; rejects with what the gateway refused, or `no_answer`. */
  send(frame) {
    const corr = `r${this.#number++}`;
    return new Promise((resolve, reject) => {
      if (!this.#link.send(JSON.stringify({ ...frame, corr }), frame.op === 'AUTH')) {
        reject(noAnswer(`not connected, so ${frame.op} was not sent`));
        return;
      }
      const sentAt = now();
      const timer = setTimeout(() => {
        this.#waiting.delete(corr);
        reject(noAnswer(`no answer to ${frame.op} within ${this.#timeoutMs} ms`));
        this.#link.suspect(sentAt);
      }, this.#timeoutMs);
      this.#waiting.set(corr, { op: frame.op, resolve, reject, timer });
    });
  }

  /** Sends what is answered, if at all, only to tell of a failure. */
  tell(frame) {
    this.#link.send(JSON.stringify({ ...frame, corr: 'quiet' }));
  }

  /** Tells whether the answer belongs here. */
  answered(frame) {
    const request = this.#waiting.get(frame.corr);
    if (!request) {
      return false;
    }
    this.#waiting.delete(frame.corr);
    clearTimeout(request.timer);
    if (frame.op === 'OK') {
      request.resolve(frame);
    } else {
      request.reject(refusal(frame));
    }
    return true;
  }

  lost() {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const request of all) {
      clearTimeout(request.timer);
      request.reject(noAnswer(`the connection was lost before the answer to ${request.op}`));
    }
  }
}

/**
 * Publishes without an answer, in the order of the calls. One is in `waiting` from its call to its answer or time-out, and in
 * `unsent`, which is sorted, while it is to be sent over the current connection. So what a lost connection or `rate_limited`
 * puts back goes out before what was called later.
 */
class Publishes {
  static #RATE_PAUSE = 100;
  static #ANSWERS_TO_WIDEN = 8;
  // What the protocol has around an event: no gateway takes less.
  static #LEAST_FRAME_LIMIT = 64 * 1024;

  #link;
  #settings;
  #waiting = new Map();
  #unsent = [];
  #number = 0;
  #connected = false;
  #hold;
  // How many may be sent and unanswered: one after a rate_limited, then twice as many after each eight answers.
  #window;
  #answersInWindow = 0;
  #whenNone;

  constructor(link, settings) {
    this.#link = link;
    this.#settings = settings;
    this.#window = settings.maxPublishesInFlight;
  }

  add(topic, payload, opts) {
    const { maxPublishesInFlight, maxEventBytes, requestTimeoutMs } = this.#settings;
    const json = JSON.stringify(payload);
    if (json === undefined) {
      throw new TypeError('payload must be what JSON can hold; null is a tombstone');
    }
    const length = utf8Length(json, maxEventBytes);
    if (length > maxEventBytes) {
      throw new PromError(
        'too_large',
        `payload for ${topic} has ${length} bytes, more than the ${maxEventBytes} of maxEventBytes: make it smaller, or raise that here and at the gateway`,
      );
    }
    if (this.#waiting.size >= maxPublishesInFlight) {
      throw new PromError(
        'too_many',
        `${maxPublishesInFlight} publishes are in flight: wait for their answers, or raise maxPublishesInFlight`,
        { temporary: true },
      );
    }
    const number = this.#number++;
    const corr = `p${number}`;
    const id = opts.id ?? newId();
    const frame = `{"op":"PUBLISH","topic":${JSON.stringify(topic)},"payload":${json},"opts":${JSON.stringify({ ...opts, id })},"corr":"${corr}"}`;
    return new Promise((resolve, reject) => {
      const entry = { number, corr, id, frame, resolve, reject, sentAt: undefined, sentBefore: false };
      entry.timer = setTimeout(() => this.#expired(entry, requestTimeoutMs), requestTimeoutMs);
      this.#waiting.set(corr, entry);
      this.#unsent.push(entry);
      this.#send();
    });
  }

  connected() {
    this.#connected = true;
    this.#stopHold();
    this.#window = this.#settings.maxPublishesInFlight;
    this.#send();
  }

  lost() {
    this.#connected = false;
    for (const entry of this.#waiting.values()) {
      entry.sentBefore ||= entry.sentAt !== undefined;
      entry.sentAt = undefined;
    }
    this.#unsent = [...this.#waiting.values()];
  }

  /** Tells whether the answer belongs here. */
  answered(ok) {
    const entry = this.#waiting.get(ok.corr);
    if (!entry) {
      return false;
    }
    if (typeof ok.seq === 'number') {
      entry.resolve({ id: entry.id, seq: ok.seq, duplicate: ok.duplicate === true });
    } else {
      entry.reject(unknownOutcome("the gateway's answer to PUBLISH has no seq", entry.id));
    }
    if (this.#window < this.#settings.maxPublishesInFlight && ++this.#answersInWindow >= Publishes.#ANSWERS_TO_WIDEN) {
      this.#answersInWindow = 0;
      this.#window *= 2;
    }
    this.#remove(entry);
    return true;
  }

  /** Tells whether the refusal belongs here. */
  refused(err) {
    const entry = this.#waiting.get(err.corr);
    if (!entry) {
      return false;
    }
    // Over a connection that was lost it may have been published, whatever is said now.
    const refused = refusal(err, err.temporary === true || entry.sentBefore ? entry.id : undefined);
    if (refused.code === 'rate_limited') {
      entry.sentAt = undefined;
      this.#unsent.push(entry);
      this.#unsent.sort((one, other) => one.number - other.number);
      this.#window = 1;
      this.#answersInWindow = 0;
      this.#hold ??= setTimeout(() => {
        this.#hold = undefined;
        this.#send();
      }, retryAfter(refused, Publishes.#RATE_PAUSE));
    } else {
      entry.reject(refused);
      this.#remove(entry);
    }
    return true;
  }

  /**
   * The gateway ended the connection for a frame beyond its limit. Whichever it was, the largest that was sent is beyond it,
   * too: sent again, it would end each connection.
   */
  tooLarge() {
    let largest;
    for (const entry of this.#waiting.values()) {
      if (entry.sentAt !== undefined && entry.frame.length > (largest?.frame.length ?? 0)) {
        largest = entry;
      }
    }
    if (largest && utf8.encode(largest.frame).length > Publishes.#LEAST_FRAME_LIMIT) {
      largest.reject(
        new PromError(
          'too_large',
          `the gateway takes no frame of ${utf8.encode(largest.frame).length} bytes: make the event smaller, or raise the gateway's maxEventBytes`,
          { id: largest.sentBefore ? largest.id : undefined },
        ),
      );
      this.#remove(largest);
    }
  }

  /** Resolves when nothing is in flight. */
  drained() {
    return new Promise((resolve) => {
      if (this.#waiting.size === 0) {
        resolve();
      } else {
        this.#whenNone = resolve;
      }
    });
  }

  fail(cause) {
    this.#connected = false;
    this.#stopHold();
    for (const entry of [...this.#waiting.values()]) {
      entry.reject(unknownOutcome('the client was closed before the answer', entry.id, cause));
      this.#remove(entry);
    }
  }

  #expired(entry, timeoutMs) {
    const { sentAt } = entry;
    const why = sentAt === undefined ? `not connected, or held back, for ${timeoutMs} ms` : `no answer within ${timeoutMs} ms`;
    entry.reject(unknownOutcome(why, entry.id));
    this.#remove(entry);
    // What was sent late, after a reconnect or a rate limit, says nothing about the connection.
    if (sentAt !== undefined && now() - sentAt >= timeoutMs / 2) {
      this.#link.suspect(sentAt);
    }
  }

  #remove(entry) {
    clearTimeout(entry.timer);
    this.#waiting.delete(entry.corr);
    if (entry.sentAt === undefined) {
      this.#unsent = this.#unsent.filter((other) => other !== entry);
    }
    if (this.#window < this.#settings.maxPublishesInFlight) {
      this.#send();
    }
    if (this.#waiting.size === 0) {
      this.#whenNone?.();
    }
  }

  #send() {
    let sent = 0;
    while (
      this.#connected && !this.#hold && sent < this.#unsent.length
      && this.#waiting.size - this.#unsent.length + sent < this.#window
    ) {
      if (!this.#link.send(this.#unsent[sent].frame)) {
        break;
      }
      this.#unsent[sent++].sentAt = now();
    }
    this.#unsent.splice(0, sent);
  }

  #stopHold() {
    clearTimeout(this.#hold);
    this.#hold = undefined;
  }
}

const unknownOutcome = (why, id, cause) =>
  new PromError('no_answer', `${why}; publish again with id ${id}`, { temporary: true, id, cause });

/**
 * Gives the gateway a fresh token before the one of this connection ends. The gateway names the end by its own clock, so what
 * is left is reckoned once, by this machine's, when the answer comes. A token that seems to have ended already would make a
 * tight loop, so it is waited for with back-off.
 */
class Renewal {
  static #LONGEST_LEAD = 60_000;
  #link;
  #warn;
  #live = false;
  #timer;
  #expiresAt;
  #failures = 0;
  // Tokens in a row that seem to have ended.
  #past = 0;
  #running;
  #wanted;

  constructor(link, warn) {
    this.#link = link;
    this.#warn = warn;
  }

  began(expiresAt) {
    this.#live = true;
    this.#failures = 0;
    this.#past = 0;
    this.#accepted(expiresAt);
  }

  lost() {
    this.#live = false;
    this.#running = undefined;
    this.#wanted = undefined;
    clearTimeout(this.#timer);
  }

  /** Renews now, with a token that is asked for after this call. */
  now() {
    if (!this.#live) {
      return Promise.reject(noAnswer('not connected, so there is no token to renew'));
    }
    if (this.#running) {
      const before = this.#running;
      this.#wanted ??= before.catch(() => {}).then(() => this.now());
      return this.#wanted;
    }
    const made = this.#link.freshToken()
      .then((token) => {
        if (this.#running !== made) {
          throw noAnswer('the connection ended before the token was renewed');
        }
        return this.#link.requests.send({ op: 'AUTH', token });
      })
      .then(
        (ok) => {
          if (this.#running === made) {
            this.#ended();
            this.#failures = 0;
            this.#accepted(ok.expires_at);
          }
        },
        (error) => {
          if (this.#running === made) {
            this.#ended();
            this.#failed(error);
          }
          throw error;
        },
      );
    this.#running = made;
    return made;
  }

  #ended() {
    this.#running = undefined;
    this.#wanted = undefined;
  }

  #accepted(expiresAt) {
    this.#expiresAt = typeof expiresAt === 'number' ? expiresAt : undefined;
    clearTimeout(this.#timer);
    if (this.#expiresAt === undefined) {
      return;
    }
    const left = this.#expiresAt - Date.now();
    if (left >= 1000) {
      this.#past = 0;
      this.#wakeIn(Math.max((left * 4) / 5, left - Renewal.#LONGEST_LEAD));
    } else {
      this.#wakeIn(backoff(++this.#past, 1000, 60_000, 0.8));
    }
  }

  /** A refusal leaves the old token as it is. */
  #failed(error) {
    if (this.#expiresAt === undefined || !this.#live) {
      return;
    }
    const wait = Math.max(backoff(++this.#failures, 1000, 60_000, 0.8), error.retryMs === undefined ? 0 : retryAfter(error, 0));
    // What caused it is the host's, and may quote a token.
    this.#warn(`the token was not renewed, next try in ${Math.round(wait)} ms: ${error.message}`);
    this.#wakeIn(wait);
  }

  #wakeIn(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now().catch(() => {}), Math.min(wait, LONGEST_TIMER));
  }
}

/** What a SUBSCRIBE asks for, as the client keeps it through all connections. */
class Standing {
  static #RETRY = 1000;

  constructor(client, topic, group, options) {
    this.client = client;
    this.topic = topic;
    this.group = group;
    this.options = options;
    // Counts connections made and lost, so that what belongs to another one is let go.
    this.connection = 0;
    this.live = false;
    this.takenOnce = false;
    this.draining = false;
    this.over = false;
    this.paused = false;
    this.subscribed = new Promise((resolve, reject) => {
      this.resolveSubscribed = resolve;
      this.rejectSubscribed = reject;
    });
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
    this.patience = setTimeout(
      () => this.giveUp(noAnswer(`no answer to SUBSCRIBE ${this.name} within ${client.requestTimeoutMs} ms`)),
      client.requestTimeoutMs,
    );
  }

  get name() {
    return `${this.topic} ${this.group ?? 'as a tail'}`;
  }

  get isOpen() {
    return !this.over && !this.draining;
  }

  /** Taken by the gateway, over this connection or an earlier one. */
  get isTaken() {
    return this.live && this.takenOnce && this.isOpen;
  }

  frame(op, more) {
    return { op, topic: this.topic, ...(this.group === undefined ? {} : { group: this.group }), ...more };
  }

  connected() {
    this.connection++;
    if (this.isOpen) {
      this.ask();
    }
  }

  lost() {
    this.connection++;
    this.live = false;
    clearTimeout(this.retry);
    this.connectionLost();
  }

  ask() {
    const current = this.connection;
    this.live = true;
    const opts = this.wireOpts();
    const pause = this.beginsPaused();
    this.client.requests.send(this.frame('SUBSCRIBE', Object.keys(opts).length > 0 ? { opts } : {})).then(
      (ok) => current === this.connection && !this.over && this.#taken(ok),
      (error) => current === this.connection && !this.over && this.#notTaken(error),
    );
    if (pause) {
      this.tell('PAUSE');
    }
  }

  #taken(ok) {
    this.takenOnce = true;
    clearTimeout(this.patience);
    this.taken(ok);
    this.resolveSubscribed();
  }

  /** The first refusal is the caller's; later ones are tried again where that may help. */
  #notTaken(error) {
    if (error.code === 'no_answer') {
      this.#askLater(Standing.#RETRY);
    } else if (this.takenOnce && error.temporary) {
      this.#askLater(retryAfter(error, Standing.#RETRY));
    } else if (!this.takenOnce || error.code !== 'already_subscribed') {
      this.end(error);
    }
  }

  #askLater(wait) {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.isOpen && this.ask(), wait);
  }

  /** PAUSE or RESUME, which is not waited for. */
  tell(op) {
    if (this.live) {
      this.client.requests.send(this.frame(op)).catch((error) => {
        if (error.code !== 'no_answer') {
          this.client.warn(`${op} of ${this.name} failed: ${error.message}`);
        }
      });
    }
  }

  /**
   * Starts no more handlers; when the running ones are done, or the grace period is over, hands back what is left. Resolves
   * when the gateway knows.
   */
  drain() {
    if (this.isOpen) {
      this.draining = true;
      this.halt();
      if (this.isIdle()) {
        this.#finish();
      } else {
        this.grace = setTimeout(() => this.#finish(), this.client.gracePeriodMs);
      }
    }
    return this.ended.then(() => {});
  }

  idle() {
    if (this.draining) {
      this.#finish();
    }
  }

  #finish() {
    if (this.over) {
      return;
    }
    this.over = true;
    this.flush();
    this.forget();
    if (this.live) {
      // It stays known until the answer, so that no later subscribe gets what was meant for this one.
      this.client.requests.send(this.frame('UNSUBSCRIBE')).then(() => this.#finished(), () => this.#finished());
    } else {
      this.#finished();
    }
  }

  /** What waits to go out together goes now. */
  flush() {}

  /** The gateway ended it, or the client was ended. */
  end(cause) {
    if (!this.over) {
      this.over = true;
      this.halt();
      this.forget();
      this.#finished(cause);
    }
  }

  /** There was no answer to the first SUBSCRIBE in time: takes it back. */
  giveUp(cause) {
    this.rejectSubscribed(cause);
    this.halt();
    this.#finish();
  }

  #finished(cause) {
    clearTimeout(this.patience);
    clearTimeout(this.grace);
    clearTimeout(this.retry);
    this.client.over(this);
    this.rejectSubscribed(cause ?? new PromError('closed', 'the subscription was closed before the gateway had taken it'));
    this.resolveEnded(cause);
    if (this.takenOnce) {
      this.client.callBack('onEnd', () => this.options.onEnd?.(cause));
    }
  }

  toldOfGap(frame) {
    const gap = { topic: this.topic, group: this.group, from: frame.from, to: frame.to };
    this.hear('onGap', () => (this.options.onGap ?? this.client.onGap)?.(gap));
  }

  /** Calls the host's own code now; its failure, or that of what it promises, ends nothing. */
  async hear(what, call) {
    try {
      await call();
    } catch (error) {
      this.client.warn(`${what} of ${this.name} failed`, error);
    }
  }
}

/** One delivery's half of the handler's arguments. */
class Context {
  #member;
  #delivery;

  constructor(member, delivery) {
    this.#member = member;
    this.#delivery = delivery;
  }

  get snapshot() {
    return false;
  }

  get attempt() {
    return this.#delivery.attempt;
  }

  get lease() {
    return this.#delivery.lease;
  }

  /** What is left of the lease. */
  get ackDeadlineMs() {
    return Math.max(0, this.#delivery.deadline - now());
  }

  get leaseLost() {
    return this.#delivery.lost || this.#delivery.deadline <= now();
  }

  ack() {
    return this.#member.ack(this.#delivery);
  }

  async nack(reason, delayMs) {
    const delay = delayMs === undefined ? {} : { delay_ms: between('delayMs', delayMs, 0, HOUR) };
    return this.#member.settle(this.#delivery, 'NACK', { ...because(reason), ...delay });
  }

  term(reason) {
    return this.#member.settle(this.#delivery, 'TERM', because(reason));
  }

  async extend(ms) {
    return this.#member.extend(this.#delivery, between('ms', ms, 1000, HOUR));
  }
}

const because = (reason) => (reason === undefined ? {} : { reason: String(reason).slice(0, LONGEST_REASON) });

const GROUP_WIRE = ['from', 'ts', 'afterId', 'seq', 'batchSize', 'maxInFlight', 'ackTimeoutMs', 'maxAttempts', 'ordering', 'filter', 'batch'];
const GROUP_OWN = ['concurrency', 'manualAck', 'extendUpToMs', 'onGap', 'onEnd'];
const TAIL_WIRE = ['from', 'ts', 'afterId', 'seq', 'batchSize', 'filter', 'snapshot', 'batch'];
const TAIL_OWN = ['onSnapshot', 'onGap', 'onEnd'];

function split(given, wire) {
  const asked = { batch: BATCH };
  const own = {};
  for (const [name, value] of Object.entries(given)) {
    (wire.includes(name) ? asked : own)[name] = value;
  }
  if (between('batch', asked.batch, 0, MOST_IDS) === 0) {
    delete asked.batch;
  }
  return [asked, own];
}

/**
 * A member of a group. `held` is every delivery of this connection that is not settled, `queue` those of them that no handler
 * has yet. A lost connection empties both, so that nothing of an old connection is ever settled over a later one.
 */
class Member extends Standing {
  static #LONGEST_LEASE = 12 * HOUR;
  #wire;
  #handler;
  #most;
  #held = new Set();
  #queue = [];
  #running = 0;
  #halted = false;
  #pumping = false;
  #alarm;
  #alarmAt = Infinity;
  #sweepAt;
  #told = false;
  // Acks that nobody waits for, of a subscription in batches; they go out together.
  #acks = [];
  #acksTimer;

  constructor(client, topic, group, handler, given) {
    const [wire, own] = split(only('the options of subscribe', given, [...GROUP_WIRE, ...GROUP_OWN]), GROUP_WIRE);
    own.concurrency = between('concurrency', own.concurrency ?? 1, 1, 4000);
    own.extendUpToMs = between('extendUpToMs', own.extendUpToMs ?? 600_000, 0, 12 * HOUR);
    between('maxInFlight', wire.maxInFlight ?? 100, 1, 4000);
    super(client, topic, group, own);
    this.#wire = wire.batch ? { ...wire, quiet: true } : wire;
    this.#handler = handler;
    // Where the gateway chooses, it may choose as many as there can be.
    this.#most = wire.maxInFlight ?? 4000;
    this.#sweepAt = 2 * this.#most;
  }

  wireOpts() {
    return this.#wire;
  }

  get isHeldBack() {
    return this.paused;
  }

  beginsPaused() {
    return this.paused;
  }

  taken() {}

  connectionLost() {
    this.forget();
  }

  arrived({ event, ctx }) {
    if (!this.isOpen) {
      return;
    }
    const time = now();
    if (this.#queue.length >= this.#most) {
      this.#queue = this.#queue.filter((waiting) => waiting.deadline > time || !this.#held.delete(waiting));
    }
    if (this.#queue.length >= this.#most) {
      if (!this.#told) {
        this.#told = true;
        this.client.warn(`more of ${this.name} than maxInFlight comes; letting it go`);
      }
      return;
    }
    if (this.#held.size >= this.#sweepAt) {
      this.#sweep(time);
    }
    const grant = Math.min(Member.#LONGEST_LEASE, Math.max(1, Number(ctx.ack_deadline_ms) || 1));
    const delivery = {
      event, grant,
      attempt: ctx.attempt, lease: ctx.lease, deadline: time + grant,
      lost: false, started: false, handled: false, settled: false, extending: 0,
      extendUntil: time + this.options.extendUpToMs, extendAt: 0,
    };
    this.#held.add(delivery);
    this.#queue.push(delivery);
    this.#keep(delivery);
    this.#pump();
  }

  /** Lets go of what a handler left unsettled until its lease ran out: it comes again by itself. */
  #sweep(time) {
    for (const delivery of this.#held) {
      if (delivery.handled && delivery.deadline <= time) {
        delivery.lost = true;
        this.#held.delete(delivery);
      }
    }
    this.#sweepAt = Math.max(2 * this.#most, 2 * this.#held.size);
  }

  // Handling.

  #pump() {
    if (this.#pumping) {
      return;
    }
    this.#pumping = true;
    while (!this.#halted && this.#running < this.options.concurrency && this.#queue.length > 0) {
      const delivery = this.#queue.shift();
      if (delivery.deadline <= now()) {
        // Somebody else may have it by now.
        this.#held.delete(delivery);
      } else {
        this.#run(delivery);
      }
    }
    this.#pumping = false;
  }

  #run(delivery) {
    delivery.started = true;
    delivery.extendUntil = now() + this.options.extendUpToMs;
    this.#running++;
    let result;
    try {
      result = this.#handler(delivery.event, new Context(this, delivery));
    } catch (error) {
      this.#handled(delivery, error, true);
      return;
    }
    if (typeof result?.then === 'function') {
      result.then(() => this.#handled(delivery), (error) => this.#handled(delivery, error, true));
    } else {
      this.#handled(delivery);
    }
  }

  #handled(delivery, error, failed = false) {
    delivery.handled = true;
    if (failed) {
      this.client.warn(`the handler of ${this.name} failed on ${delivery.event.id}`, error);
    }
    if (!this.options.manualAck && !delivery.settled) {
      if (failed) {
        // It may come again; at least once is what was promised.
        this.settle(delivery, 'NACK', because(error)).catch(() => {});
      } else {
        this.#ackByItself(delivery);
      }
    }
    this.#running--;
    if (this.#running === 0) {
      this.idle();
    }
    this.#pump();
  }

  halt() {
    this.#halted = true;
  }

  isIdle() {
    return this.#running === 0;
  }

  forget() {
    for (const delivery of this.#held) {
      delivery.lost = true;
    }
    this.#held.clear();
    this.#queue = [];
    this.#acks = [];
    clearTimeout(this.#alarm);
    this.#alarmAt = Infinity;
  }

  pause() {
    if (!this.paused && this.isOpen) {
      this.paused = true;
      this.#halted = true;
      this.tell('PAUSE');
    }
  }

  resume() {
    if (this.paused && this.isOpen) {
      this.paused = false;
      this.#halted = false;
      this.tell('RESUME');
      this.#pump();
    }
  }

  get inFlight() {
    return this.#held.size;
  }

  // Settling.

  ack(delivery) {
    return this.settle(delivery, 'ACK', this.#wire.quiet ? { confirm: true } : {});
  }

  #ackByItself(delivery) {
    if (!this.#wire.quiet) {
      this.ack(delivery).catch(() => {});
      return;
    }
    delivery.settled = true;
    if (!delivery.lost) {
      this.#remove(delivery);
      this.#acks.push(delivery);
      this.#acksTimer ??= setTimeout(() => this.flush(), 0);
      if (this.#acks.length === MOST_IDS) {
        this.flush();
      }
    }
  }

  flush() {
    clearTimeout(this.#acksTimer);
    this.#acksTimer = undefined;
    const acks = this.#acks;
    this.#acks = [];
    if (acks.length > 0) {
      const ids = acks.map(({ event }) => event.id);
      const leases = acks.map(({ lease }) => lease);
      this.client.requests.tell(this.frame('ACK', leases.includes(undefined) ? { ids } : { ids, leases }));
    }
  }

  /** Sends what settles a delivery, unless its lease went with its connection. */
  async settle(delivery, op, more) {
    delivery.settled = true;
    if (delivery.lost) {
      return 'stale_lease';
    }
    this.#remove(delivery);
    const ok = await this.client.requests.send(this.#settling(op, delivery, more));
    return ok.result ?? 'unknown';
  }

  async extend(delivery, ms) {
    return delivery.lost ? 'stale_lease' : this.#modAck(delivery, { extend_ms: ms }, ms);
  }

  async #modAck(delivery, more, grant) {
    const sent = now();
    delivery.extending++;
    try {
      const result = (await this.client.requests.send(this.#settling('MODACK', delivery, more))).result ?? 'unknown';
      return this.#extended(delivery, result, sent + grant);
    } catch (error) {
      // A MODACK of nothing in flight is answered by an error on the wire; here it is a result.
      if (error.code !== 'unknown_id') {
        throw error;
      }
      return this.#extended(delivery, 'unknown');
    } finally {
      delivery.extending--;
      this.#keep(delivery);
    }
  }

  #extended(delivery, result, deadline) {
    if (result === 'ok') {
      delivery.deadline = deadline;
    } else {
      delivery.lost = true;
      this.#remove(delivery);
    }
    return result;
  }

  #settling(op, delivery, more) {
    const lease = delivery.lease === undefined ? {} : { lease: delivery.lease };
    return this.frame(op, { id: delivery.event.id, ...lease, ...more });
  }

  #remove(delivery) {
    if (this.#held.delete(delivery) && !delivery.started) {
      this.#queue = this.#queue.filter((other) => other !== delivery);
    }
  }

  // Leases: each is extended when half of it is over, and one that the handler made longer when no more than half of its own
  // grant is left, so that none is cut. One alarm serves all.

  #keep(delivery) {
    const time = now();
    delivery.extendAt = delivery.deadline - Math.min(delivery.deadline - time, delivery.grant) / 2;
    if (this.options.extendUpToMs > 0 && this.#held.has(delivery)) {
      this.#wakeAt(delivery.extendAt, time);
    }
  }

  #wakeAt(at, time) {
    if (at < this.#alarmAt) {
      clearTimeout(this.#alarm);
      this.#alarmAt = at;
      this.#alarm = setTimeout(() => this.#look(), Math.min(LONGEST_TIMER, Math.max(0, at - time)));
    }
  }

  #look() {
    this.#alarmAt = Infinity;
    const time = now();
    for (const delivery of [...this.#held]) {
      if (delivery.handled || delivery.extending > 0 || time >= delivery.extendUntil || delivery.deadline <= time) {
        continue;
      }
      if (delivery.extendAt <= time) {
        this.#modAck(delivery, {}, delivery.grant).catch(() => {});
      } else {
        this.#wakeAt(delivery.extendAt, time);
      }
    }
  }
}

const LIVE = Object.freeze({ snapshot: false });
const SNAPSHOT = Object.freeze({ snapshot: true });

/**
 * A tail. `came` is the last position that came here, `done` the last that the handler is done with; what lies between waits
 * in `queue`, gaps among the events. Nothing of it is leased, so a lost connection takes none of it: the next one is asked to
 * go on behind `came`. Only where the connection went amid a snapshot is there no position to go on from, so what waits is let
 * go and the snapshot begins again.
 *
 * Back-pressure: at `most` waiting events, or MOST_CHARS of them, the gateway is told to pause, and at half of that to go on.
 * From one that sends on regardless nothing more is taken at HARD_CHARS: the tail leaves, and asks again when there is room.
 */
class Tail extends Standing {
  static #MOST_CHARS = 4 * MIB;
  static #HARD_CHARS = 32 * MIB;
  #wire;
  #handler;
  #most;
  #queue = [];
  #chars = 0;
  #came = -1;
  #done = -1;
  #inSnapshot;
  #running = false;
  #halted = false;
  #crowded = false;
  #gatewayPaused = false;
  #resumeTimer;
  #leaving = false;
  #left = false;

  constructor(client, topic, handler, given) {
    const [wire, own] = split(only('the options of tail', given, [...TAIL_WIRE, ...TAIL_OWN]), TAIL_WIRE);
    super(client, topic, undefined, own);
    this.#wire = wire;
    this.#handler = handler;
    this.#most = wire.batchSize ?? 100;
    this.#inSnapshot = wire.snapshot === true;
  }

  /**
   * What `{from: 'afterSeq', seq}` takes to go on behind what the handler is done with; -1 while that is not known, which of a
   * snapshot is until the first event behind it is handled.
   */
  get seq() {
    return this.#done;
  }

  wireOpts() {
    if (this.#inSnapshot) {
      this.#beginSnapshot();
    }
    if (this.#inSnapshot || this.#came < 0) {
      return { mode: 'tail', ...this.#wire };
    }
    const { from, ts, afterId, seq, snapshot, ...rest } = this.#wire;
    return { mode: 'tail', ...rest, from: 'afterSeq', seq: this.#came };
  }

  /** What is told of an earlier gateway's positions means nothing at the next one. */
  #beginSnapshot() {
    this.forget();
    this.#came = -1;
    this.#queue.push({ begin: true, snapshot: true, seq: -1, chars: 0 });
    queueMicrotask(() => this.#pump());
  }

  get isHeldBack() {
    return this.#gatewayPaused;
  }

  beginsPaused() {
    this.#gatewayPaused = this.paused || this.#crowded;
    return this.#gatewayPaused;
  }

  taken(ok) {
    if (typeof ok.seq === 'number' && (this.#came < 0 || this.#inSnapshot)) {
      this.#came = ok.seq;
      if (!this.#inSnapshot) {
        this.#done = ok.seq;
      }
    }
  }

  connectionLost() {
    this.#leaving = false;
    this.#left = false;
  }

  arrived({ event, ctx }, chars) {
    const snapshot = ctx.snapshot === true;
    if (snapshot ? this.#inSnapshot : event.seq > this.#came) {
      this.#add({ event, snapshot, seq: event.seq, chars });
    }
  }

  toldOfGap(frame) {
    // What retention took while the snapshot was read lies before the position behind it.
    const snapshot = this.#inSnapshot && (this.#came < 0 || frame.to <= this.#came);
    if (snapshot || frame.to > this.#came) {
      this.#add({ gap: frame, snapshot, seq: frame.to, chars: 100 });
    }
  }

  #add(item) {
    if (!this.isOpen || this.#leaving) {
      return;
    }
    if (this.#chars > Tail.#HARD_CHARS) {
      this.#leave();
      return;
    }
    if (!item.snapshot) {
      this.#inSnapshot = false;
      this.#came = item.seq;
    }
    this.#queue.push(item);
    this.#chars += item.chars;
    this.#pump();
    this.#syncFlow();
  }

  #leave() {
    this.#leaving = true;
    const current = this.connection;
    const then = () => {
      if (current === this.connection && this.isOpen) {
        this.#left = true;
        this.#syncFlow();
      }
    };
    this.client.requests.send(this.frame('UNSUBSCRIBE')).then(then, then);
  }

  #syncFlow() {
    if (this.#queue.length >= this.#most || this.#chars >= Tail.#MOST_CHARS) {
      this.#crowded = true;
    } else if (this.#queue.length <= this.#most / 2 && this.#chars <= Tail.#MOST_CHARS / 2) {
      this.#crowded = false;
    }
    if (!this.isOpen) {
      return;
    }
    const pause = this.paused || this.#crowded;
    if (this.#leaving) {
      if (this.#left && !pause) {
        this.#leaving = false;
        this.#left = false;
        this.ask();
      }
    } else if (pause && !this.#gatewayPaused) {
      this.#gatewayPaused = true;
      this.tell('PAUSE');
    } else if (!pause && this.#gatewayPaused && this.#resumeTimer === undefined) {
      this.#resumeTimer = setTimeout(() => {
        this.#resumeTimer = undefined;
        if (this.isOpen && this.#gatewayPaused && !this.paused && !this.#crowded && !this.#leaving) {
          this.#gatewayPaused = false;
          this.tell('RESUME');
        }
      }, this.client.waitToResume());
    }
  }

  #pump() {
    while (!this.#running && !this.#halted && !this.paused && this.#queue.length > 0) {
      const item = this.#queue.shift();
      this.#chars -= item.chars;
      this.#running = true;
      const result = this.#handle(item);
      if (typeof result?.then === 'function') {
        result.then(() => {}, (error) => this.#failed(item, error)).then(() => {
          this.#handled(item);
          this.#pump();
          this.#syncFlow();
        });
        return;
      }
      this.#handled(item);
    }
  }

  #handle(item) {
    if (item.begin) {
      this.hear('onSnapshot', () => this.options.onSnapshot?.());
      return undefined;
    }
    if (item.gap) {
      super.toldOfGap(item.gap);
      return undefined;
    }
    try {
      return this.#handler(item.event, item.snapshot ? SNAPSHOT : LIVE);
    } catch (error) {
      return void this.#failed(item, error);
    }
  }

  #failed(item, error) {
    this.client.warn(`the handler of ${this.name} failed at seq ${item.seq}`, error);
  }

  #handled(item) {
    if (!item.snapshot) {
      this.#done = item.seq;
    }
    this.#running = false;
    this.idle();
  }

  halt() {
    this.#halted = true;
  }

  isIdle() {
    return !this.#running;
  }

  forget() {
    this.#queue = [];
    this.#chars = 0;
    this.#crowded = false;
    clearTimeout(this.#resumeTimer);
    this.#resumeTimer = undefined;
  }

  pause() {
    this.paused = true;
    this.#syncFlow();
  }

  resume() {
    this.paused = false;
    this.#pump();
    this.#syncFlow();
  }
}

/** What subscribe() and tail() resolve to: only what the caller may use of a Standing. */
class Subscription {
  #standing;

  constructor(standing) {
    this.#standing = standing;
    this.topic = standing.topic;
    this.group = standing.group;
    /** Resolves when it is over: to what ended it, or undefined after a close. */
    this.ended = standing.ended;
  }

  get seq() {
    return this.#standing.seq;
  }

  get inFlight() {
    return this.#standing.inFlight;
  }

  pause() {
    this.#standing.pause();
  }

  resume() {
    this.#standing.resume();
  }

  close() {
    return this.#standing.drain();
  }
}

const OPTIONS = [
  'WebSocket', 'requestTimeoutMs', 'connectTimeoutMs', 'gracePeriodMs', 'keepAliveMs', 'reconnectMinMs', 'reconnectMaxMs',
  'maxPublishesInFlight', 'maxEventBytes', 'onState', 'onGap', 'onWarning',
];
const PUBLISH_OPTS = ['id', 'key', 'headers', 'tags', 'caused_by', 'sid', 'ts'];

/** The client; see the README beside it for its options, and the typings for all of its types. */
export class PromClient {
  #url;
  #shownUrl;
  #token;
  #settings;
  #Socket;
  #requests;
  #publishes;
  #renewal;
  #standings = new Map();
  #socket;
  #ready = false;
  #readySince = 0;
  #epoch = 0;
  #refusals = 0;
  #failures = 0;
  #lastFailure;
  #lastTold;
  #lastSign = 0;
  #silence;
  #reconnect;
  #connectTimer;
  #openTimer;
  // Of each question to the token supplier that is open.
  #tokenQuestions = new Set();
  #first;
  #state = 'disconnected';
  #ended = false;
  #endedBy;
  #closing;
  #resumeAt = 0;
  #complaints = 0;
  // What Requests, Publishes, Renewal and Standings see of this.
  #link;

  constructor(url, token, options = {}) {
    const given = only('the options of PromClient', options, OPTIONS);
    let parsed;
    try {
      parsed = new URL(String(url));
    } catch {
      throw new TypeError('url must be a ws: or wss: address such as ws://127.0.0.1:8090/');
    }
    if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
      throw new TypeError(`url must be a ws: or wss: address, is ${parsed.protocol}`);
    }
    if (parsed.username || parsed.password || parsed.hash) {
      throw new TypeError('url must not hold a user, a password or a fragment: the token goes into an AUTH frame');
    }
    if (typeof token !== 'function') {
      text('token', token);
    }
    const requestTimeoutMs = between('requestTimeoutMs', given.requestTimeoutMs ?? 15_000, 10, HOUR);
    const reconnectMinMs = between('reconnectMinMs', given.reconnectMinMs ?? 250, 1, HOUR);
    this.#settings = {
      requestTimeoutMs,
      connectTimeoutMs: between('connectTimeoutMs', given.connectTimeoutMs ?? requestTimeoutMs, 10, Infinity),
      gracePeriodMs: between('gracePeriodMs', given.gracePeriodMs ?? 10_000, 0, HOUR),
      keepAliveMs: between('keepAliveMs', given.keepAliveMs ?? 30_000, 100, HOUR),
      reconnectMinMs,
      reconnectMaxMs: between('reconnectMaxMs', given.reconnectMaxMs ?? Math.max(30_000, reconnectMinMs), reconnectMinMs, HOUR),
      maxPublishesInFlight: between('maxPublishesInFlight', given.maxPublishesInFlight ?? 1000, 1, 100_000),
      maxEventBytes: between('maxEventBytes', given.maxEventBytes ?? MIB, 1, 64 * MIB),
      onState: callable('onState', given.onState ?? (() => {})),
      onGap: given.onGap,
      onWarning: callable('onWarning', given.onWarning ?? ((message, cause) => console.warn(`prom-client: ${message}`, cause ?? ''))),
    };
    this.#url = parsed.href;
    this.#shownUrl = `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
    this.#token = token;
    this.#Socket = given.WebSocket;
    const client = this;
    this.#link = {
      requestTimeoutMs,
      gracePeriodMs: this.#settings.gracePeriodMs,
      onGap: this.#settings.onGap,
      get requests() {
        return client.#requests;
      },
      send: (frame, early) => this.#send(frame, early),
      suspect: (since) => this.#suspect(since),
      freshToken: () => this.#freshToken(),
      warn: (message, cause) => this.#warn(message, cause),
      callBack: (what, call) => this.#callBack(what, call),
      over: (standing) => this.#over(standing),
      waitToResume: () => this.#waitToResume(),
    };
    this.#requests = new Requests(this.#link, requestTimeoutMs);
    this.#publishes = new Publishes(this.#link, this.#settings);
    this.#renewal = new Renewal(this.#link, this.#link.warn);
  }

  /** `disconnected`, `connecting`, `connected` or `closed`. */
  get state() {
    return this.#state;
  }

  /** Connects; resolves to this client when the gateway has accepted the token. A client that could not is closed. */
  connect() {
    if (this.#ended || this.#closing) {
      return Promise.reject(this.#closedError());
    }
    if (!this.#first) {
      this.#first = {};
      this.#first.promise = new Promise((resolve, reject) => {
        this.#first.resolve = resolve;
        this.#first.reject = reject;
      });
      if (this.#settings.connectTimeoutMs <= LONGEST_TIMER) {
        this.#connectTimer = setTimeout(() => this.#connectTimedOut(), this.#settings.connectTimeoutMs);
      }
      this.#begin();
    }
    return this.#first.promise;
  }

  #connectTimedOut() {
    const last = this.#lastFailure;
    const why = last === undefined ? '' : `; the last try: ${last.message}`;
    this.#end(noAnswer(`no connection to ${this.#shownUrl} within ${this.#settings.connectTimeoutMs} ms${why}`, last));
  }

  async #begin() {
    try {
      this.#Socket ??= globalThis.WebSocket ?? (await optionalSocket());
    } catch (error) {
      this.#end(error);
      return;
    }
    this.#start();
  }

  /** Appends an event; resolves when it is in the topic. A tombstone is a `null` payload with a `key`. */
  async publish(topic, payload, opts) {
    this.#requireBegun();
    return this.#publishes.add(text('topic', topic), payload, only('the options of publish', opts, PUBLISH_OPTS));
  }

  /** Joins a group. The handler's return, or what it promises, acks; what it throws nacks. */
  async subscribe(topic, group, handler, opts) {
    this.#requireOpen();
    text('topic', topic);
    text('group', group);
    callable('handler', handler);
    this.#requireNone(topic, group, `subscribed to ${topic} in group ${group}`);
    return this.#stand(new Member(this.#link, topic, group, handler, opts));
  }

  /** Follows a topic without a group: every event from a position on, in order, also through reconnects. */
  async tail(topic, handler, opts) {
    this.#requireOpen();
    text('topic', topic);
    callable('handler', handler);
    this.#requireNone(topic, undefined, `following ${topic}`);
    return this.#stand(new Tail(this.#link, topic, handler, opts));
  }

  async #stand(standing) {
    this.#standings.set(pair(standing.topic, standing.group), standing);
    if (this.#ready) {
      standing.connected();
    }
    await standing.subscribed;
    return new Subscription(standing);
  }

  #requireNone(topic, group, what) {
    if (this.#standings.has(pair(topic, group))) {
      throw new PromError('already_subscribed', `this client is ${what} already`);
    }
  }

  #over(standing) {
    const key = pair(standing.topic, standing.group);
    if (this.#standings.get(key) === standing) {
      this.#standings.delete(key);
    }
  }

  /** Leaves a group, or without one the tail; resolves to whether there was one. */
  async unsubscribe(topic, group) {
    this.#requireOpen();
    const found = this.#standings.get(pair(topic, group));
    await found?.drain();
    return found !== undefined;
  }

  /** Gives the gateway a token that is asked for now, as after a change of rights. */
  async renewToken() {
    this.#requireOpen();
    return this.#renewal.now();
  }

  /**
   * Lets running handlers and publishes end, up to the grace period, hands back the rest and closes. Throws nothing; a handler
   * that waits for it waits for itself until the grace period is over.
   */
  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close() {
    let patience;
    const grace = new Promise((resolve) => {
      patience = setTimeout(resolve, this.#settings.gracePeriodMs + 2000);
    });
    const done = Promise.all([...this.#standings.values()].map((standing) => standing.drain()))
      .then(() => (this.#ready ? this.#publishes.drained() : undefined));
    await Promise.race([done, grace]);
    clearTimeout(patience);
    this.#end();
  }

  // The connection.

  #start() {
    if (this.#ended) {
      return;
    }
    this.#tell('connecting');
    const epoch = this.#epoch;
    this.#freshToken().then(
      (token) => epoch === this.#epoch && this.#open(token),
      (failure) => epoch === this.#epoch && this.#drop(failure),
    );
  }

  #freshToken() {
    const { requestTimeoutMs } = this.#settings;
    return new Promise((resolve, reject) => {
      const giveUp = (why) => {
        over();
        reject(noAnswer(why));
      };
      const timer = setTimeout(giveUp, requestTimeoutMs, `the token supplier gave no token within ${requestTimeoutMs} ms`);
      this.#tokenQuestions.add(giveUp);
      const over = () => {
        clearTimeout(timer);
        this.#tokenQuestions.delete(giveUp);
      };
      const ask = async () => (typeof this.#token === 'function' ? this.#token() : this.#token);
      ask().then(
        (token) => {
          over();
          if (typeof token === 'string' && token !== '') {
            resolve(token);
          } else {
            reject(noAnswer('the token supplier gave no text'));
          }
        },
        (error) => {
          over();
          reject(noAnswer('the token supplier failed', error));
        },
      );
    });
  }

  #open(token) {
    let socket;
    try {
      socket = new this.#Socket(this.#url);
    } catch (error) {
      this.#drop(noAnswer(`no connection to ${this.#shownUrl}: ${error.message}`, error));
      return;
    }
    this.#socket = socket;
    this.#lastTold = undefined;
    this.#complaints = 0;
    let why;
    const current = () => socket === this.#socket;
    socket.onopen = () => current() && this.#authenticate(token);
    socket.onmessage = (message) => current() && this.#received(message.data);
    socket.onclose = (end) => current() && this.#closed(end.code, end.reason, why);
    socket.onerror = (event) => {
      why = event.error?.message || event.message;
      // Not every WebSocket that could not connect says that it is closed.
      setTimeout(() => current() && !this.#ready && this.#closed(1006, '', why), 0);
    };
    const { requestTimeoutMs } = this.#settings;
    this.#openTimer = setTimeout(() => {
      if (current() && !this.#ready) {
        this.#drop(noAnswer(`no connection to ${this.#shownUrl} within ${requestTimeoutMs} ms`, this.#lastFailure));
      }
    }, requestTimeoutMs);
  }

  #closed(code, reason, why) {
    const told = this.#lastTold && refusal(this.#lastTold);
    const how = reason || told?.message || why;
    const message = this.#ready || code !== 1006
      ? `the connection to ${this.#shownUrl} ended with code ${code}${how ? `: ${how}` : ''}`
      : `no connection to ${this.#shownUrl}: ${how || 'no gateway answers there, it does not let this page in, or the scheme is the other of ws: and wss:'}`;
    if (this.#ready && code === 1009) {
      this.#publishes.tooLarge();
    }
    this.#drop(noAnswer(message, told), code === 4403 ? this.#settings.reconnectMaxMs : told?.retryMs);
  }

  #authenticate(token) {
    const epoch = this.#epoch;
    this.#requests.send({ op: 'AUTH', token }).then(
      (ok) => epoch === this.#epoch && this.#accepted(ok),
      (error) => epoch === this.#epoch && this.#notAccepted(error),
    );
  }

  /** A token of a supplier that is refused is followed by one more; a second refusal in a row is for good. */
  #notAccepted(error) {
    if (!TOKEN_REFUSED.has(error.code)) {
      this.#drop(error, error.retryMs);
      return;
    }
    if (++this.#refusals >= 2 || typeof this.#token !== 'function') {
      this.#end(error);
      return;
    }
    const epoch = this.#epoch;
    this.#freshToken().then(
      (token) => epoch === this.#epoch && this.#authenticate(token),
      (failure) => epoch === this.#epoch && this.#drop(failure),
    );
  }

  #accepted(ok) {
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#openTimer);
    this.#refusals = 0;
    this.#ready = true;
    this.#readySince = now();
    this.#lastFailure = undefined;
    this.#renewal.began(ok.expires_at);
    this.#watchSilence();
    this.#tell('connected');
    for (const standing of [...this.#standings.values()]) {
      standing.connected();
    }
    this.#publishes.connected();
    this.#first.resolve(this);
  }

  /**
   * A page cannot send a ping: when nothing came for so long, what is subscribed is told again to go on as it does. No answer
   * to anything that was sent, and nothing else since, ends the connection.
   */
  #watchSilence() {
    const { keepAliveMs } = this.#settings;
    let probed = 0;
    this.#silence = setInterval(() => {
      const standing = [...this.#standings.values()].find((each) => each.isTaken);
      if (standing && now() - Math.max(this.#lastSign, probed) >= keepAliveMs) {
        probed = now();
        standing.tell(standing.isHeldBack ? 'PAUSE' : 'RESUME');
      }
    }, keepAliveMs / 2);
  }

  #suspect(since) {
    if (this.#ready && this.#lastSign <= since) {
      this.#drop(noAnswer(`nothing came from the gateway for ${Math.round(now() - since)} ms`));
    }
  }

  #send(frame, early = false) {
    if (!this.#socket || !(this.#ready || early) || this.#socket.readyState !== 1) {
      return false;
    }
    this.#socket.send(frame);
    return true;
  }

  #received(data) {
    if (typeof data !== 'string') {
      return;
    }
    this.#lastSign = now();
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      frame = undefined;
    }
    if (!object(frame) || typeof frame.op !== 'string') {
      this.#drop(noAnswer('the gateway sent what is no frame'));
      return;
    }
    if (frame.op === 'GOAWAY') {
      this.#standings.forEach((standing) => standing.flush());
      this.#drop(noAnswer(`the gateway is going away: ${frame.msg}`), Math.max(0, Number(frame.reconnect_ms) || 0));
    } else if (frame.op === 'OK' || frame.op === 'ERR') {
      this.#answer(frame);
    } else if (this.#ready) {
      this.#told(frame, data.length);
    }
  }

  #answer(frame) {
    if (this.#requests.answered(frame)) {
      return;
    }
    if (frame.op === 'OK') {
      this.#publishes.answered(frame);
      return;
    }
    if (frame.corr === undefined) {
      this.#lastTold = frame;
    }
    if (!this.#publishes.refused(frame)) {
      this.#complain(`the gateway tells ${frame.code}: ${frame.msg}`);
    }
  }

  #told(frame, chars) {
    const standing = this.#standings.get(pair(frame.topic, frame.group));
    if (frame.op === 'EVENT') {
      this.#arrived(standing, frame, chars);
    } else if (frame.op === 'EVENTS' && Array.isArray(frame.events)) {
      const each = chars / Math.max(1, frame.events.length);
      frame.events.forEach((one) => this.#arrived(standing, one, each));
    } else if (frame.op === 'GAP') {
      standing?.toldOfGap(frame);
    } else if (frame.op === 'REVOKED') {
      standing?.end(new PromError('forbidden', `revoked: ${frame.msg}`));
    }
    // Anything else is of a later version.
  }

  #arrived(standing, one, chars) {
    if (!object(one) || !object(one.event) || !object(one.ctx) || typeof one.event.seq !== 'number' || typeof one.event.id !== 'string') {
      this.#complain('passing over an event without an id, a seq or a ctx');
    } else {
      standing?.arrived(one, chars);
    }
  }

  /** Gives up the connection, or the attempt at one, and tries the next after `least` ms or more. */
  #drop(cause, least = 0) {
    if (this.#ended) {
      return;
    }
    const held = this.#ready ? now() - this.#readySince : 0;
    this.#lastFailure = cause;
    this.#forget();
    // Failures add up until a connection has held for the longest wait: a gateway that accepts and drops is not stormed either.
    const { reconnectMinMs, reconnectMaxMs } = this.#settings;
    this.#failures = held >= reconnectMaxMs ? 1 : this.#failures + 1;
    const wait = backoff(this.#failures, reconnectMinMs, reconnectMaxMs);
    this.#reconnect = setTimeout(() => this.#start(), Math.max(wait, Math.min(least ?? 0, LONGEST_WAIT)));
    this.#tell('disconnected', cause);
  }

  #forget() {
    this.#epoch++;
    const old = this.#socket;
    const wasReady = this.#ready;
    this.#socket = undefined;
    this.#ready = false;
    clearTimeout(this.#openTimer);
    clearInterval(this.#silence);
    this.#renewal.lost();
    this.#requests.lost();
    if (wasReady) {
      this.#publishes.lost();
      this.#standings.forEach((standing) => standing.lost());
    }
    try {
      old?.close(1000);
    } catch {
      // One that is not open yet may refuse.
    }
  }

  // Ending.

  #end(cause) {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#endedBy = cause;
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#reconnect);
    this.#forget();
    const why = this.#closedError();
    this.#tokenQuestions.forEach((giveUp) => giveUp('the client was closed before the token supplier answered'));
    this.#tell('closed', cause);
    this.#publishes.fail(cause ?? why);
    [...this.#standings.values()].forEach((standing) => standing.end(cause ?? why));
    this.#first?.promise.catch(() => {});
    this.#first?.reject(cause ?? why);
  }

  #closedError() {
    return new PromError('closed', `the client of ${this.#shownUrl} was closed`, { cause: this.#endedBy });
  }

  /** Handlers that still run may publish. */
  #requireBegun() {
    if (this.#ended) {
      throw this.#closedError();
    }
    if (!this.#first) {
      throw new PromError('not_connected', 'call connect() first');
    }
  }

  #requireOpen() {
    if (this.#closing) {
      throw this.#closedError();
    }
    this.#requireBegun();
  }

  // What the host hears.

  #tell(state, cause) {
    this.#state = state;
    this.#callBack('onState', () => this.#settings.onState(state, cause));
  }

  /** The host's own code runs apart from the client's, and its failure ends nothing. */
  #callBack(what, call) {
    queueMicrotask(async () => {
      try {
        await call();
      } catch (error) {
        this.#warn(`${what} failed`, error);
      }
    });
  }

  /** Of what a gateway sends, the first few on each connection. */
  #complain(message) {
    if (++this.#complaints <= MOST_COMPLAINTS) {
      this.#warn(this.#complaints < MOST_COMPLAINTS ? message : `${message}; what more there is on this connection is not told`);
    }
  }

  #warn(message, cause) {
    queueMicrotask(async () => {
      try {
        await this.#settings.onWarning(message, cause);
      } catch {
        // There is nobody left to tell.
      }
    });
  }

  /** A gateway bears 100 frames a second that move nothing; each RESUME may need a PAUSE. */
  #waitToResume() {
    this.#resumeAt = Math.max(now(), this.#resumeAt + 40);
    return this.#resumeAt - now();
  }
}

const pair = (topic, group) => JSON.stringify([topic, group]);

async function optionalSocket() {
  // Not a literal, so that bundlers for browsers leave it alone.
  const name = 'ws';
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)).WebSocket;
  } catch (cause) {
    throw new PromError(
      'no_websocket',
      'this runtime has no WebSocket: use Node 22 or later, run node with --experimental-websocket, install the package ws, or give options.WebSocket',
      { cause },
    );
  }
}
