import { FakeGateway } from './fake.mjs';
import { deferred, equal, failure, truthy } from './run.mjs';

// Half of it is a pause that a busy machine may make.
const LEASE = 11_000;

async function connected(env, options = {}, token = 't') {
  const gateway = new FakeGateway();
  const client = await env.make('ws://fake/', { WebSocket: gateway.Socket, gracePeriodMs: 0, ...options }, token).connect();
  return { gateway, client };
}

/** What no real gateway does at a test's word. */
export const scripted = {
  async 'the token is in the first frame and nowhere else'(env) {
    const { gateway, client } = await connected(env, {}, 'my-token');
    await client.publish('t', 1);
    equal(gateway.frames[0], { op: 'AUTH', token: 'my-token', corr: 'r0' });
    truthy(!JSON.stringify([gateway.sockets.map(({ url }) => url), gateway.frames.slice(1)]).includes('my-token'), 'it is nowhere else');
  },

  async 'settings and arguments that are wrong are named'(env) {
    const { PromClient } = env;
    const url = 'ws://host/';
    for (const [make, name] of [
      [() => new PromClient('nowhere', 't'), 'url'],
      [() => new PromClient('http://host/', 't'), 'url'],
      [() => new PromClient('ws://me:secret@host/', 't'), 'url'],
      [() => new PromClient(url, ''), 'token'],
      [() => new PromClient(url, undefined), 'token'],
      [() => new PromClient(url, 't', { requestTimeoutMs: 1 }), 'requestTimeoutMs'],
      [() => new PromClient(url, 't', { connectTimeoutMs: 'soon' }), 'connectTimeoutMs'],
      [() => new PromClient(url, 't', { gracePeriodMs: -1 }), 'gracePeriodMs'],
      [() => new PromClient(url, 't', { keepAliveMs: 5 }), 'keepAliveMs'],
      [() => new PromClient(url, 't', { reconnectMinMs: 0 }), 'reconnectMinMs'],
      [() => new PromClient(url, 't', { reconnectMinMs: 50, reconnectMaxMs: 40 }), 'reconnectMaxMs'],
      [() => new PromClient(url, 't', { maxPublishesInFlight: 0 }), 'maxPublishesInFlight'],
      [() => new PromClient(url, 't', { maxEventBytes: NaN }), 'maxEventBytes'],
      [() => new PromClient(url, 't', { onState: 7 }), 'onState'],
      [() => new PromClient(url, 't', { timeout: 7 }), 'timeout'],
    ]) {
      const error = await failure(make);
      truthy((error instanceof TypeError || error instanceof RangeError) && error.message.includes(name), `${error} names ${name}`);
      truthy(!error.message.includes('secret'), 'no secret is told');
    }
    const { client } = await connected(env);
    for (const [call, name] of [
      [() => client.publish('', 1), 'topic'],
      [() => client.publish('t', undefined), 'payload'],
      [() => client.publish('t', 1, { headrs: {} }), 'headrs'],
      [() => client.subscribe('t', '', () => {}), 'group'],
      [() => client.subscribe('t', 'g'), 'handler'],
      [() => client.subscribe('t', 'g', () => {}, { concurrency: 0 }), 'concurrency'],
      [() => client.subscribe('t', 'g', () => {}, { maxInFlight: 5000 }), 'maxInFlight'],
      [() => client.subscribe('t', 'g', () => {}, { batch: 1001 }), 'batch'],
      [() => client.tail('t', () => {}, { batch: -1 }), 'batch'],
      [() => client.subscribe('t', 'g', () => {}, { extendUpToMs: -1 }), 'extendUpToMs'],
      [() => client.subscribe('t', 'g', () => {}, { snapshot: true }), 'snapshot'],
      [() => client.tail('t', 7), 'handler'],
      [() => client.tail('t', () => {}, { maxAttempts: 3 }), 'maxAttempts'],
    ]) {
      truthy((await failure(call)).message.includes(name), `${name} is named`);
    }
    const fresh = new PromClient(url, 't');
    equal((await failure(fresh.publish('t', 1))).code, 'not_connected');
    await fresh.close();
  },

  async 'a runtime without a WebSocket is told what to do'(env) {
    const had = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
    Object.defineProperty(globalThis, 'WebSocket', { value: undefined, configurable: true });
    try {
      const error = await failure(env.make('ws://fake/').connect());
      equal(error.code, 'no_websocket');
      truthy(error.message.includes('--experimental-websocket'), error.message);
    } finally {
      Object.defineProperty(globalThis, 'WebSocket', had);
    }
  },

  async 'what rate_limited refuses is sent again when told, behind what was sent already and before what is called later'(env) {
    const { gateway, client } = await connected(env);
    let refusals = 0;
    gateway.script = (frame, socket) => {
      if (frame.op === 'PUBLISH' && frame.payload === 1 && refusals++ < 2) {
        gateway.refuse(frame, socket, 'rate_limited', { temporary: true, retry_ms: 30 });
        return true;
      }
      return false;
    };
    const began = performance.now();
    const answers = [1, 2, 3, 4].map((n) => client.publish('t', n));
    await env.until('the refusal', () => refusals === 1);
    const late = client.publish('t', 'late');
    equal((await Promise.all([...answers, late])).map(({ seq }) => seq), [4, 1, 2, 3, 5]);
    truthy(performance.now() - began >= 55, 'it waited as told, twice');
    equal(gateway.of('PUBLISH').filter(({ payload }) => payload === 1).length, 3);
    const later = [6, 7, 8].map((n) => client.publish('t', n));
    equal((await Promise.all(later)).map(({ seq }) => seq), [6, 7, 8]);
  },

  async 'no more publishes than allowed are in flight'(env) {
    const { gateway, client } = await connected(env, { maxPublishesInFlight: 2 });
    gateway.script = ({ op }) => op === 'PUBLISH';
    const open = [client.publish('t', 1), client.publish('t', 2)];
    const error = await failure(client.publish('t', 3));
    equal([error.code, error.temporary], ['too_many', true]);
    gateway.of('PUBLISH').forEach((frame) => gateway.answer(frame, gateway.socket));
    await Promise.all(open);
    gateway.script = () => false;
    await client.publish('t', 4);
  },

  async 'a payload that is too large, counted in UTF-8, is refused before it is sent'(env) {
    const { gateway, client } = await connected(env, { maxEventBytes: 12 });
    await client.publish('t', '0123456789');
    equal((await failure(client.publish('t', '0123456789a'))).code, 'too_large');
    equal((await failure(client.publish('t', 'ΩΩΩΩΩΩ'))).code, 'too_large');
    equal(gateway.of('PUBLISH').length, 1);
  },

  async 'a publish without an answer fails with its id and ends a connection that says nothing'(env) {
    const { gateway, client } = await connected(env, { requestTimeoutMs: 60 });
    gateway.script = ({ op }) => op === 'PUBLISH';
    const error = await failure(client.publish('t', 1, { id: 'mine' }));
    equal([error.code, error.id], ['no_answer', 'mine']);
    truthy(error.message.includes('publish again with id mine'), error.message);
    await env.until('another connection', () => gateway.sockets.length === 2 && client.state === 'connected');
  },

  async 'what is in flight is sent again with its id, in order, when the connection is lost'(env) {
    const { gateway, client } = await connected(env);
    gateway.script = ({ op }) => op === 'PUBLISH';
    const answers = [1, 2, 3].map((n) => client.publish('t', n));
    await env.until('them to be sent', () => gateway.of('PUBLISH').length === 3);
    gateway.script = () => false;
    gateway.drop();
    await Promise.all(answers);
    const sent = gateway.of('PUBLISH').map(({ payload, opts }) => [payload, opts.id]);
    equal(sent.slice(3), sent.slice(0, 3));
  },

  async 'a refusal of a publish carries code, temporary and wait, and its id where the outcome is open'(env) {
    const { gateway, client } = await connected(env);
    gateway.script = (frame, socket) => {
      if (frame.op === 'PUBLISH') {
        gateway.refuse(frame, socket, frame.payload ? 'publish_failed' : 'a_later_code', { temporary: frame.payload, retry_ms: 7 });
      }
      return frame.op === 'PUBLISH';
    };
    const open = await failure(client.publish('t', true, { id: 'mine' }));
    equal([open.code, open.temporary, open.retryMs, open.id], ['publish_failed', true, 7, 'mine']);
    const sure = await failure(client.publish('t', false));
    equal([sure.code, sure.temporary, sure.id], ['a_later_code', false, undefined]);
  },

  async 'a publish in flight when the client closes carries its id'(env) {
    const { gateway, client } = await connected(env);
    gateway.script = ({ op }) => op === 'PUBLISH';
    const answer = failure(client.publish('t', 1, { id: 'mine' }));
    await env.until('it to be sent', () => gateway.of('PUBLISH').length === 1);
    gateway.drop();
    await client.close();
    equal((await answer).id, 'mine');
  },

  async 'a lease is extended when half of it is over, again and again, until the handler is done'(env) {
    const { gateway, client } = await connected(env);
    const may = deferred();
    await client.subscribe('t', 'g', () => may.promise);
    gateway.deliver(1, { ms: LEASE });
    gateway.deliver(2, { ms: LEASE });
    await env.until('extensions', () => gateway.of('MODACK').length >= 4);
    const extended = new Set(gateway.of('MODACK').map(({ id, lease }) => `${id} ${lease}`));
    equal([...extended].sort(), ['e1 L1', 'e2 L2']);
    may.resolve();
    await env.until('both acks', () => gateway.acked().length === 2);
  },

  async 'an extension that is refused loses the lease, and nothing is acked that was lost'(env) {
    const { gateway, client } = await connected(env);
    gateway.script = (frame, socket) => {
      if (frame.op === 'MODACK') {
        gateway.refuse(frame, socket, 'unknown_id');
      }
      return frame.op === 'MODACK';
    };
    let held;
    await client.subscribe('t', 'g', (event, ctx) => {
      held = ctx;
      return env.until('the loss', () => ctx.leaseLost);
    });
    gateway.deliver(1, { ms: LEASE });
    equal([await env.until('the loss', () => held?.leaseLost), await held.ack()], [true, 'stale_lease']);
    equal(gateway.of('ACK').length, 0);
  },

  async 'what expired while it waited is not started'(env) {
    const { gateway, client } = await connected(env);
    const may = deferred();
    const got = [];
    const opts = { extendUpToMs: 0 };
    await client.subscribe('t', 'g', (event) => {
      got.push(event.seq);
      return got.length === 1 ? may.promise : undefined;
    }, opts);
    gateway.deliver(1);
    gateway.deliver(2, { ms: 1 });
    gateway.deliver(3);
    const later = performance.now() + 5;
    await env.until('the lease to run out', () => performance.now() > later);
    may.resolve();
    await env.until('the rest', () => gateway.acked().length === 2);
    equal(got, [1, 3]);
  },

  async 'no more is queued than maxInFlight, whatever a gateway sends'(env) {
    const { gateway, client } = await connected(env);
    const subscription = await client.subscribe('t', 'g', () => new Promise(() => {}), { maxInFlight: 3 });
    for (let seq = 1; seq <= 10; seq++) {
      gateway.deliver(seq);
    }
    // One is with the handler.
    equal(subscription.inFlight, 4);
    truthy(env.warnings.concat(await Promise.resolve(env.warnings)).some((text) => text.includes('maxInFlight')), 'it is told');
  },

  async 'a failed ack is a typed error of the one who asked'(env) {
    const { gateway, client } = await connected(env);
    gateway.script = (frame, socket) => {
      if (frame.op === 'ACK') {
        gateway.refuse(frame, socket, 'ack_failed', { temporary: true });
      }
      return frame.op === 'ACK';
    };
    const delivered = deferred();
    await client.subscribe('t', 'g', (event, ctx) => delivered.resolve(ctx), { manualAck: true });
    gateway.deliver(1);
    equal((await failure((await delivered.promise).ack())).code, 'ack_failed');
  },

  async 'times out of range are named, and a reason is cut to a thousand characters'(env) {
    const { gateway, client } = await connected(env);
    const delivered = deferred();
    await client.subscribe('t', 'g', (event, ctx) => delivered.resolve(ctx), { manualAck: true });
    gateway.deliver(1);
    const ctx = await delivered.promise;
    truthy((await failure(() => ctx.extend(999))).message.includes('ms'), 'ms is named');
    truthy((await failure(() => ctx.nack('x', 3_600_001))).message.includes('delayMs'), 'delayMs is named');
    await ctx.nack('y'.repeat(5000), 10);
    equal(gateway.of('NACK').map(({ reason, delay_ms }) => [reason.length, delay_ms]), [[1000, 10]]);
  },

  async 'a tail whose connection went goes on behind the last event that came'(env) {
    const { gateway, client } = await connected(env);
    const got = [];
    gateway.script = (frame, socket) => {
      if (frame.op === 'SUBSCRIBE') {
        gateway.answer(frame, socket, { seq: 7 });
      }
      return frame.op === 'SUBSCRIBE';
    };
    await client.tail('t', (event) => got.push(event.seq));
    gateway.drop();
    await env.until('the second SUBSCRIBE', () => gateway.of('SUBSCRIBE').length === 2 && client.state === 'connected');
    gateway.tailed(8);
    gateway.tailed(8);
    gateway.tailed(9);
    gateway.drop();
    await env.until('the third SUBSCRIBE', () => gateway.of('SUBSCRIBE').length === 3);
    const opts = gateway.of('SUBSCRIBE').map((frame) => frame.opts);
    const asked = { mode: 'tail', batch: 100 };
    equal(opts, [asked, { ...asked, from: 'afterSeq', seq: 7 }, { ...asked, from: 'afterSeq', seq: 9 }]);
    equal(got, [8, 9]);
  },

  async 'a snapshot that was cut begins again, and behind it the tail goes on by position'(env) {
    const { gateway, client } = await connected(env);
    const got = [];
    const onSnapshot = () => got.push('begin');
    await client.tail('t', (event, ctx) => got.push([event.seq, ctx.snapshot]), { snapshot: true, batchSize: 50, onSnapshot });
    gateway.tailed(3, { snapshot: true });
    gateway.drop();
    await env.until('the second SUBSCRIBE', () => gateway.of('SUBSCRIBE').length === 2 && client.state === 'connected');
    gateway.tailed(3, { snapshot: true });
    gateway.tailed(4);
    gateway.drop();
    await env.until('the third SUBSCRIBE', () => gateway.of('SUBSCRIBE').length === 3);
    const again = { mode: 'tail', snapshot: true, batchSize: 50, batch: 100 };
    equal(gateway.of('SUBSCRIBE').map((frame) => frame.opts), [again, again, { mode: 'tail', batchSize: 50, batch: 100, from: 'afterSeq', seq: 4 }]);
    equal(got, ['begin', [3, true], 'begin', [3, true], [4, false]]);
  },

  async 'a tail that is crowded pauses the gateway until half of it is done'(env) {
    const { gateway, client } = await connected(env);
    const may = [];
    const tail = await client.tail('t', () => new Promise((resolve) => may.push(resolve)), { batchSize: 4 });
    for (let seq = 1; seq <= 5; seq++) {
      gateway.tailed(seq);
    }
    await env.until('the pause', () => gateway.of('PAUSE').length === 1);
    may.shift()();
    await env.until('the next', () => may.length === 1);
    equal([gateway.of('RESUME').length, tail.seq], [0, 1]);
    may.shift()();
    await env.until('the resume', () => gateway.of('RESUME').length === 1);
    equal(gateway.of('PAUSE').length, 1);
  },

  async 'from a gateway that sends on regardless no more is taken than may wait'(env) {
    const { gateway, client } = await connected(env);
    const got = [];
    const may = deferred();
    await client.tail('t', async (event) => {
      got.push(event.seq);
      await may.promise;
    }, { batchSize: 2 });
    const payload = 'x'.repeat(5 << 20);
    for (let seq = 1; seq <= 12; seq++) {
      gateway.tell(`{"op":"EVENT","topic":"t","event":{"id":"e${seq}","seq":${seq},"ts":1,"topic":"t","payload":"${payload}"},"ctx":{}}`);
    }
    equal(gateway.of('UNSUBSCRIBE').length, 1);
    may.resolve();
    await env.until('another SUBSCRIBE', () => gateway.of('SUBSCRIBE').length === 2);
    const { seq } = gateway.of('SUBSCRIBE')[1].opts;
    truthy(seq >= 7 && seq < 12, `${seq} is where it left`);
    equal(got.at(-1), seq);
  },

  async 'a failing handler of a tail is told and passed over'(env) {
    const { gateway, client } = await connected(env);
    const got = [];
    await client.tail('t', (event) => {
      got.push(event.seq);
      throw new Error('no');
    });
    gateway.tailed(1);
    gateway.tailed(2);
    await env.until('two failures', () => env.warnings.filter((text) => text.includes('failed at seq')).length === 2);
    equal(got, [1, 2]);
  },

  async 'failures wait longer and longer, by chance, up to the most'(env) {
    const { gateway, client } = await connected(env, { reconnectMinMs: 10, reconnectMaxMs: 40 });
    const waits = [];
    for (let i = 0; i < 12; i++) {
      const lost = performance.now();
      gateway.drop();
      const had = gateway.sockets.length;
      await env.until('another connection', () => gateway.sockets.length > had && client.state === 'connected');
      waits.push(performance.now() - lost);
    }
    truthy(new Set(waits.map(Math.round)).size > 2, `${waits} differ`);
  },

  async 'after abuse it comes back after the longest wait, and after GOAWAY when it was told'(env) {
    const states = [];
    const options = { reconnectMinMs: 1, reconnectMaxMs: 150, onState: (state, cause) => states.push([state, cause?.message]) };
    const { gateway, client } = await connected(env, options);
    for (const lose of [() => gateway.drop(4403, 'too many mistakes'), () => gateway.tell({ op: 'GOAWAY', msg: 'ending', reconnect_ms: 150 })]) {
      const had = gateway.sockets.length;
      const lost = performance.now();
      lose();
      await env.until('another connection', () => gateway.sockets.length > had && client.state === 'connected');
      truthy(performance.now() - lost >= 145, `it waited ${performance.now() - lost} ms`);
    }
    const causes = states.filter(([state]) => state === 'disconnected').map(([, cause]) => cause);
    truthy(causes[0].includes('4403') && causes[0].includes('too many mistakes') && causes[1].includes('going away'), `${causes} say why`);
  },

  async 'a refusal of a subscribe is tried again after a reconnect where that may help, else ends it'(env) {
    const { gateway, client } = await connected(env);
    const subscription = await client.subscribe('t', 'g', () => {});
    const answers = ['subscribe_failed', 'forbidden'];
    gateway.script = (frame, socket) => {
      if (frame.op !== 'SUBSCRIBE') {
        return false;
      }
      const code = answers.shift();
      gateway.refuse(frame, socket, code, { temporary: code === 'subscribe_failed', retry_ms: 20 });
      return true;
    };
    gateway.drop();
    equal((await subscription.ended).code, 'forbidden');
    equal(gateway.of('SUBSCRIBE').length, 3);
  },

  async 'a subscribe without an answer fails and is taken back'(env) {
    const { gateway, client } = await connected(env, { requestTimeoutMs: 80 });
    gateway.script = ({ op }) => op === 'SUBSCRIBE';
    equal((await failure(client.subscribe('t', 'g', () => {}))).code, 'no_answer');
    await env.until('it to be free again', () => gateway.of('UNSUBSCRIBE').length === 1 || client.state !== 'connected');
    gateway.script = () => false;
    await env.until('a connection', () => client.state === 'connected');
    await client.subscribe('t', 'g', () => {});
  },

  async 'an AUTH without an answer is tried over another connection'(env) {
    const gateway = new FakeGateway();
    let asked = 0;
    gateway.script = ({ op }) => op === 'AUTH' && asked++ === 0;
    const client = env.make('ws://fake/', { WebSocket: gateway.Socket, requestTimeoutMs: 50 });
    await client.connect();
    equal([gateway.sockets.length, gateway.of('AUTH').length], [2, 2]);
  },

  async 'a token that the gateway ends at once makes no tight loop'(env) {
    const { gateway } = await connected(env, {}, () => 'the same');
    await gateway.socket;
    gateway.script = (frame, socket) => {
      gateway.answer(frame, socket, { expires_at: Date.now() - 60_000 });
      return true;
    };
    gateway.drop();
    await env.until('the second AUTH', () => gateway.of('AUTH').length === 2);
    const later = performance.now() + 300;
    await env.until('some time', () => performance.now() > later);
    truthy(gateway.of('AUTH').length <= 3, `${gateway.of('AUTH').length} were sent`);
  },

  async 'a renewal that is refused is tried again and ends nothing'(env) {
    const gateway = new FakeGateway();
    gateway.script = (frame, socket) => {
      const count = gateway.of('AUTH').length;
      if (count === 2) {
        gateway.refuse(frame, socket, 'rate_limited', { temporary: true, retry_ms: 1100 });
      } else {
        gateway.answer(frame, socket, { expires_at: Date.now() + (count === 1 ? 1300 : 60_000) });
      }
      return true;
    };
    const client = env.make('ws://fake/', { WebSocket: gateway.Socket });
    await client.connect();
    await env.until('the third AUTH', () => gateway.of('AUTH').length === 3);
    equal([client.state, gateway.sockets.length], ['connected', 1]);
    truthy(env.warnings.some((text) => text.includes('the token was not renewed')), 'it is told');
  },

  async 'a token that comes after its connection went is not sent'(env) {
    const asked = [];
    const gateway = new FakeGateway();
    const client = env.make('ws://fake/', { WebSocket: gateway.Socket }, () => {
      const answer = deferred();
      asked.push(answer);
      return answer.promise;
    });
    const connecting = client.connect();
    await env.until('the first question', () => asked.length === 1);
    asked[0].resolve('first');
    await connecting;
    const renewal = failure(client.renewToken());
    await env.until('the second question', () => asked.length === 2);
    gateway.drop();
    await env.until('the third question', () => asked.length === 3);
    asked[1].resolve('late');
    asked[2].resolve('third');
    equal((await renewal).code, 'no_answer');
    await env.until('the connection', () => client.state === 'connected');
    equal(gateway.of('AUTH').map(({ token }) => token), ['first', 'third']);
  },

  async 'what is no frame ends the connection, what means nothing is passed over'(env) {
    const { gateway, client } = await connected(env);
    for (const odd of [
      '{"op":"LATER","x":1}', '{"op":"EVENT"}', '{"op":"EVENT","topic":"t","group":"g","event":7,"ctx":{}}',
      '{"op":"EVENTS","topic":"t","events":7}', '{"op":"EVENTS","topic":"t","events":[null,{"event":{}}]}', '{"op":"GAP"}',
      '{"op":"REVOKED","topic":"nobody"}', '{"op":"OK","corr":{}}', '{"op":"ERR"}',
    ]) {
      gateway.tell(odd);
    }
    gateway.socket.onmessage({ data: new ArrayBuffer(4) });
    equal((await client.publish('t', 1)).seq, 1);
    for (const [i, none] of ['{', '[1]', 'null', '7'].entries()) {
      gateway.tell(none);
      equal(client.state, 'disconnected');
      await env.until('another connection', () => gateway.sockets.length === i + 2 && client.state === 'connected');
    }
  },

  async 'events that come in one frame are acked in one, unanswered'(env) {
    const { gateway, client } = await connected(env);
    gateway.script = ({ op, ids }) => op === 'ACK' && ids !== undefined;
    await client.subscribe('t', 'g', async (event, ctx) => {
      if (event.seq === 3) {
        throw new Error('no');
      }
      if (event.seq === 4) {
        equal(await ctx.ack(), 'ok');
      }
    }, { batch: 50 });
    equal(gateway.of('SUBSCRIBE')[0].opts, { batch: 50, quiet: true });
    const events = [1, 2, 3, 4, 5].map((seq) => ({
      event: { id: `e${seq}`, seq, ts: 1, topic: 't', payload: seq },
      ctx: { attempt: 1, ack_deadline_ms: 30_000, lease: `L${seq}` },
    }));
    gateway.tell({ op: 'EVENTS', topic: 't', group: 'g', events });
    await env.until('the acks', () => gateway.of('ACK').length === 2);
    const [alone, together] = gateway.of('ACK');
    equal([alone.id, alone.lease, alone.confirm], ['e4', 'L4', true]);
    equal([together.ids, together.leases], [['e1', 'e2', 'e5'], ['L1', 'L2', 'L5']]);
    equal(gateway.of('NACK').map(({ id }) => id), ['e3']);
    gateway.tell({ op: 'OK', corr: together.corr, results: ['ok', 'stale_lease', 'ok'] });
    gateway.tell({ op: 'EVENTS', topic: 't', group: 'g', events: events.slice(0, 1) });
    await client.unsubscribe('t', 'g');
    equal(gateway.frames.slice(-2).map(({ op }) => op), ['ACK', 'UNSUBSCRIBE']);
  },

  async 'a flood of errors is passed over'(env) {
    const { gateway, client } = await connected(env);
    for (let i = 0; i < 10_000; i++) {
      gateway.tell('{"op":"ERR","code":"internal","msg":"again"}');
    }
    equal((await client.publish('t', 1)).seq, 1);
    equal(env.warnings.length, 10);
  },

  async 'a listener of the host that throws ends nothing'(env) {
    const { gateway, client } = await connected(env, {
      onState: () => {
        throw new Error('no');
      },
      onGap: () => {
        throw new Error('no');
      },
    });
    await client.tail('t', () => {});
    gateway.tell({ op: 'GAP', topic: 't', from: 1, to: 2 });
    gateway.tailed(3);
    equal((await client.publish('t', 1)).seq, 1);
    truthy(env.warnings.some((text) => text.includes('onState failed')) && env.warnings.some((text) => text.includes('onGap')), env.warnings.join());
  },

  async 'listeners of the host that reject, and a failing onWarning, end nothing'(env) {
    const told = [];
    const no = async (what) => {
      told.push(what);
      throw new Error('no');
    };
    const { gateway, client } = await connected(env, {
      onState: () => no('onState'), onGap: () => no('onGap'), onWarning: (message) => no(message),
    });
    await client.tail('t', () => {}, { snapshot: true, onSnapshot: () => no('onSnapshot'), onEnd: () => no('onEnd') });
    gateway.tell({ op: 'GAP', topic: 't', from: 1, to: 2 });
    await client.unsubscribe('t');
    const thrower = await connected(env, {
      onWarning: () => {
        told.push('thrown');
        throw new Error('no');
      },
    });
    thrower.gateway.tell({ op: 'ERR', code: 'internal', msg: 'x' });
    for (const what of ['onState', 'onGap', 'onSnapshot', 'onEnd', 'onState failed', 'onGap of t as a tail failed', 'onSnapshot of t as a tail failed', 'thrown']) {
      await env.until(what, () => told.includes(what));
    }
    equal([client.state, thrower.client.state], ['connected', 'connected']);
  },

  async 'a publish that was sent just before its time was over says nothing about the connection'(env) {
    const { gateway, client } = await connected(env, { requestTimeoutMs: 1000 });
    let sent = 0;
    gateway.script = (frame, socket) => {
      if (frame.op === 'PUBLISH' && sent++ === 0) {
        gateway.refuse(frame, socket, 'rate_limited', { temporary: true, retry_ms: 900 });
      }
      return frame.op === 'PUBLISH';
    };
    equal((await failure(client.publish('t', 1, { id: 'mine' }))).id, 'mine');
    equal([sent, client.state, gateway.sockets.length], [2, 'connected', 1]);
  },

  async 'a publish that was sent over a connection before and is refused now keeps its id'(env) {
    const { gateway, client } = await connected(env);
    gateway.script = ({ op }) => op === 'PUBLISH';
    const error = failure(client.publish('t', 1, { id: 'mine' }));
    await env.until('it to be sent', () => gateway.of('PUBLISH').length === 1);
    gateway.script = (frame, socket) => {
      if (frame.op === 'PUBLISH') {
        gateway.refuse(frame, socket, 'forbidden');
      }
      return frame.op === 'PUBLISH';
    };
    gateway.drop();
    equal([(await error).code, (await error).temporary, (await error).id], ['forbidden', false, 'mine']);
  },

  async 'a gap that comes with a snapshot is told and moves nothing'(env) {
    const { gateway, client } = await connected(env);
    gateway.script = (frame, socket) => {
      if (frame.op === 'SUBSCRIBE') {
        gateway.answer(frame, socket, { seq: 10 });
      }
      return frame.op === 'SUBSCRIBE';
    };
    const got = [];
    const tail = await client.tail('t', (event, ctx) => got.push([event.seq, ctx.snapshot]), {
      snapshot: true, onGap: ({ from, to }) => got.push([from, to]),
    });
    gateway.tailed(9, { snapshot: true });
    gateway.tell({ op: 'GAP', topic: 't', from: 2, to: 5 });
    gateway.tailed(10, { snapshot: true });
    gateway.tailed(10);
    equal(tail.seq, -1);
    gateway.tailed(11);
    equal([got, tail.seq], [[[9, true], [2, 5], [10, true], [11, false]], 11]);
    gateway.tell({ op: 'GAP', topic: 't', from: 2, to: 5 });
    equal(got.length, 4);
  },

  async 'a snapshot that begins again, at a gateway whose positions are lower, misses no event'(env) {
    const { gateway, client } = await connected(env);
    let ends = 100;
    gateway.script = (frame, socket) => {
      if (frame.op === 'SUBSCRIBE' && ends > 0) {
        gateway.answer(frame, socket, { seq: ends });
      }
      return frame.op === 'SUBSCRIBE';
    };
    const got = [];
    await client.tail('t', (event) => got.push(event.seq), { snapshot: true });
    // Its answer is to come behind the first event.
    ends = 0;
    gateway.drop();
    await env.until('the second SUBSCRIBE', () => gateway.of('SUBSCRIBE').length === 2 && client.state === 'connected');
    gateway.tailed(3, { snapshot: true });
    gateway.tailed(4);
    gateway.answer(gateway.of('SUBSCRIBE')[1], gateway.socket, { seq: 3 });
    gateway.tailed(5);
    equal(got, [3, 4, 5]);
  },

  async 'onSnapshot comes in its place, behind the handler that runs'(env) {
    const { gateway, client } = await connected(env);
    const got = [];
    const may = deferred();
    await client.tail('t', async (event) => {
      await may.promise;
      got.push(event.seq);
    }, { snapshot: true, onSnapshot: () => got.push('begin') });
    gateway.tailed(1, { snapshot: true });
    gateway.tailed(2, { snapshot: true });
    gateway.drop();
    await env.until('the second SUBSCRIBE', () => gateway.of('SUBSCRIBE').length === 2 && client.state === 'connected');
    gateway.tailed(3, { snapshot: true });
    may.resolve();
    await env.until('the state', () => got.includes(3));
    equal(got, ['begin', 1, 'begin', 3]);
  },

  async 'acks of handlers that returned go out before a gateway that is going away'(env) {
    const { gateway, client } = await connected(env);
    await client.subscribe('t', 'g', () => {});
    gateway.deliver(1);
    gateway.tell({ op: 'GOAWAY', msg: 'ending', reconnect_ms: 1 });
    equal(gateway.acked(), ['e1']);
  },

  async 'an extension by the handler is not cut by those that come by themselves'(env) {
    const { gateway, client } = await connected(env);
    const may = deferred();
    let left;
    await client.subscribe('t', 'g', async (event, ctx) => {
      equal(await ctx.extend(LEASE), 'ok');
      left = () => ctx.ackDeadlineMs;
      await may.promise;
    });
    const began = performance.now();
    gateway.deliver(1, { ms: 400 });
    await env.until('more than half of the extension', () => performance.now() > began + LEASE / 2 + 200);
    equal(gateway.of('MODACK').map(({ extend_ms }) => extend_ms), [LEASE]);
    truthy(left() > 0, `${left()} are left`);
    may.resolve();
  },

  async 'in numbers beyond 2^53 JSON.parse rounds'(env) {
    const { gateway, client } = await connected(env);
    const got = deferred();
    await client.tail('t', (event) => got.resolve(event.payload));
    gateway.tell('{"op":"EVENT","topic":"t","event":{"id":"a","seq":1,"ts":1,"topic":"t","payload":9007199254740993},"ctx":{}}');
    equal(await got.promise, 9007199254740992);
  },
};
