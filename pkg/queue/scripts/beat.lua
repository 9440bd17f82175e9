-- beat notes that a worker is live, and forgets those that were silent for too long. It does not take back
-- a name that another run of the program has by now.
--
-- KEYS[1] workers; ARGV: worker (empty: list the workers), heartbeat as JSON (empty: it leaves), life
--   in ms, instance, ms from one sweep to the next, the versions of the packages that it takes (none: it
--   takes none)
-- Returns {"ok" or "taken", 1 if a sweep is due, 1 during a pause, {all heartbeats, if no worker is given}}: sent to
-- each of a thousand workers, they would be most of the traffic.
local HOLDS, BEATS, READERS = TAG .. 'holds', TAG .. 'beats', TAG .. 'readers'
local worker, detail, instance = ARGV[1], ARGV[2], ARGV[4]
local t, _, swept = read_clock()
local holder = redis.call('HGET', NAMES, worker)
local taken = worker ~= '' and holder and holder ~= instance
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', t - ARGV[3])
if worker ~= '' and detail == '' and not taken then gone[#gone + 1] = worker end
for _, name in ipairs(gone) do
  redis.call('ZREM', KEYS[1], name)
  redis.call('HDEL', BEATS, name)
  redis.call('HDEL', NAMES, name)
  redis.call('HDEL', HOLDS, name)
end
if detail ~= '' and not taken then
  memory_or_not()
  redis.call('ZADD', KEYS[1], t, worker)
  redis.call('HSET', BEATS, worker, detail)
  redis.call('HSET', NAMES, worker, instance)
  for i = 6, #ARGV do redis.call('ZADD', READERS, t, ARGV[i]) end
end
local due, paused = sweep_due(t, swept, ARGV[5])
return {taken and 'taken' or 'ok', due and 1 or 0, paused and 1 or 0, worker == '' and redis.call('HVALS', BEATS) or {}}
