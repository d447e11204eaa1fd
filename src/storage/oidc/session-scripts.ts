import { script } from './script.ts';

// A session is one hash: `sealed` what the engine keeps, `stamp`, `cookie` the name of its one valid cookie id,
// `state` of a sign-out under way, `a:{client}:settled`, `:covered` and `:persistsLogout`, and after its end `ended`.

/**
 * ARGV: cookie it had when this request read it, cookie it gets, sealed, stamp, state, seconds, then field, value ...
 * A request that read an older cookie adds its authorizations and changes nothing else. What a grant covers names its
 * grant: the latest counts, or a session whose grant gave way would be written at every authorization.
 */
export const SAVE_SESSION = script(`
local key = KEYS[1]
if redis.call('HEXISTS', key, 'ended') == 1 then return 'ended' end
local held = redis.call('HGET', key, 'cookie')
local outcome = 'stale'
if not held or held == ARGV[1] then
  outcome = 'saved'
  if not held or held ~= ARGV[2] then
    redis.call('HSET', key, 'cookie', ARGV[2], 'stamp', ARGV[4])
    redis.call('HDEL', key, 'state')
  end
  redis.call('HSET', key, 'sealed', ARGV[3])
  if ARGV[5] ~= '' then redis.call('HSET', key, 'state', ARGV[5]) end
  redis.call('EXPIRE', key, ARGV[6])
end
for i = 7, #ARGV, 2 do
  local write = string.sub(ARGV[i], -8) == ':covered' and 'HSET' or 'HSETNX'
  redis.call(write, key, ARGV[i], ARGV[i + 1])
end
return outcome`);

/** ARGV: field, proposal, the value it may replace. Only in a session that exists: first writer wins. */
export const SETTLE = script(`
if redis.call('HEXISTS', KEYS[1], 'ended') == 1 then return 'ended' end
if redis.call('HEXISTS', KEYS[1], 'cookie') == 0 then return 'no-session' end
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held and held ~= ARGV[3] then return held end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return ARGV[2]`);

/** The tombstone outlives whatever could still write the session. */
export const END_SESSION = script(`
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'ended', '1')
redis.call('EXPIRE', KEYS[1], ARGV[1])`);
