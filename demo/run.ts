import type { Logger } from 'pino';
import { startPreau } from '../src/app.ts';
import type { Config } from '../src/config.ts';
import { createSampleApplication, type SampleApplication } from './apps/sample-application.ts';
import { APPLICATIONS, DEMO_CLASS } from './cast.ts';
import { type Facts, keepFacts, type RunningApplication } from './facts.ts';
import { registerApplications } from './seed/applications.ts';
import { seedDemo } from './seed/seed.ts';
import { REASON, type Stage } from './seed/stage.ts';

export interface Demo {
  facts: Facts;
  stop(): Promise<void>;
}

export interface DemoOptions {
  config: Config;
  logger: Logger;
  /** Undefined: Préau alone. */
  applicationPorts: readonly [number, number] | undefined;
}

/** Préau on its sample people, its applications beside it, and `demo.json` kept true until it stops. */
export async function runDemo({ config, logger, applicationPorts }: DemoOptions): Promise<Demo> {
  const preau = await startPreau(config, logger);
  const opened: (() => void | Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of opened.reverse()) await close();
    await preau.stop();
  };
  try {
    const stage = await seedDemo(preau.parts);
    opened.push(await openWindow(stage, logger));
    const running = applicationPorts ? await startApplications(stage, applicationPorts, opened) : [];
    const kept = await keepFacts(stage, running);
    opened.push(kept.stop);
    return { facts: kept.facts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Once everybody of the class has claimed their account there is nothing to open. */
async function openWindow({ activation, file, by }: Stage, logger: Logger): Promise<() => void> {
  const asked = { ...DEMO_CLASS, word: file.state.word, by, reason: REASON };
  const kept = await activation.keepWindowOpen(asked, (error) =>
    logger.warn({ err: error }, 'demo: the window of the class was not opened again'),
  );
  return 'stop' in kept ? kept.stop : () => {};
}

async function startApplications(
  stage: Stage,
  ports: readonly [number, number],
  opened: (() => void | Promise<void>)[],
): Promise<RunningApplication[]> {
  const { issuer } = stage.parts.config;
  const registered = await registerApplications(stage, ports);
  const running: RunningApplication[] = [];
  for (const [index, { kind, name }] of APPLICATIONS.entries()) {
    const registration = registered.find((one) => one.kind === kind);
    if (!registration) throw new Error(`${name} is not registered`);
    const { clientId, clientSecret } = registration;
    const port = ports[index] ?? 0;
    const app: SampleApplication = await createSampleApplication({
      name,
      kind,
      port,
      issuer,
      clientId,
      clientSecret,
    });
    opened.push(app.close);
    running.push({ name, url: app.url, client_id: clientId });
  }
  return running;
}
