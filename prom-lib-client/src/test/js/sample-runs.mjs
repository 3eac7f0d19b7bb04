import { equal, truthy } from './run.mjs';
import * as sample from './samples.mjs';

/** The samples of the documents do what they say. */
export const samples = {
  async 'the samples of the documents run'(env) {
    const world = await env.world();
    const client = await sample.connecting(env.PromClient, world.url, () => 'me||*:**');
    const charged = [];
    await sample.subscribing(client, (order) => charged.push(order.cents));
    const answers = ['busy', 'unknown card', 'paid'];
    const asked = [];
    await sample.byHand(client, (order) => {
      asked.push(order.cents);
      return answers[asked.length];
    });
    equal(await sample.publishing(client), { id: 'A-1', seq: 1, duplicate: false });
    await sample.publishingAgain(client, { cents: 7 }, () => {});
    await env.until('both groups', () => charged.length === 2 && asked.length === 2);
    equal([charged.sort(), asked.sort()], [[1250, 7], [1250, 7]]);
    const letters = await env.until('the dead letter', async () => {
      const found = await world.call('deadLetters', { topic: 'order.placed' });
      return found.length > 0 && found;
    });
    truthy(letters[0].includes('unknown card'), letters[0]);
    let shown;
    await world.call('publish', { topic: 'process.state', key: 'gone', payload: 1 });
    await sample.following(client, (latest) => {
      shown = [...latest];
    });
    await world.call('publish', { topic: 'process.state', key: 'gone', payload: null });
    await world.call('publish', { topic: 'process.state', key: 'here', payload: 2 });
    await env.until('the state', () => JSON.stringify(shown) === '[["here",2]]');
    await sample.closing(client);
    equal(client.state, 'closed');
    client.close();
  },

  async 'a publish whose outcome is not known keeps its id, one that was refused is thrown'(env) {
    const order = { cents: 1 };
    const kept = [];
    const fails = (error) => ({ publish: () => Promise.reject(error) });
    await sample.publishingAgain(fails(new env.PromError('no_answer', 'x', { id: 'i' })), order, (...all) => kept.push(all));
    equal(kept, [[order, 'i']]);
    const refused = new env.PromError('forbidden', 'no');
    equal(await sample.publishingAgain(fails(refused), order).catch((error) => error === refused), true);
  },
};
