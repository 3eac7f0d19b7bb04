import { FakeGateway } from './fake.mjs';
import { equal, truthy } from './run.mjs';

const NOT_MADE = {
  'client/modack.many.json': 'leases are extended one by one',
  'client/nack.many.json': 'what fails fails one by one',
  'client/ack.tail.json': 'nothing of a tail is acked',
  'client/publish.exact.json': 'JSON.stringify makes no such numbers',
};
const nothing = () => {};
// Half of it is a pause that a busy machine may make.
const LEASE = 11_000;

/** How the client is brought to send each kind of frame. */
const MAKERS = {
  AUTH: nothing,
  PUBLISH: ({ client, golden }) => client.publish(golden.topic, golden.payload, golden.opts),
  SUBSCRIBE: ({ client, golden }) => {
    const { mode, quiet, ...given } = golden.opts ?? {};
    const opts = { batch: 0, ...given };
    return mode === 'tail'
      ? client.tail(golden.topic, nothing, opts)
      : client.subscribe(golden.topic, golden.group, nothing, opts);
  },
  UNSUBSCRIBE: async (given) => {
    await stand(given);
    await given.client.unsubscribe(given.golden.topic, given.golden.group);
  },
  PAUSE: async (given) => (await stand(given)).pause(),
  RESUME: async (given) => {
    const subscription = await stand(given);
    subscription.pause();
    subscription.resume();
    await given.env.until('the frame', () => given.gateway.of('RESUME')[0]);
  },
  ACK: async (given) => {
    if (given.golden.ids) {
      await handledTogether(given);
    } else {
      await (await delivered(given)).ack();
    }
  },
  NACK: async (given) => (await delivered(given)).nack(given.golden.reason, given.golden.delay_ms),
  TERM: async (given) => (await delivered(given)).term(given.golden.reason),
  MODACK: async (given) => {
    if (given.golden.extend_ms !== undefined) {
      await (await delivered(given)).extend(given.golden.extend_ms);
    } else {
      // By itself the client extends as long as the subscription's own lease.
      await delivered(given, LEASE);
      await given.env.until('the extension', () => given.gateway.of('MODACK')[0]);
    }
  },
};

const stand = ({ client, golden }) =>
  golden.group ? client.subscribe(golden.topic, golden.group, nothing) : client.tail(golden.topic, nothing);

async function delivered({ client, golden, gateway }, ms) {
  let ctx;
  // It never ends, so that nothing is settled but by the test.
  const handler = (event, given) => {
    ctx = given;
    return ms ? new Promise(nothing) : undefined;
  };
  await client.subscribe(golden.topic, golden.group, handler, { manualAck: true, batch: 0 });
  const event = { id: golden.id ?? golden.ids[0], seq: 1, ts: 1, topic: golden.topic, payload: 1 };
  gateway.tell({
    op: 'EVENT', topic: golden.topic, group: golden.group, event,
    ctx: { attempt: 1, ack_deadline_ms: ms ?? 30_000, lease: golden.lease },
  });
  return ctx;
}

/** Many are acked in one frame when their handlers have returned. */
async function handledTogether({ client, golden, gateway, env }) {
  await client.subscribe(golden.topic, golden.group, nothing);
  const events = golden.ids.map((id, i) => ({
    event: { id, seq: i + 1, ts: 1, topic: golden.topic, payload: 1 },
    ctx: { attempt: 1, ack_deadline_ms: 30_000, lease: golden.leases?.[i] },
  }));
  gateway.tell({ op: 'EVENTS', topic: golden.topic, group: golden.group, events });
  await env.until('the ack', () => gateway.of('ACK')[0]);
}

async function connected(env, token) {
  const gateway = new FakeGateway();
  const client = await env.make('ws://fake/', { WebSocket: gateway.Socket, gracePeriodMs: 0 }, token).connect();
  return { env, gateway, client };
}

async function checkClientFrame(env, file, golden) {
  const given = { golden, ...(await connected(env, golden.op === 'AUTH' ? golden.token : 't')) };
  await MAKERS[golden.op](given);
  const [sent] = given.gateway.of(golden.op);
  truthy(/^([rp]\d+|quiet)$/.test(sent.corr), `${sent.corr} is a corr`);
  const { corr, ...made } = sent;
  // Whether an answer is wanted in any case is the client's to say.
  const { corr: its, confirm, ...expected } = golden;
  if (golden.op === 'PUBLISH') {
    // Every publish has an id, so that it can be sent again.
    expected.opts = { id: made.opts.id, ...golden.opts };
  }
  if (golden.op === 'TERM' && golden.ids) {
    expected.id = golden.ids[0];
    delete expected.ids;
  }
  equal(made, expected, file);
}

/** What the client does with each kind of frame of the gateway. */
async function checkServerFrame(env, file, text) {
  const golden = JSON.parse(text);
  const { gateway, client } = await connected(env);
  const events = [];
  const gaps = [];
  const opts = { onGap: (gap) => gaps.push(gap), manualAck: true };
  const group = await client.subscribe('orders.placed', 'billing', (event, ctx) => events.push([event, ctx]), opts);
  const tail = await client.tail('orders.placed', (event, ctx) => events.push([event, ctx]), { snapshot: true, onGap: opts.onGap });
  if (golden.op === 'OK' || golden.op === 'ERR') {
    golden.corr = 'nobody asked';
  }
  gateway.tell(golden.op === 'OK' || golden.op === 'ERR' ? golden : text);
  if (golden.op === 'EVENT' || golden.op === 'EVENTS') {
    const expected = golden.events ?? [golden];
    equal(events.map(([event]) => event), expected.map((one) => one.event), file);
    for (const [i, { ctx }] of expected.entries()) {
      const got = events[i][1];
      equal([got.snapshot, got.attempt, got.lease], [ctx.snapshot ?? false, ctx.attempt, ctx.lease], file);
      truthy(ctx.ack_deadline_ms === undefined || Math.abs(got.ackDeadlineMs - ctx.ack_deadline_ms) < 20_000, `${got.ackDeadlineMs} is the deadline`);
    }
  } else if (golden.op === 'GAP') {
    equal(gaps, [{ topic: golden.topic, group: golden.group, from: golden.from, to: golden.to }]);
  } else if (golden.op === 'REVOKED') {
    const cause = await (golden.group ? group : tail).ended;
    equal([cause.code, cause.message], ['forbidden', `revoked: ${golden.msg}`]);
  } else if (golden.op === 'GOAWAY') {
    equal(client.state, 'disconnected');
  } else {
    equal((await client.publish('t', 1)).seq, 1);
  }
  truthy(!env.warnings.some((warning) => warning.includes('passing over')), env.warnings.join());
}

/** The golden frames that all clients and the gateway share. */
export const golden = {
  async 'every golden frame of a client is what this one sends'(env) {
    const index = await (await fetch(`${env.control}frames/index.json`)).json();
    let checked = 0;
    for (const file of index.filter((name) => name.startsWith('client/') && !(name in NOT_MADE))) {
      await checkClientFrame(env, file, await (await fetch(`${env.control}frames/${file}`)).json());
      checked++;
    }
    truthy(checked > 28, `${checked} were checked`);
  },

  async 'every golden frame of a gateway is taken'(env) {
    const index = await (await fetch(`${env.control}frames/index.json`)).json();
    let checked = 0;
    for (const file of index.filter((name) => name.startsWith('server/'))) {
      await checkServerFrame(env, file, await (await fetch(`${env.control}frames/${file}`)).text());
      checked++;
    }
    truthy(checked > 18, `${checked} were checked`);
  },
};
