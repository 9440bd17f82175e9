-- join gives a name to one run of a worker's program, and takes back the job of the previous run, which must
-- have died, or else it would have left. While that one still beats, the name is taken, and nothing
-- changes. Repeated by the same run, it succeeds again.
--
-- KEYS[1] workers; ARGV: worker, instance, heartbeat as JSON, silence in ms after which a worker is
--   dead, most attempts, base delay in ms, lifetime in ms, time of day (RFC 3339), the message (as
--   JSON) for a job that is given up
-- Returns {"taken", when it last beat, how long ago in ms} or {"joined", what became of the job it
--   had (empty: it had none), its id}.
local worker, instance, t = ARGV[1], ARGV[2], now()
local terms = {most = tonumber(ARGV[5]), base = ARGV[6], keep = ARGV[7], at = ARGV[8], given_up = ARGV[9]}
local holder, last = redis.call('HGET', NAMES, worker), redis.call('ZSCORE', KEYS[1], worker)
local other = holder and holder ~= instance
if other and last and t - last < tonumber(ARGV[4]) then return {'taken', last, t - last} end
memory_or_not()
redis.call('HSET', NAMES, worker, instance)
redis.call('ZADD', KEYS[1], t, worker)
redis.call('HSET', BEATS, worker, ARGV[3])
local id, step = redis.call('HGET', HOLDS, worker), ''
if other and id then
  local state, owner = unpack(redis.call('HMGET', record(id), 'state', 'owner'))
  if state == 'running' and owner == worker then step = broke_off(id, terms) end
  redis.call('HDEL', HOLDS, worker)
end
return {'joined', step, id or ''}
