import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { attributes, html, type Printable, raw } from '../../src/http/html.ts';

function readBack(markup: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return markup.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '');
}

describe('html', () => {
  it('lets no text leave its place, and shows exactly what was given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const printed = html`<p title="${text}">${text}</p>`.toString();
        const [, title = '', body = ''] = /^<p title="([^"<>']*)">([^<>"']*)<\/p>$/s.exec(printed) ?? [];
        expect(readBack(title)).toBe(text);
        expect(readBack(body)).toBe(text);
      }),
    );
  });

  it('escapes the characters that open something', () => {
    expect(html`${`<script>alert("l'été" & 1)</script>`}`.toString()).toBe(
      '&lt;script&gt;alert(&quot;l&#39;été&quot; &amp; 1)&lt;/script&gt;',
    );
  });

  it('prints nothing for undefined, null and false, numbers as they are, lists joined', () => {
    expect(html`${undefined}${null}${false}${0}${['a', html`<b>${'&'}</b>`, [1]]}`.toString()).toBe(
      '0a<b>&amp;</b>1',
    );
  });

  it('leaves nested markup untouched, and nothing that only looks like it', () => {
    expect(html`${raw('<hr>')}`.toString()).toBe('<hr>');
    const forged = { toString: () => '<script>' } as unknown as Printable;
    expect(() => html`${forged}`).toThrow(TypeError);
  });

  it.each([true, Symbol('s'), () => 'x', 1n, new Date(0)])('refuses to print %p', (value) => {
    expect(() => html`${value as unknown as Printable}`).toThrow(TypeError);
  });

  it('refuses a value in an attribute without quotes', () => {
    expect(() => html`<p title=${'x onclick=y'}>`).toThrow(TypeError);
  });

  it.each([
    'javascript:alert(1)',
    ' JaVa\tscript:alert(1)',
    '\u0001javascript:x',
    'data:text/html,x',
    'vbscript:x',
  ])('makes a link to %p harmless', (address) => {
    expect(html`<a href="${address}">`.toString()).toBe('<a href="about:blank">');
  });

  it('keeps honest addresses', () => {
    expect(html`<a href="${'/a?b=1&c=2'}"><img src="${'data:image/png;base64,AA=='}">`.toString()).toBe(
      '<a href="/a?b=1&amp;c=2"><img src="data:image/png;base64,AA==">',
    );
  });

  it('prints attributes quoted, and only names of attributes', () => {
    expect(attributes({ id: '"x', required: true, hidden: false, value: undefined }).toString()).toBe(
      ' id="&quot;x" required',
    );
    expect(() => attributes({ 'a onclick': 'x' })).toThrow(TypeError);
  });
});
