/** "Firefox, Android": what a person recognises among their sessions. The raw header is never kept. */
export function deviceLabel(userAgent: string | undefined): string | undefined {
  const header = (userAgent ?? '').slice(0, 500);
  const browser = nameIn(header, BROWSERS);
  const system = nameIn(header, SYSTEMS);
  return [browser, system].filter(Boolean).join(', ') || undefined;
}

// The first that fits: most browsers also claim to be Chrome, and Chrome to be Safari.
const BROWSERS: [string, RegExp][] = [
  ['Edge', /\bEdg(e|A|iOS)?\//],
  ['Opera', /\b(OPR|Opera)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS|Chromium|HeadlessChrome)\//],
  ['Safari', /\bSafari\//],
];
const SYSTEMS: [string, RegExp][] = [
  ['iPad', /\biPad\b/],
  ['iPhone', /\biPhone\b/],
  ['Android', /\bAndroid\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
];

function nameIn(header: string, names: [string, RegExp][]): string | undefined {
  return names.find(([, pattern]) => pattern.test(header))?.[0];
}
