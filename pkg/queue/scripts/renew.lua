-- renew extends a lease and notes the progress, for the holder of the attempt's token.
--
-- KEYS[1] record; ARGV: id, token, lease in ms, phase, done, total
local state, token = unpack(redis.call('HMGET', KEYS[1], 'state', 'token'))
if state ~= 'running' or token ~= ARGV[2] then return 0 end
memory_or_not()
redis.call('HSET', KEYS[1], 'phase', ARGV[4], 'done', ARGV[5], 'total', ARGV[6])
redis.call('ZADD', OPEN, now() + ARGV[3], ARGV[1])
return 1
