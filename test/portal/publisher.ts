import { expect } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { API } from '../../src/portal/api/routes.ts';
import { commandLine, jsonOf } from '../relying-parties/command-line.ts';
import { TERMS } from '../relying-parties/terms.ts';
import type { World } from '../support/world.ts';

interface Operation {
  operationId: string;
  requestBody?: { required?: boolean; content: Record<string, { schema: object }> };
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}
export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

export interface Asked {
  body?: unknown;
  as?: string;
  clientId?: string;
  number?: string;
}

export const METADATA = { client_name: 'CDI', redirect_uris: ['https://cdi.example/callback'] };
export const CLIENT = '/clients/{client_id}';

/** A program of Les Rayons at the API of a whole Préau, which holds each answer against the document. */
export class Publisher {
  readonly world: World;
  readonly document: Document;
  readonly token: string;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #compiled = new Map<string, ValidateFunction>();

  private constructor(world: World, document: Document, token: string) {
    this.world = world;
    this.document = document;
    this.token = token;
    this.#ajv.addSchema({ $id: 'preau', components: document.components });
  }

  static async at(world: World): Promise<Publisher> {
    const document = (await (await fetch(`${world.issuer}/api/openapi.json`)).json()) as Document;
    return new Publisher(world, document, await tokenFor(world, 'Les Rayons'));
  }

  /** One request; its answer must be one that the document describes. */
  async ask(method: string, path: string, { body, as = this.token, clientId, number }: Asked = {}) {
    const named = path
      .replace('{client_id}', clientId ?? 'nobody')
      .replace('{number}', number ?? '0000-0000-0000');
    const to = `${this.world.issuer}${API}${named}`;
    const response = await fetch(to, {
      method,
      headers: {
        authorization: `Bearer ${as}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const described = this.document.paths[path]?.[method.toLowerCase()]?.responses[response.status];
    expect({ path, status: response.status, described: described !== undefined }).toMatchObject({
      described: true,
    });
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    const schema = described?.content?.[type]?.schema;
    if (text || described?.content)
      expect({ path, type, problems: this.problemsOf(schema, JSON.parse(text)) }).toMatchObject({
        problems: null,
      });
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  }

  problemsOf(schema: object | undefined, value: unknown): unknown {
    if (!schema) return 'no schema';
    const text = JSON.stringify(schema).replaceAll('#/components', 'preau#/components');
    const validate = this.#compiled.get(text) ?? this.#ajv.compile(JSON.parse(text) as object);
    this.#compiled.set(text, validate);
    return validate(value) ? null : validate.errors;
  }

  async aClient({ as = this.token, ...metadata }: { as?: string; [name: string]: unknown } = {}) {
    const { body } = await this.ask('POST', '/clients', { body: { ...METADATA, ...metadata }, as });
    return body as { client_id: string; client_secret: string };
  }

  /** As if those who answer for Préau had, one being enough: what they looked at no longer changes without them. */
  async anApproved(): Promise<string> {
    const { client_id: clientId } = await this.aClient();
    await this.world.parts.db
      .updateTable('contracts')
      .set({ state: 'approved', approved_at: this.world.now(), terms: JSON.stringify(TERMS) })
      .where('client_id', '=', clientId)
      .execute();
    return clientId;
  }
}

export async function tokenFor({ stores }: World, publisher: string): Promise<string> {
  const issued = commandLine(stores)('clients api-token', [], { options: { publisher } });
  return (await jsonOf<{ api_token: string }>(issued)).api_token;
}
