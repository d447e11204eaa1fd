import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createOutbox } from '../../src/messages/outbox.ts';
import { createPost } from '../../src/messages/post.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { testConfig } from '../support/world.ts';
import { mailServer } from './mail-server.ts';

let stores: TestStores;
const now = () => new Date();

beforeAll(async () => {
  stores = await testStores();
});
afterAll(() => stores.close());

describe('the outbox', () => {
  it('keeps what the demo would have sent, the newest first', async () => {
    const { db, secrets } = stores;
    const post = createPost({ config: testConfig(secrets), db, now });
    await post.sendMail({ to: 'lea@famille.example', subject: 'Bonjour', text: 'un' });
    await post.sendSms({ to: '+33612345678', text: 'deux' });
    expect(await createOutbox({ db, mode: 'demo', now }).list()).toMatchObject([
      { channel: 'sms', to: '+33612345678', subject: null, text: 'deux' },
      { channel: 'mail', to: 'lea@famille.example', subject: 'Bonjour', text: 'un' },
    ]);
  });

  it('writes an SMS in the letters that an SMS has', async () => {
    const { db, secrets } = stores;
    const post = createPost({ config: testConfig(secrets), db, now });
    const text = 'Collège des Œillets\u00a0: l’élève a reçu « ça »… à l’hôtel – Ýves';
    await post.sendSms({ to: '+33612345678', text });
    const [sent] = await createOutbox({ db, mode: 'demo', now }).list();
    expect(sent?.text).toBe(`Collège des OEillets : l'élève a recu "ca"... à l'hotel - Yves`);
  });

  it('takes no address that a real server would not', async () => {
    const outbox = createOutbox({ db: stores.db, mode: 'test', now });
    await expect(outbox.sendMail({ to: 'a@b.fr, c@d.fr', subject: 'x', text: 'x' })).rejects.toThrow(
      'no_mail',
    );
    await expect(outbox.sendSms({ to: '06', text: 'x' })).rejects.toThrow('no_phone');
  });

  it('is never written in production, nor where a server is named', async () => {
    const before = await createOutbox({ db: stores.db, mode: 'test', now }).list();
    const server = await mailServer();
    const senders = {
      smtpUrl: `smtp://127.0.0.1:${server.port}`,
      sms: { url: 'http://127.0.0.1:1/', token: 'a-token', answerMilliseconds: 300 },
      from: 'preau@ecole.example',
      answerMilliseconds: 3000,
    };
    const post = createPost({ config: { mode: 'production', senders }, db: stores.db, now });
    await post.sendMail({ to: 'lea@famille.example', subject: 'Bonjour', text: 'un' });
    await expect(post.sendSms({ to: '+33612345678', text: 'deux' })).rejects.toThrow('not sent');
    await server.close();
    const outbox = createOutbox({ db: stores.db, mode: 'production', now });
    await expect(outbox.sendSms({ to: '+33612345678', text: 'x' })).rejects.toThrow('no outbox');
    expect(server.received).toHaveLength(1);
    expect(await createOutbox({ db: stores.db, mode: 'test', now }).list()).toEqual(before);
  });
});
