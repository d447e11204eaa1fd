// One of the stacks as a process: node run.ts STACK SETTINGS
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { Settings } from './application.ts';

const [stack = '', given = '{}'] = process.argv.slice(2);
const settings = JSON.parse(given) as Settings;
type Build = (settings: Settings) => RequestListener | Promise<RequestListener>;
const { application } = (await import(`./${stack}.ts`)) as { application: Build };

const server = createServer(await application(settings));
server.listen(Number(new URL(settings.baseUrl).port), '127.0.0.1', () => process.send?.('listening'));
process.on('disconnect', () => process.exit());
