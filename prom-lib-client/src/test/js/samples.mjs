/** The samples of docs/javascript.md, word for word between the marks, as functions that sample-runs.mjs runs. */

export async function connecting(PromClient, url, fetchToken) {
  // sample: connecting
  const client = new PromClient(url, () => fetchToken(), {
    onState: (state, cause) => console.info(state, cause?.message ?? ''),
  });
  await client.connect();
  // end
  return client;
}

export async function publishing(client) {
  // sample: publishing
  const { id, seq, duplicate } = await client.publish('order.placed', { cents: 1250 }, { id: 'A-1', key: 'A-1' });
  // end
  return { id, seq, duplicate };
}

export async function publishingAgain(client, order, save) {
  // sample: publishing-again
  try {
    await client.publish('order.placed', order);
  } catch (error) {
    if (!error.id) {
      throw error; // It was not published, and error.code says why.
    }
    save(order, error.id); // It may have been: publish again with this id.
  }
  // end
}

export async function subscribing(client, charge) {
  // sample: subscribing
  await client.subscribe('order.placed', 'billing', async (event, ctx) => {
    await charge(event.payload); // Acked when it is done; if it throws, the event comes again.
  }, { from: 'earliest', concurrency: 4 });
  // end
}

export async function byHand(client, charge) {
  // sample: by-hand
  await client.subscribe('order.placed', 'audit', async (event, ctx) => {
    const answer = await charge(event.payload);
    if (answer === 'busy') {
      await ctx.nack('the bank is busy', 5000);
    } else if (answer === 'unknown card') {
      await ctx.term('unknown card');
    } else {
      await ctx.ack();
    }
  }, { manualAck: true });
  // end
}

export async function following(client, show) {
  // sample: following
  const latest = new Map();
  const tail = await client.tail('process.state', (event) => {
    if (event.payload === null) {
      latest.delete(event.key);
    } else {
      latest.set(event.key, event.payload);
    }
    show(latest);
  }, { snapshot: true, onSnapshot: () => latest.clear() });
  // end
  return tail;
}

export async function closing(client) {
  // sample: closing
  await client.unsubscribe('order.placed', 'billing');
  await client.close();
  // end
}
