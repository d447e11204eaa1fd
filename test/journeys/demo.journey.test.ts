import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type DemoProcess,
  emptyFolder,
  eventually,
  processesOn,
  runDemo,
  startDemo,
  threeFreePorts,
} from './demo-process.ts';

jest.setTimeout(120_000);

let folder: ReturnType<typeof emptyFolder>;
let demo: DemoProcess | undefined;

beforeEach(() => {
  folder = emptyFolder();
});

afterEach(async () => {
  await demo?.stop();
  demo = undefined;
  folder.remove();
});

describe('bin/demo', () => {
  it('says where to click and who to be, and is the same the next time', async () => {
    demo = await startDemo(folder.path);
    const first = demo.facts();
    for (const { name, url } of first.applications)
      expect(demo.printed()).toMatch(new RegExp(`${name} +${url}`));
    for (const { activation, password } of first.personas) {
      expect(demo.printed()).toContain(activation?.code ?? password);
    }
    expect(await demo.stop('SIGINT')).toBe(0);
    expect(processesOn(folder.path)).toEqual([]);

    demo = await startDemo(folder.path, { port: Number(new URL(first.issuer).port) });
    expect(demo.facts()).toEqual(first);
  });

  it('leaves no process behind when it is killed, and comes back with all it had', async () => {
    demo = await startDemo(folder.path);
    const first = demo.facts();
    await demo.stop('SIGKILL');
    await eventually(() => (processesOn(folder.path).length === 0 ? true : undefined));
    demo = await startDemo(folder.path, { port: Number(new URL(first.issuer).port) });
    expect(demo.facts()).toEqual(first);
  });

  it('says that it is already running on this folder', async () => {
    demo = await startDemo(folder.path);
    const second = runDemo(folder.path, ['--port', String(await threeFreePorts())]);
    expect(await second.ended).toBe(1);
    expect(second.printed().trim().split('\n')).toHaveLength(1);
    expect(second.printed()).toContain('tourne déjà');
    expect((await fetch(`${demo.facts().issuer}/health/ready`)).status).toBe(200);
  });

  it('runs alone with --no-apps', async () => {
    demo = await startDemo(folder.path, { args: ['--no-apps'] });
    const { issuer, applications } = demo.facts();
    expect(applications).toEqual([]);
    const next = `http://localhost:${Number(new URL(issuer).port) + 1}`;
    await expect(fetch(next)).rejects.toThrow('fetch failed');
  });

  it('says in one sentence which port is taken', async () => {
    demo = await startDemo(folder.path);
    const other = emptyFolder();
    const taken = new URL(demo.facts().issuer).port;
    const second = runDemo(other.path, ['--port', taken]);
    expect(await second.ended).toBe(1);
    expect(second.printed()).toContain(`Le port ${taken} est déjà pris`);
    expect(processesOn(other.path)).toEqual([]);
    other.remove();
  });

  it('refuses options it does not know', async () => {
    const run = runDemo(folder.path, ['--ports', '4000']);
    expect(await run.ended).toBe(1);
    expect(run.printed()).toContain('bin/demo [--no-apps] [--port N]');
  });
});
