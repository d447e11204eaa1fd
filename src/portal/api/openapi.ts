import { z } from 'zod';
import { proposalSchema } from '../../relying-parties/contracts/terms.ts';
import { metadataSchema } from '../../relying-parties/metadata.ts';
import { TRACE_DAYS } from '../../relying-parties/traces.ts';

const API = '/api/v1';

/** OpenAPI 3.1: what every route of the API takes and answers. */
export function openApi(issuer: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Préau, for publishers',
      version: '1',
      description:
        'Clients, contracts and refused requests of one publisher. `npx preau clients api-token` issues its token.',
    },
    servers: [{ url: `${issuer}${API}` }],
    security: [{ token: [] }],
    paths: { ...clientPaths(), ...contractPaths(), ...tracePaths() },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: schemas(),
    },
  };
}

const parameters = [
  {
    name: 'client_id',
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9]{1,128}$' },
  },
];

function clientPaths(): object {
  return {
    '/clients': {
      get: operation('listClients', 'The clients of this publisher', { 200: 'ClientList' }),
      post: operation('registerClient', 'Registers a client; it lands in the sandbox', {
        ...{ body: 'Metadata', 201: 'NewClient' },
        ...{ 400: 'Problem', 409: 'Problem', 422: 'Problem' },
      }),
    },
    '/clients/{client_id}': {
      parameters,
      get: operation('showClient', 'One client; never a secret', { 200: 'Client', 404: 'Problem' }),
      put: operation('updateClient', 'The whole registration anew; what was approved waits for an approval', {
        ...{ body: 'Metadata', 200: 'Client', 202: 'Change' },
        ...{ 400: 'Problem', 404: 'Problem', 422: 'Problem' },
      }),
      delete: operation('deleteClient', 'Its id is never given again', { 204: undefined, 404: 'Problem' }),
    },
    '/clients/{client_id}/change': {
      parameters,
      get: operation('showChange', 'What waits for an approval', { 200: 'Change', 404: 'Problem' }),
    },
    ...servicePaths(),
    '/clients/{client_id}/secret': {
      parameters,
      post: operation(
        'rotateSecret',
        'A new secret, shown once; the former one goes on working for a while',
        {
          ...{ body: 'Rotation', 200: 'Rotated' },
          ...{ 400: 'Problem', 404: 'Problem', 409: 'Problem', 422: 'Problem' },
        },
      ),
    },
  };
}

function servicePaths(): object {
  const answers = { 200: 'Client', 400: 'Problem', 404: 'Problem', 409: 'Problem' };
  return {
    '/clients/{client_id}/suspend': {
      parameters,
      post: operation('suspendClient', 'Shuts it out from its next request on', answers),
    },
    '/clients/{client_id}/resume': {
      parameters,
      post: operation('resumeClient', 'Lets it in again, where its publisher shut it out', answers),
    },
  };
}

function contractPaths(): object {
  return {
    '/clients/{client_id}/contract': {
      parameters,
      get: operation('showContract', 'All versions, the newest first', { 200: 'Contract', 404: 'Problem' }),
      post: operation('proposeContract', 'A new version; the one in force stays so until it is approved', {
        ...{ body: 'Terms', 201: 'Step' },
        ...{ 400: 'Problem', 404: 'Problem', 409: 'Problem', 422: 'Problem' },
      }),
    },
    '/clients/{client_id}/contract/request': {
      parameters,
      post: operation('requestContract', 'Asks for the approval of the version proposed', {
        ...{ 200: 'Step', 400: 'Problem', 404: 'Problem', 409: 'Problem', 422: 'Problem' },
      }),
    },
  };
}

function tracePaths(): object {
  const number = {
    ...{ name: 'number', in: 'path', required: true, schema: { type: 'string' }, example: '7K3F-Q2M9-XW4T' },
    description: 'as on the error page or in `Preau-Trace`; any case, with dashes, spaces or none',
  };
  return {
    '/traces/{number}': {
      parameters: [number],
      get: operation(
        'showTrace',
        `Why a request of one of these clients was refused, for ${TRACE_DAYS} days; nothing about its user`,
        { 200: 'Trace', 404: 'Problem' },
      ),
    },
  };
}

type Answers = Record<number, string | undefined> & { body?: string };

function operation(operationId: string, summary: string, { body, ...answers }: Answers): object {
  const described = Object.entries({ ...answers, 401: 'Problem' }).map(([status, schema]) => {
    const type = schema === 'Problem' ? 'application/problem+json' : 'application/json';
    const content = schema && { content: { [type]: { schema: reference(schema) } } };
    return [status, { description: Number(status) < 400 ? 'done' : 'refused', ...content }];
  });
  const requestBody = body && {
    // Without an overlap a rotation says all it has to.
    requestBody: {
      required: body !== 'Rotation',
      content: { 'application/json': { schema: reference(body) } },
    },
  };
  return {
    operationId,
    summary,
    ...requestBody,
    responses: { ...Object.fromEntries(described), default: NOT_NOW },
  };
}

/** 429, 503: no matter of what was asked. */
const NOT_NOW = {
  description: 'not now; Retry-After says when',
  content: {
    'application/json': {
      schema: { type: 'object', properties: { error: { type: 'string' } }, required: ['error'] },
    },
  },
};

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

function schemas(): Record<string, object> {
  const moment = { type: 'string', format: 'date-time' };
  const maybe = { type: ['string', 'null'], format: 'date-time' };
  const text = { type: 'string' };
  const number = { type: 'integer' };
  const state = { enum: ['sandbox', 'requested', 'approved', 'suspended', 'ended', 'replaced'] };
  const contract = { anyOf: [object({ version: number, state }), { type: 'null' }] };
  const client = {
    ...{ client_id: text, publisher: text, metadata: reference('RegisteredMetadata'), contract },
    ...{ secrets_until: { type: 'array', items: maybe }, created_at: moment, suspended_at: maybe },
  };
  const terms = reference('Terms');
  const version = object({
    ...{ version: number, state, terms, approvals: number, approvals_needed: number },
    ...{ created_at: moment, requested_at: maybe, approved_at: maybe, ended_at: maybe },
  });
  return {
    Metadata: jsonSchemaOf(metadataSchema, 'input'),
    RegisteredMetadata: jsonSchemaOf(metadataSchema, 'output'),
    Terms: jsonSchemaOf(proposalSchema, 'input'),
    Client: object(client),
    NewClient: object({ ...client, client_secret: text }, ['client_secret']),
    ClientList: object({ clients: { type: 'array', items: reference('Client') } }),
    Change: object({
      ...{ client_id: text, change: number, fields: { type: 'array', items: text } },
      ...{ metadata: reference('RegisteredMetadata'), requested_at: moment },
    }),
    Rotation: object({ overlap_hours: { type: 'number', minimum: 0, maximum: 2160 } }, ['overlap_hours']),
    Rotated: object({ client_id: text, client_secret: text, former_secret_until: moment }),
    Contract: object({ client_id: text, versions: { type: 'array', items: version } }),
    Trace: object({
      ...{ number: text, at: moment, client_id: text, endpoint: text, error: text },
      detail: { type: ['string', 'null'] },
    }),
    Step: object({ client_id: text, version: number, state }),
    Problem: object({ type: text, title: text, status: number, problems: { type: 'array', items: text } }, [
      'problems',
    ]),
  };
}

function object(properties: Record<string, object>, optional: readonly string[] = []): object {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...made } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return made;
}
