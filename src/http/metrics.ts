import { createServer, type Server } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
  /** Counts an answer and how long it took, by method and status; no path, since paths hold ids. */
  answered(answer: { method: string; status: number; milliseconds: number }): void;
  /** Something a rule let through or turned away: the name is a constant of the code. */
  count(event: string): void;
  /** Figures that are asked for when somebody looks: by the labels of each. Where asking fails there are none. */
  gauge(given: {
    name: string;
    help: string;
    labels: readonly string[];
    ask: () => Promise<readonly Figure[]>;
  }): void;
}

export interface Figure {
  labels: Readonly<Record<string, string>>;
  value: number;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const answers = new Histogram({
    name: 'preau_http_answer_seconds',
    help: 'time to answer a request',
    labelNames: ['method', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  const events = new Counter({
    name: 'preau_events_total',
    help: 'events of the product, by name',
    labelNames: ['event'],
    registers: [registry],
  });
  return {
    registry,
    answered: ({ method, status, milliseconds }) =>
      answers.observe({ method, status: String(status) }, milliseconds / 1000),
    count: (event) => events.inc({ event }),
    gauge({ name, help, labels, ask }) {
      const registers = [registry];
      new Gauge({
        ...{ name, help, labelNames: labels, registers },
        async collect() {
          const figures = await ask().catch(() => []);
          this.reset();
          for (const figure of figures) this.set(figure.labels, figure.value);
        },
      });
    },
  };
}

/** A port of its own, on loopback unless configured otherwise: figures are not for the public. */
export async function serveMetrics(metrics: Metrics, at: { host: string; port: number }): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') return void response.writeHead(404).end();
    metrics.registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, resolve);
  });
  return server;
}
