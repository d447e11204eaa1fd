import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createSmtp, smtpOptions } from '../../src/messages/smtp.ts';
import { type MailServer, mailServer } from './mail-server.ts';

const MAIL = { to: 'lea.martin@famille.example', subject: 'Un compte activé', text: 'Bonjour,\nvoilà.\n' };
const opened: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((close) => close()));
});

async function aServer(...given: Parameters<typeof mailServer>): Promise<MailServer> {
  const server = await mailServer(...given);
  opened.push(server.close);
  return server;
}

const sender = (port: number, { scheme = 'smtp', host = '127.0.0.1', answerMilliseconds = 5000 } = {}) =>
  createSmtp({ url: `${scheme}://${host}:${port}`, from: 'preau@ecole.example', answerMilliseconds });

describe('a mail', () => {
  it('goes to its one recipient as plain text, and asks for no answer', async () => {
    const server = await aServer();
    await sender(server.port)(MAIL);
    const [mail] = server.received;
    expect(mail).toMatchObject({ from: 'preau@ecole.example', to: ['lea.martin@famille.example'] });
    const [headers = '', body = ''] = mail?.raw.split('\r\n\r\n') ?? [];
    expect(headers).toContain('Auto-Submitted: auto-generated');
    expect(headers).toContain('Content-Type: text/plain; charset=utf-8');
    expect(headers).not.toMatch(/multipart|text\/html|Disposition-Notification|Return-Receipt/i);
    expect(body).toContain('voil=C3=A0.');
  });

  it('is refused before anything is sent where it would go to somebody else too', async () => {
    const server = await aServer();
    const addresses = [
      'a@b.example, c@d.example',
      'a@b.example\r\nBcc: c@d.example',
      'Léa <a@b.example>',
      'a@b.example;c@d.example',
      '"a@b.example" c@d.example',
      '@b.example',
      `${'a'.repeat(65)}@b.example`,
      '',
    ];
    for (const to of addresses)
      await expect(sender(server.port)({ ...MAIL, to })).rejects.toMatchObject({ code: 'no_mail_address' });
    for (const subject of ['Un\r\nBcc: c@d.example', 'Un\nsujet', 'Un\u2028sujet'])
      await expect(sender(server.port)({ ...MAIL, subject })).rejects.toThrow(TypeError);
    expect(server.received).toEqual([]);
  });

  it('keeps a line of the text that looks like a command inside the text', async () => {
    const server = await aServer();
    await sender(server.port)({ ...MAIL, text: 'avant\r\n.\r\nMAIL FROM:<x@y.example>\r\naprès' });
    expect(server.received).toHaveLength(1);
  });

  it('goes over TLS from the first byte where the address says smtps', async () => {
    const server = await aServer({ secure: true });
    await sender(server.port, { scheme: 'smtps' })(MAIL);
    expect(server.received).toMatchObject([{ isSecure: true }]);
  });
});

describe('another machine', () => {
  it('gets nothing without TLS, and nothing under a certificate that is not its own', async () => {
    expect(smtpOptions({ url: 'smtp://mail.example', from: '', answerMilliseconds: 1 })).toMatchObject({
      port: 587,
      requireTLS: true,
      tls: { rejectUnauthorized: true },
    });
    // Reached under a name that is not loopback's.
    const [plain, selfSigned] = [await aServer({ disabledCommands: ['STARTTLS'] }), await aServer()];
    const host = '0.0.0.0';
    await expect(sender(plain.port, { host })(MAIL)).rejects.toMatchObject({
      code: expect.stringContaining('ETLS'),
    });
    await expect(sender(selfSigned.port, { host })(MAIL)).rejects.toMatchObject({ name: 'NotSent' });
    expect([...plain.received, ...selfSigned.received]).toEqual([]);
  });
});

describe('a mail that does not go out', () => {
  it('says so by a number, never by the address', async () => {
    const refuse = (code: number) => ({
      onRcptTo: (address: { address: string }, _: unknown, done: (error?: Error) => void) =>
        done(Object.assign(new Error(`no ${address.address} here`), { responseCode: code })),
    });
    const [never, later] = [await aServer(refuse(550)), await aServer(refuse(451))];
    const refused = await sender(never.port)(MAIL).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'EENVELOPE_550', isLasting: true });
    expect(String((refused as Error).stack)).not.toContain('lea.martin');
    await expect(sender(later.port)(MAIL)).rejects.toMatchObject({ code: 'EENVELOPE_451', isLasting: false });
  });

  it('is tried again where the server speaks of us, not of the recipient', async () => {
    const refuse = (words: string) => (_: unknown, __: unknown, done: (error?: Error) => void) =>
      done(Object.assign(new Error(words), { responseCode: 554 }));
    for (const server of [
      await aServer({ onMailFrom: refuse('no such sender') }),
      await aServer({ onRcptTo: refuse('5.7.1 relay access denied') }),
    ])
      await expect(sender(server.port)(MAIL)).rejects.toMatchObject({
        code: 'EENVELOPE_554',
        isLasting: false,
      });
  });

  it('is told at once where nobody listens, and goes out when somebody does', async () => {
    const server = await aServer();
    const { port } = server;
    await server.close();
    await expect(sender(port)(MAIL)).rejects.toMatchObject({ code: 'ESOCKET', isLasting: false });
    const back = await aServer({}, port);
    await sender(port)(MAIL);
    expect(back.received).toHaveLength(1);
  });

  it('is given up in time where the server says nothing, or stops in the middle', async () => {
    for (const greeting of ['', '220 ready\r\n']) {
      const port = await silentServer(greeting);
      const began = Date.now();
      await expect(sender(port, { answerMilliseconds: 300 })(MAIL)).rejects.toMatchObject({
        code: 'ETIMEDOUT',
      });
      expect(Date.now() - began).toBeLessThan(2500);
    }
  });
});

async function silentServer(greeting: string): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.write(greeting);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}
