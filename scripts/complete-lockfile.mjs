// npm leaves optional packages of other platforms out of the lock when it could not look at them,
// and `npm ci` then refuses the lock. Run after each change of package-lock.json; `--check` only reports.
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const missing = missingOptionalPackages(lock.packages);

if (process.argv.includes('--check')) {
  for (const { name } of missing) console.error(`package-lock.json lacks the optional package ${name}`);
  process.exit(missing.length > 0 ? 1 : 0);
}
for (const { name, version } of missing) {
  lock.packages[`node_modules/${name}`] = { version, ...platformOf(name), optional: true };
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1)),
);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);

function missingOptionalPackages(packages) {
  return Object.entries(packages).flatMap(([from, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isResolvable(packages, from, name))
      .map(([name, version]) => ({ name, version })),
  );
}

function isResolvable(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (packages[`${folder ? `${folder}/` : ''}node_modules/${name}`]) return true;
    if (!folder) return false;
  }
}

function platformOf(name) {
  const os = /(android|darwin|freebsd|linux|openharmony|win32|aix|sunos)/.exec(name)?.[1];
  const cpu = /(arm64|x64|ia32|arm|loong64|ppc64|riscv64|s390x)/.exec(name)?.[1];
  return { ...(cpu && { cpu: [cpu] }), ...(os && { os: [os] }) };
}
