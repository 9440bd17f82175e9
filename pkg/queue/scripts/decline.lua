-- decline leaves a job to another worker, since this one cannot do it: it waits a little, so that the other
-- may come first, and the attempt does not count.
--
-- KEYS[1] record; ARGV: id, token, delay in ms
local state, token, attempts = unpack(redis.call('HMGET', KEYS[1], 'state', 'token', 'attempts'))
if token ~= ARGV[2] then return 0 end
if state ~= 'running' then return (state == 'delayed') and 1 or 0 end -- asked again
memory_or_not()
redis.call('HSET', KEYS[1], 'attempts', attempts - 1)
delayed(ARGV[1], ARGV[3])
return 1
