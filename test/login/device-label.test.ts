import { describe, expect, it } from '@jest/globals';
import { deviceLabel } from '../../src/login/device-label.ts';

describe('the label of a device', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox, Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
      'Edge, Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari, iPhone',
    ],
    [
      'Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36',
      'Chrome, Android',
    ],
    ['curl/8.5.0', undefined],
    ['', undefined],
  ])('says browser and system: %s', (header, label) => {
    expect(deviceLabel(header)).toBe(label);
  });

  it('keeps nothing else of the header', () => {
    expect(deviceLabel('<script>Firefox/1</script> Windows secret')).toBe('Firefox, Windows');
  });
});
