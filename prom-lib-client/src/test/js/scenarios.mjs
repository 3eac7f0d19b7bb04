import { deferred, equal, failure, truthy } from './run.mjs';

const EVERYTHING = { from: 'earliest' };
const floor = (world, topic, group) => world.call('group', { topic, group }).then((view) => view.floor);
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** The client against the real gateway. */
export const scenarios = {
  async 'ten messages are handled and acked and none comes again'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    const handled = [];
    await client.subscribe('numbers', 'g', (event) => handled.push(event.payload));
    for (const i of range(1, 10)) {
      equal((await client.publish('numbers', i)).seq, i);
    }
    await env.until('the floor', async () => (await floor(world, 'numbers', 'g')) === 10);
    await client.close();
    const again = [];
    const second = await env.connect(world);
    await second.subscribe('numbers', 'g', (event) => again.push(event.payload));
    await second.publish('numbers', 11);
    await env.until('the floor', async () => (await floor(world, 'numbers', 'g')) === 11);
    equal(handled, range(1, 10));
    equal(again, [11]);
  },

  async 'a publish tells its id and position, and a duplicate'(env) {
    const client = await env.connect(await env.world());
    equal(await client.publish('numbers', 1, { id: 'one' }), { id: 'one', seq: 1, duplicate: false });
    equal(await client.publish('numbers', 2, { id: 'one' }), { id: 'one', seq: 1, duplicate: true });
    const made = await client.publish('numbers', 3);
    truthy(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(made.id), `${made.id} is a UUID of version 7`);
  },

  async 'every option of a publish arrives'(env) {
    const client = await env.connect(await env.world());
    const got = deferred();
    await client.tail('numbers', got.resolve);
    const opts = { id: 'i', key: 'k', headers: { h: 'v' }, tags: ['t'], caused_by: ['c'], sid: 's', ts: 77 };
    await client.publish('numbers', { n: 1.5 }, opts);
    equal(await got.promise, { ...opts, seq: 1, topic: 'numbers', payload: { n: 1.5 } });
  },

  async 'null with a key is a tombstone'(env) {
    const client = await env.connect(await env.world());
    await client.publish('state', 1, { key: 'gone' });
    await client.publish('state', 2, { key: 'stays' });
    await client.publish('state', null, { key: 'gone' });
    const keys = new Map();
    await client.tail('state', (event, ctx) => keys.set(event.key, ctx.snapshot), { snapshot: true });
    await client.publish('state', 3, { key: 'later' });
    await env.until('both', () => keys.size === 2);
    // The later one may have come in time for the snapshot.
    equal([keys.get('stays'), keys.has('later')], [true, true]);
  },

  async 'an event whose handler throws comes again as its second attempt'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    const attempts = [];
    await client.subscribe('numbers', 'g', (event, ctx) => {
      attempts.push(ctx.attempt);
      if (ctx.attempt === 1) {
        throw new Error('once');
      }
    });
    await client.publish('numbers', 1);
    await env.until('the floor', async () => (await floor(world, 'numbers', 'g')) === 1);
    equal(attempts, [1, 2]);
    truthy(env.warnings.some((text) => text.includes('numbers g failed')), 'the failure is told');
  },

  async 'a handler that is async acks when its promise resolves and nacks when it rejects'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    const may = deferred();
    const attempts = [];
    await client.subscribe('numbers', 'g', async (event, ctx) => {
      attempts.push(ctx.attempt);
      if (ctx.attempt === 1) {
        await may.promise;
        throw new Error('late');
      }
    });
    await client.publish('numbers', 1);
    await env.until('the first attempt', () => attempts.length === 1);
    equal(await floor(world, 'numbers', 'g'), 0);
    may.resolve();
    await env.until('the floor', async () => (await floor(world, 'numbers', 'g')) === 1);
    equal(attempts, [1, 2]);
  },

  async 'with manual ack extending, acking and acking again have their results'(env) {
    const client = await env.connect(await env.world());
    const delivered = deferred();
    await client.subscribe('numbers', 'g', (event, ctx) => delivered.resolve(ctx), { manualAck: true });
    await client.publish('numbers', 1);
    const ctx = await delivered.promise;
    truthy(ctx.ackDeadlineMs > 20_000 && ctx.ackDeadlineMs <= 30_000, `${ctx.ackDeadlineMs} is the gateway's ack timeout`);
    equal(await ctx.extend(120_000), 'ok');
    truthy(ctx.ackDeadlineMs > 100_000, 'the deadline moved');
    equal([await ctx.ack(), await ctx.ack()], ['ok', 'already_acked']);
    equal(await ctx.extend(1000), 'unknown');
    truthy(ctx.leaseLost, 'the lease is lost');
  },

  async 'a nack with a delay makes the event wait'(env) {
    const client = await env.connect(await env.world());
    const times = [];
    await client.subscribe('numbers', 'g', (event, ctx) => {
      times.push(performance.now());
      return ctx.attempt === 1 ? ctx.nack('not now', 300) : ctx.ack();
    }, { manualAck: true });
    await client.publish('numbers', 1);
    await env.until('the second attempt', () => times.length === 2);
    truthy(times[1] - times[0] >= 290, `it waited ${times[1] - times[0]} ms`);
  },

  async 'a terminated event is a dead letter with its reason'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    await client.subscribe('numbers', 'g', (event, ctx) => ctx.term('poison'));
    await client.publish('numbers', 1);
    const letters = await env.until('the dead letter', async () => {
      const found = await world.call('deadLetters', { topic: 'numbers' });
      return found.length > 0 && found;
    });
    truthy(letters[0].includes('poison'), `${letters[0]} has the reason`);
  },

  async 'what a closed client held goes to another uncounted'(env) {
    const world = await env.world();
    const first = await env.connect(world);
    const held = deferred();
    await first.subscribe('numbers', 'g', held.resolve, { manualAck: true });
    await first.publish('numbers', 1);
    await held.promise;
    await first.close();
    const attempt = deferred();
    const second = await env.connect(world);
    await second.subscribe('numbers', 'g', (event, ctx) => attempt.resolve(ctx.attempt));
    equal(await attempt.promise, 1);
  },

  async 'a burst comes in few frames and is acked in few, or each by itself where that is asked for'(env) {
    const world = await env.world();
    await world.call('publish', { topic: 'numbers', count: 300 });
    const acks = [];
    // Hears what is sent; all else is the runtime's.
    const Listening = function listening(url) {
      const socket = new WebSocket(url);
      const send = socket.send.bind(socket);
      socket.send = (text) => {
        const frame = JSON.parse(text);
        if (frame.op === 'ACK') {
          acks.push(frame);
        }
        send(text);
      };
      return socket;
    };
    const client = await env.connect(world, { WebSocket: Listening });
    for (const [group, batch] of [['many', undefined], ['one', 0]]) {
      const got = [];
      await client.subscribe('numbers', group, async (event) => got.push(event.seq), { ...EVERYTHING, batch });
      await env.until('the floor', async () => (await floor(world, 'numbers', group)) === 300);
      equal(got, range(1, 300));
    }
    const many = acks.filter((frame) => frame.group === 'many');
    truthy(many.length <= 60 && many.some((frame) => frame.ids && frame.ids.length === frame.leases.length), `${many.length} frames acked 300`);
    equal(many.flatMap((frame) => frame.ids).length, 300);
    equal(acks.filter((frame) => frame.group === 'one' && frame.id).length, 300);
  },

  async 'a tail in batches and a tail without give the same'(env) {
    const world = await env.world();
    const seqs = { batches: [], single: [] };
    for (const [name, batch] of [['batches', 50], ['single', 0]]) {
      const client = await env.connect(world);
      await client.tail('numbers', (event) => seqs[name].push(event.seq), { batch });
    }
    await world.call('publish', { topic: 'numbers', count: 500 });
    await env.until('both', () => seqs.batches.length >= 500 && seqs.single.length >= 500);
    equal(seqs, { batches: range(1, 500), single: range(1, 500) });
  },

  async 'handlers run one at a time by default, and as many as the concurrency allows'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    for (const [group, concurrency] of [['one', undefined], ['three', 3]]) {
      let running = 0;
      let most = 0;
      const may = deferred();
      await client.subscribe('numbers', group, async () => {
        most = Math.max(most, ++running);
        await may.promise;
        running--;
      }, { ...EVERYTHING, concurrency });
      if (group === 'one') {
        await world.call('publish', { topic: 'numbers', count: 9 });
      }
      await env.until('handlers', () => running === (concurrency ?? 1));
      may.resolve();
      await env.until('the floor', async () => (await floor(world, 'numbers', group)) === 9);
      equal(most, concurrency ?? 1);
    }
  },

  async 'a long handler keeps its lease by extension'(env) {
    const world = await env.world({ clock: 'manual' });
    const client = await env.connect(world);
    const attempts = [];
    await client.subscribe('numbers', 'g', async (event, ctx) => {
      attempts.push(ctx.attempt);
      // The gateway's clock goes to just before the end of the lease, and as far again when the lease was extended.
      await world.call('turn', { ms: 10_000 });
      let left = ctx.ackDeadlineMs;
      await env.until('the extension', () => left < (left = ctx.ackDeadlineMs));
      await world.call('turn', { ms: 10_000 });
    }, { ackTimeoutMs: 11_000 });
    await client.publish('numbers', 1);
    await env.until('the floor', async () => (await floor(world, 'numbers', 'g')) === 1);
    equal(attempts, [1]);
  },

  async 'without extension the lease runs out and the event comes again'(env) {
    const client = await env.connect(await env.world());
    const seen = [];
    await client.subscribe('numbers', 'g', async (event, ctx) => {
      seen.push(ctx);
      if (seen.length === 1) {
        await env.until('the second attempt', () => seen.length >= 2);
      }
    }, { ackTimeoutMs: 1000, extendUpToMs: 0, concurrency: 2 });
    await client.publish('numbers', 1);
    await env.until('the second attempt', () => seen.length >= 2);
    equal(seen.slice(0, 2).map((ctx) => ctx.attempt), [1, 2]);
    truthy(seen[0].leaseLost, 'the first lease is lost');
  },

  async 'a paused subscription gets nothing until it is resumed'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    const handled = [];
    const subscription = await client.subscribe('numbers', 'g', (event) => handled.push(event.payload));
    subscription.pause();
    await client.publish('numbers', 1);
    equal(handled, []);
    subscription.resume();
    await env.until('the event', () => handled.length === 1);
  },

  async 'unsubscribing tells whether there was one, and it can be subscribed again'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    const ends = [];
    const first = await client.subscribe('numbers', 'g', () => {}, { onEnd: (cause) => ends.push(cause ?? 'closed') });
    equal((await failure(client.subscribe('numbers', 'g', () => {}))).code, 'already_subscribed');
    equal([await client.unsubscribe('numbers', 'g'), await client.unsubscribe('numbers', 'g')], [true, false]);
    equal(await first.ended, undefined);
    equal(ends, ['closed']);
    const got = deferred();
    await client.subscribe('numbers', 'g', got.resolve);
    await client.publish('numbers', 1);
    await got.promise;
  },

  async 'a tail gets everything in order, through restarts and cut connections'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    const seqs = [];
    const tail = await client.tail('numbers', (event) => seqs.push(event.seq));
    for (const i of range(1, 6)) {
      await world.call('publish', { topic: 'numbers', count: 50 });
      await world.call(i % 2 ? 'cut' : 'stop');
      await world.call('publish', { topic: 'numbers', count: 50 });
      if (i % 2 === 0) {
        await world.call('start');
      }
    }
    await env.until('600 events', () => seqs.length >= 600);
    equal(seqs, range(1, 600));
    equal(tail.seq, 600);
  },

  async 'a tail begins behind a position, and a group at the oldest'(env) {
    const world = await env.world();
    await world.call('publish', { topic: 'numbers', count: 5 });
    const client = await env.connect(world);
    const tailed = [];
    const grouped = [];
    await client.tail('numbers', (event) => tailed.push(event.seq), { from: 'afterSeq', seq: 3 });
    await client.subscribe('numbers', 'g', (event) => grouped.push(event.seq), EVERYTHING);
    await env.until('both', () => tailed.length === 2 && grouped.length === 5);
    equal([tailed, grouped], [[4, 5], range(1, 5)]);
  },

  async 'a snapshot and what follows is the state while others publish'(env) {
    const world = await env.world();
    for (const i of range(0, 99)) {
      await world.call('publish', { topic: 'state', key: `k${i % 20}`, payload: i });
    }
    const client = await env.connect(world);
    const state = new Map();
    await client.tail('state', (event) => state.set(event.key, event.payload), { snapshot: true });
    for (const i of range(100, 139)) {
      await world.call('publish', { topic: 'state', key: `k${i % 20}`, payload: i });
    }
    await world.call('cut');
    await world.call('publish', { topic: 'state', key: 'k0', payload: 'last' });
    await env.until('the last', () => state.get('k0') === 'last');
    equal([...state.values()].slice().sort(), ['last', ...range(121, 139)].sort());
  },

  async 'a slow handler keeps the rest in the topic and misses nothing'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    const may = deferred();
    const seqs = [];
    await client.tail('numbers', async (event) => {
      await may.promise;
      seqs.push(event.seq);
    }, { batchSize: 20 });
    await world.call('publish', { topic: 'numbers', count: 2000 });
    may.resolve();
    await env.until('2000 events', () => seqs.length >= 2000);
    equal(seqs, range(1, 2000));
  },

  async 'what retention took is a gap, in its place'(env) {
    const world = await env.world();
    await world.call('keep', { topic: 'numbers', events: 10 });
    await world.call('publish', { topic: 'numbers', count: 100 });
    const client = await env.connect(world);
    const told = [];
    await client.tail('numbers', (event) => told.push(event.seq), {
      from: 'afterSeq', seq: 5,
      onGap: (gap) => told.push(`${gap.topic} ${gap.from}-${gap.to}`),
    });
    await env.until('the last', () => told.includes(100));
    const first = told[1];
    equal(told.slice(0, 1), [`numbers 6-${first - 1}`]);
    equal(told.slice(1), range(first, 100));
  },

  async 'a group that was behind is told its gap'(env) {
    const world = await env.world();
    const gaps = [];
    const client = await env.connect(world, { onGap: (gap) => gaps.push(gap) });
    const subscription = await client.subscribe('numbers', 'g', () => {}, EVERYTHING);
    await subscription.close();
    await world.call('keep', { topic: 'numbers', events: 10 });
    await world.call('publish', { topic: 'numbers', count: 100 });
    await client.subscribe('numbers', 'g', () => {}, EVERYTHING);
    const gap = await env.until('the gap', () => gaps[0]);
    equal([gap.topic, gap.group, gap.from], ['numbers', 'g', 1]);
  },

  async 'a restart of the gateway loses and repeats no publish'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    const handled = new Set();
    await client.subscribe('numbers', 'g', (event) => handled.add(event.payload), EVERYTHING);
    const answers = [];
    for (const i of range(0, 1999)) {
      answers.push(client.publish('numbers', i));
      if (i % 250 === 0) {
        await answers[i];
      }
      if (i === 900) {
        await world.call('stop');
        await world.call('start');
      }
    }
    await Promise.all(answers);
    equal((await world.call('events', { topic: 'numbers' })).map((event) => event.payload), range(0, 1999));
    await env.until('the floor', async () => (await floor(world, 'numbers', 'g')) === 2000);
    equal(handled.size, 2000);
  },

  async 'a publish whose answer was lost is not appended twice'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    await client.publish('numbers', 0);
    await world.call('mute');
    const answer = client.publish('numbers', 1, { id: 'lost' });
    await env.until('the append', async () => (await world.call('events', { topic: 'numbers' })).length === 2);
    await world.call('cut');
    equal(await answer, { id: 'lost', seq: 2, duplicate: true });
    equal((await world.call('events', { topic: 'numbers' })).length, 2);
  },

  async 'what is published while disconnected goes out afterwards, in its order'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    await world.call('stop');
    await env.until('the loss', () => client.state !== 'connected');
    const answers = range(1, 20).map((i) => client.publish('numbers', i));
    await world.call('start');
    equal((await Promise.all(answers)).map((answer) => answer.seq), range(1, 20));
  },

  async 'a publish that finds no connection in time fails with its id'(env) {
    const world = await env.world();
    const client = await env.connect(world, { requestTimeoutMs: 1000 });
    await world.call('stop');
    const error = await failure(client.publish('numbers', 1, { id: 'mine' }));
    equal([error.code, error.temporary, error.id], ['no_answer', true, 'mine']);
  },

  async 'a restart burns no attempts and marks what was held as lost'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    const seen = [];
    await client.subscribe('numbers', 'g', (event, ctx) => seen.push(ctx), { manualAck: true });
    await client.publish('numbers', 1);
    await env.until('the delivery', () => seen.length === 1);
    await world.call('stop');
    await env.until('the loss', () => seen[0].leaseLost);
    equal([await seen[0].ack(), await seen[0].extend(1000)], ['stale_lease', 'stale_lease']);
    await world.call('start');
    await env.until('the second delivery', () => seen.length === 2);
    equal([seen[1].attempt, await seen[1].ack()], [1, 'ok']);
  },

  async 'GOAWAY is told, and the client comes back when it was told to'(env) {
    const world = await env.world();
    const states = [];
    const client = await env.connect(world, {
      onState: (state, cause) => states.push([state, cause?.message ?? '', performance.now()]),
    });
    await world.call('stop');
    await world.call('start');
    await env.until('the return', () => states.filter(([state]) => state === 'connected').length === 2);
    const [, why, lost] = states.find(([state]) => state === 'disconnected');
    truthy(why.includes('going away'), `${why} says why`);
    truthy(states.at(-1)[2] - lost >= 95, 'it waited as told');
    equal(client.state, 'connected');
  },

  async 'subscriptions are asked for again, a paused one stays paused'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    const got = [];
    await client.subscribe('numbers', 'live', (event) => got.push(`live ${event.payload}`));
    const paused = await client.subscribe('numbers', 'paused', (event) => got.push(`paused ${event.payload}`));
    paused.pause();
    await world.call('cut');
    await client.publish('numbers', 1);
    await env.until('the live one', () => got.length > 0);
    equal(got, ['live 1']);
    paused.resume();
    await env.until('the other', () => got.length === 2);
  },

  async 'a wrong token ends connect with its code and without the token'(env) {
    const world = await env.world();
    const error = await failure(env.connect(world, {}, 'a-guess-of-mine'));
    equal([error.code, error.temporary, error instanceof env.PromError], ['bad_token', false, true]);
    truthy(!`${error.stack} ${env.warnings.join()}`.includes('a-guess'), 'no token is told');
  },

  async 'a supplier is asked once more when its token is refused, and no third time'(env) {
    const world = await env.world();
    const tokens = ['wrong', 'me||*:**'];
    const client = await env.connect(world, {}, () => tokens.shift());
    equal(client.state, 'connected');
    let asked = 0;
    const error = await failure(env.connect(world, {}, async () => `wrong-${++asked}`));
    equal([error.code, asked], ['bad_token', 2]);
  },

  async 'a supplier that fails is asked again, and named when there is no time left'(env) {
    const world = await env.world();
    let asked = 0;
    await env.connect(world, {}, () => {
      if (++asked === 1) {
        throw new Error('the-login-server-is-away');
      }
      return 'me||*:**';
    });
    equal(asked, 2);
    const error = await failure(env.connect(world, { connectTimeoutMs: 300 }, () => null));
    equal(error.code, 'no_answer');
    truthy(error.message.includes('token supplier gave no text'), `${error.message} names it`);
  },

  async 'what the policy forbids is a typed error'(env) {
    const world = await env.world();
    const client = await env.connect(world, {}, 'me||publish:other');
    equal((await failure(client.publish('numbers', 1))).code, 'forbidden');
    equal((await failure(client.subscribe('numbers', 'g', () => {}))).code, 'forbidden');
    equal((await failure(client.tail('numbers', () => {}))).code, 'forbidden');
    equal((await client.publish('other', 1)).seq, 1);
  },

  async 'a group that was made otherwise is named, as is a start that is unknown'(env) {
    const client = await env.connect(await env.world());
    await (await client.subscribe('numbers', 'g', () => {}, { maxAttempts: 3 })).close();
    const otherwise = await failure(client.subscribe('numbers', 'g', () => {}, { maxAttempts: 4 }));
    equal(otherwise.code, 'bad_request');
    truthy(otherwise.message.includes('maxAttempts'), `${otherwise.message} names it`);
    const unknown = await failure(client.subscribe('numbers', 'h', () => {}, { from: 'afterId', afterId: 'nobody' }));
    equal(unknown.code, 'bad_request');
  },

  async 'an event larger than the gateway takes is a typed error'(env) {
    const client = await env.connect(await env.world({ maxEventBytes: 2000 }));
    equal((await failure(client.publish('words', 'x'.repeat(3000)))).code, 'too_large');
    equal((await client.publish('words', 'short')).seq, 1);
  },

  async 'a frame larger than the gateway takes fails its publish and no other'(env) {
    const client = await env.connect(await env.world(), { maxEventBytes: 8 << 20 });
    const large = failure(client.publish('words', 'x'.repeat(2 << 20)));
    equal((await client.publish('words', 'short')).seq, 1);
    equal((await large).code, 'too_large');
  },

  async 'publishes beyond the rate are all appended in the end'(env) {
    const world = await env.world({ publishRate: 100 });
    const client = await env.connect(world);
    await Promise.all(range(0, 199).map((i) => client.publish('numbers', i)));
    const payloads = (await world.call('events', { topic: 'numbers' })).map((event) => event.payload);
    equal(payloads.sort((one, other) => one - other), range(0, 199));
  },

  async 'a token is replaced over the open connection before it ends, without redelivery'(env) {
    // The gateway's clock stands still, so that the token lives however late the client is.
    const world = await env.world({ clock: 'manual' });
    let lives = 0;
    const client = await env.connect(world, {}, () => `me|${++lives === 1 ? 2000 : 60_000}|*:**`);
    const states = [];
    const attempts = [];
    await client.subscribe('numbers', 'g', async (event, ctx) => {
      attempts.push(ctx.attempt);
      await env.until('the second token', async () => (await world.call('logins')).length === 2);
      states.push(client.state);
    });
    await client.publish('numbers', 1);
    await env.until('the floor', async () => (await floor(world, 'numbers', 'g')) === 1);
    equal([attempts, states], [[1], ['connected']]);
  },

  async 'a session that expires is followed by one with a fresh token'(env) {
    const world = await env.world({ clock: 'manual' });
    let lives = 0;
    const client = await env.connect(world, {}, () => {
      lives++;
      return 'me|60000|*:**';
    });
    await world.call('turn', { ms: 70_000 });
    await env.until('the second token', () => lives === 2 && client.state === 'connected');
    equal((await client.publish('numbers', 1)).seq, 1);
  },

  async 'a narrower token ends one subscription and the other goes on'(env) {
    const world = await env.world();
    let scopes = '*:**';
    const client = await env.connect(world, {}, () => `me||${scopes}`);
    const got = [];
    const ends = [];
    const secret = await client.subscribe('secret', 'g', () => {}, { onEnd: (cause) => ends.push(cause.code) });
    const tail = await client.tail('secret', () => {});
    await client.subscribe('open', 'g', (event) => got.push(event.payload));
    scopes = 'publish:** subscribe:open';
    await client.renewToken();
    const [cause] = await Promise.all([secret.ended, tail.ended]);
    equal([cause.code, ends], ['forbidden', ['forbidden']]);
    truthy(cause.message.startsWith('revoked: '), `${cause.message} says what happened`);
    await client.publish('open', 1);
    await env.until('the other', () => got.length === 1);
  },

  async 'a renewal that is refused is typed and leaves the session'(env) {
    const world = await env.world();
    let token = 'me||*:**';
    const client = await env.connect(world, {}, () => token);
    token = 'wrong';
    equal((await failure(client.renewToken())).code, 'bad_token');
    token = 'another||*:**';
    equal((await failure(client.renewToken())).code, 'forbidden');
    equal((await client.publish('numbers', 1)).seq, 1);
  },

  async 'a deleted group ends its subscription'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    const subscription = await client.subscribe('numbers', 'g', () => {});
    await world.call('deleteGroup', { topic: 'numbers', group: 'g' });
    truthy((await subscription.ended).message.startsWith('revoked: '), 'it says so');
  },

  async 'a gateway that falls silent is found and left'(env) {
    const world = await env.world();
    const client = await env.connect(world, { keepAliveMs: 100, requestTimeoutMs: 8000 });
    const got = [];
    await client.tail('numbers', (event) => got.push(event.payload));
    const causes = [];
    await env.until('some probes of a quiet connection', async () => {
      causes.push(client.state);
      return causes.length > 60;
    });
    equal(new Set(causes).size, 1);
    await world.call('mute');
    await env.until('the loss', () => client.state !== 'connected');
    await world.call('cut');
    await world.call('publish', { topic: 'numbers', payload: 'back' });
    await env.until('the event', () => got[0] === 'back');
  },

  async 'close lets handlers and publishes end, and acks before it leaves'(env) {
    const world = await env.world();
    const client = await env.connect(world, { gracePeriodMs: 60_000 });
    const may = deferred();
    const began = deferred();
    let confirmed;
    await client.subscribe('numbers', 'g', async () => {
      began.resolve();
      await may.promise;
      confirmed = await client.publish('others', 1);
    });
    await client.publish('numbers', 1);
    await began.promise;
    const closing = client.close();
    may.resolve();
    await closing;
    equal([confirmed.seq, client.state, await floor(world, 'numbers', 'g')], [1, 'closed', 1]);
  },

  async 'a handler that overruns the grace period is handed back'(env) {
    const world = await env.world();
    const client = await env.connect(world, { gracePeriodMs: 100 });
    const began = deferred();
    await client.subscribe('numbers', 'g', () => {
      began.resolve();
      return new Promise(() => {});
    });
    await client.publish('numbers', 1);
    await began.promise;
    await client.close();
    const attempt = deferred();
    const second = await env.connect(world);
    await second.subscribe('numbers', 'g', (event, ctx) => attempt.resolve(ctx.attempt));
    equal(await attempt.promise, 1);
  },

  async 'after the close every call says so'(env) {
    const world = await env.world();
    const client = await env.connect(world);
    const { ended } = await client.subscribe('numbers', 'g', () => {});
    await client.close();
    await client.close();
    equal(await ended, undefined);
    for (const call of [
      () => client.connect(), () => client.publish('a', 1), () => client.subscribe('a', 'g', () => {}),
      () => client.tail('a', () => {}), () => client.unsubscribe('a'), () => client.renewToken(),
    ]) {
      equal((await failure(call)).code, 'closed');
    }
  },

  async 'connecting to nobody ends after its time, and says why'(env) {
    const client = env.make('ws://127.0.0.1:1/', { connectTimeoutMs: 200 });
    const error = await failure(client.connect());
    equal([error.code, client.state], ['no_answer', 'closed']);
    truthy(error.message.includes('no connection to ws://127.0.0.1:1/'), error.message);
  },

  async 'a page may wait for a gateway that is not there yet'(env) {
    const world = await env.world();
    await world.call('stop');
    const connecting = env.connect(world, { connectTimeoutMs: Infinity });
    await world.call('start');
    equal((await connecting).state, 'connected');
  },
};
