/** What JSON can hold. Numbers beyond 2^53 come rounded, as JSON.parse gives them. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export type ErrorCode =
  | 'bad_json' | 'bad_request' | 'unknown_op' | 'unauthorized' | 'no_token' | 'bad_token' | 'jwt_invalid' | 'token_expired'
  | 'forbidden' | 'already_subscribed' | 'not_subscribed' | 'unknown_id' | 'publish_failed' | 'ack_failed' | 'subscribe_failed'
  | 'rate_limited' | 'too_large' | 'too_many' | 'slow_consumer' | 'internal'
  // The client's own.
  | 'no_answer' | 'not_connected' | 'closed' | 'no_websocket'
  // Of a later gateway.
  | (string & {});

export class PromError extends Error {
  constructor(
    code: ErrorCode,
    message: string,
    details?: { temporary?: boolean; retryMs?: number; id?: string; cause?: unknown },
  );
  readonly code: ErrorCode;
  /** Whether the same call may succeed later. */
  readonly temporary: boolean;
  /** How long to wait before trying again, where the gateway said so. */
  readonly retryMs?: number;
  /** Of a publish that may have happened: publish again with this id, and it is there once. */
  readonly id?: string;
}

export interface PromEvent<T = Json> {
  readonly id: string;
  /** Its place in the topic's order. */
  readonly seq: number;
  /** Epoch milliseconds, the publisher's. */
  readonly ts: number;
  readonly topic: string;
  readonly key?: string;
  /** `null` where the event is a tombstone. */
  readonly payload: T;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  readonly caused_by?: readonly string[];
  readonly sid?: string;
}

export interface PublishOptions {
  /** Default: one that the client makes. A topic takes an id once. */
  id?: string;
  key?: string;
  headers?: Record<string, string>;
  tags?: string[];
  caused_by?: string[];
  sid?: string;
  /** Epoch milliseconds. */
  ts?: number;
}

export interface Published {
  readonly id: string;
  readonly seq: number;
  /** Whether the id was there already; also after an answer was lost and the client sent it again. */
  readonly duplicate: boolean;
}

export interface Filter {
  key?: string;
  tags?: string[];
  headers?: Record<string, string>;
}

export interface Gap {
  readonly topic: string;
  /** None for a tail. */
  readonly group?: string;
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

interface Start {
  /** Default `latest`; `ts`, `afterId` and `afterSeq` need the field of that name, `afterSeq` needs `seq`. */
  from?: 'latest' | 'earliest' | 'ts' | 'afterId' | 'afterSeq';
  ts?: number;
  afterId?: string;
  seq?: number;
}

interface Hears {
  /** Hears of positions that retention removed before this reader got them; default the client's `onGap`. */
  onGap?: (gap: Gap) => unknown;
  /** Hears once when it is over: by what, or of nothing after a close. */
  onEnd?: (cause?: PromError) => unknown;
}

export interface SubscribeOptions extends Start, Hears {
  batchSize?: number;
  /** The most deliveries here and not settled, from 1 to 4000; default the gateway's, 100. */
  maxInFlight?: number;
  /** How long a lease lasts; default the gateway's, 30 s. */
  ackTimeoutMs?: number;
  maxAttempts?: number;
  ordering?: 'none' | 'key' | 'topic';
  filter?: Filter;
  /** The most events that come in one frame, up to 1000, and whose acks go out together; default 100, 0: each by itself. */
  batch?: number;
  /** How many handlers may run at once, from 1 to 4000; default 1. */
  concurrency?: number;
  /** Only a call on the context settles an event. */
  manualAck?: boolean;
  /** How long the client keeps extending the lease of a handler that runs; default 10 minutes, 0: never. */
  extendUpToMs?: number;
}

export interface TailOptions extends Start, Hears {
  /** The most events that wait for the handler before the gateway is told to pause; default 100. */
  batchSize?: number;
  filter?: Filter;
  /** The most events that come in one frame, up to 1000; default 100, 0: each by itself. */
  batch?: number;
  /** Begins with the latest event of every key, each with `ctx.snapshot`. */
  snapshot?: boolean;
  /** Hears before a snapshot begins, also when one that a lost connection cut begins again: what it gave is to be dropped. */
  onSnapshot?: () => unknown;
}

export type AckResult = 'ok' | 'already_acked' | 'stale_lease' | 'dead_lettered' | 'unknown';

export interface TailContext {
  readonly snapshot: boolean;
}

export interface DeliveryContext {
  /** From 1. */
  readonly attempt: number;
  readonly lease: string;
  /** What is left of the lease. */
  readonly ackDeadlineMs: number;
  /** Whether somebody else may have the event by now. */
  readonly leaseLost: boolean;
  readonly snapshot: false;
  ack(): Promise<AckResult>;
  /** The attempt failed; the event comes again, after `delayMs` if it is given, up to one hour. */
  nack(reason?: string, delayMs?: number): Promise<AckResult>;
  /** Makes the lease last so long from now, from 1000 ms to one hour. */
  extend(ms: number): Promise<AckResult>;
  /** Straight to the dead letters. */
  term(reason?: string): Promise<AckResult>;
}

export interface Subscription {
  readonly topic: string;
  readonly group?: string;
  /** Resolves when it is over: to what ended it, or to undefined after a close. Never rejects. */
  readonly ended: Promise<PromError | undefined>;
  pause(): void;
  resume(): void;
  /** Lets running handlers end, hands back the rest, and resolves when the gateway knows. */
  close(): Promise<void>;
}

export interface GroupSubscription extends Subscription {
  readonly group: string;
  /** Deliveries here and not settled. */
  readonly inFlight: number;
}

export interface Tail extends Subscription {
  /**
   * What `{from: 'afterSeq', seq}` takes to go on behind what the handler is done with; -1 while that is not known, which of a
   * snapshot is until the first event behind it is handled.
   */
  readonly seq: number;
}

export type ClientState = 'disconnected' | 'connecting' | 'connected' | 'closed';

export interface ClientOptions {
  /** Default the runtime's, else the package `ws`. */
  WebSocket?: new (url: string) => unknown;
  /** For each answer, and for a publish from its call to its confirmation; default 15 000. */
  requestTimeoutMs?: number;
  /** For `connect()`; default as `requestTimeoutMs`. `Infinity`: keep trying. */
  connectTimeoutMs?: number;
  /** What `close()` gives running handlers and publishes; default 10 000. */
  gracePeriodMs?: number;
  /** After so long without a frame the connection is tried; default 30 000. */
  keepAliveMs?: number;
  /** The first wait before a new connection, doubled up to the longest; any part of it is left out by chance. Default 250. */
  reconnectMinMs?: number;
  /** Default 30 000. */
  reconnectMaxMs?: number;
  /** Publishes without an answer; one more is refused with `too_many`. Default 1000. */
  maxPublishesInFlight?: number;
  /** Of a payload's JSON in UTF-8; default 1 MiB. */
  maxEventBytes?: number;
  /** `cause` says why it is `disconnected` or `closed`; none after a close that was asked for. */
  onState?: (state: ClientState, cause?: PromError) => unknown;
  onGap?: (gap: Gap) => unknown;
  /** Hears what a log would hold: handlers that failed, what the gateway tells; default `console.warn`. No token is in it. */
  onWarning?: (message: string, cause?: unknown) => unknown;
}

export class PromClient {
  /**
   * Throws TypeError or RangeError, naming the setting that is wrong. A supplier is asked for each connection, and again well
   * before a token expires.
   */
  constructor(url: string | URL, token: string | (() => string | Promise<string>), options?: ClientOptions);

  readonly state: ClientState;

  /**
   * Resolves when the gateway has accepted the token. Rejects with the gateway's code when it does not, with `no_answer` when
   * there was no connection in time; the client is closed then.
   */
  connect(): Promise<this>;

  /** Resolves when the event is in the topic. A tombstone is a `null` payload with a `key`. */
  publish<T = Json>(topic: string, payload: T, opts?: PublishOptions): Promise<Published>;

  /** Joins a group, which is made if there is none. What the handler returns or resolves acks, what it throws nacks. */
  subscribe<T = Json>(
    topic: string,
    group: string,
    handler: (event: PromEvent<T | null>, ctx: DeliveryContext) => unknown,
    opts?: SubscribeOptions,
  ): Promise<GroupSubscription>;

  /** Follows a topic without a group, in order and through reconnects. What the handler throws is told and passed over. */
  tail<T = Json>(
    topic: string,
    handler: (event: PromEvent<T | null>, ctx: TailContext) => unknown,
    opts?: TailOptions,
  ): Promise<Tail>;

  /** Leaves the group, or without one the tail; resolves to whether there was one. */
  unsubscribe(topic: string, group?: string): Promise<boolean>;

  /** Gives the gateway a token that is asked for now, as after a change of rights. */
  renewToken(): Promise<void>;

  /** Idempotent; rejects never. A handler does not wait for it. */
  close(): Promise<void>;
}
