-- finish makes a job done or failed, for the holder of the attempt's token; a stale token changes nothing.
-- Repeated with the same token, it succeeds again.
--
-- KEYS[1] record; ARGV: id, token, state, outcome, lifetime in ms
local state, token = unpack(redis.call('HMGET', KEYS[1], 'state', 'token'))
if token ~= ARGV[2] then return 0 end
if state == ARGV[3] then return 1 end
if state ~= 'running' then return 0 end
memory_or_not()
conclude(ARGV[1], ARGV[3], ARGV[4], ARGV[5])
redis.call('HDEL', KEYS[1], 'payload')
return 1
