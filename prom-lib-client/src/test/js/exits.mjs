// node --experimental-websocket exits.mjs <address of a gateway>: uses a client and closes it; nothing may keep the process.
import { PromClient } from '../../main/js/prom-client.mjs';

// So that a timer that is left behind is seen.
const long = { requestTimeoutMs: 3_600_000, gracePeriodMs: 3_600_000, keepAliveMs: 3_600_000 };
const client = await new PromClient(process.argv[2], 'me||*:**', long).connect();
await client.publish('t', 1);
await client.subscribe('t', 'g', () => {});
await client.tail('t', () => {}, { snapshot: true });
await client.close();
// One that is closed while its token is asked for, whose supplier never answers.
const waiting = new PromClient(process.argv[2], () => new Promise(() => {}), long);
const refused = waiting.connect().catch((error) => error);
await waiting.close();
console.log(`closed ${(await refused).code}`);
