// node --experimental-websocket node.mjs <address of the control server>: prints each result as a line of JSON.
import { readFileSync } from 'node:fs';
import * as client from '../../main/js/prom-client.mjs';
import { run } from './run.mjs';
import { missingTypes } from './typings.mjs';

process.on('unhandledRejection', (error) => {
  console.log(`unhandled: ${error.stack}`);
  process.exitCode = 1;
});
const report = (result) => console.log(JSON.stringify(result));
const typings = readFileSync(new URL('../../main/js/prom-client.d.mts', import.meta.url), 'utf8');
report({ scenario: 'every public member has a type', failure: missingTypes(client, typings) });
await run(client, process.argv[2], report);
process.exit();
