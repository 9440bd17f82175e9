-- beat notes that a worker lives, and forgets those that have not said so for a while.
--
-- KEYS[1] workers; ARGV: worker, detail as JSON (empty: it leaves), life in ms
-- Returns the details of all that live.
local t, details = now(), TAG .. 'beats'
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', t - ARGV[3])
if ARGV[1] ~= '' and ARGV[2] == '' then gone[#gone + 1] = ARGV[1] end
for _, worker in ipairs(gone) do
  redis.call('ZREM', KEYS[1], worker)
  redis.call('HDEL', details, worker)
end
if ARGV[2] ~= '' then
  memory_or_not()
  redis.call('ZADD', KEYS[1], t, ARGV[1])
  redis.call('HSET', details, ARGV[1], ARGV[2])
end
return redis.call('HVALS', details)
