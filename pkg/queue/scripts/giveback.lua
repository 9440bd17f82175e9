-- giveback returns a job that its worker will not finish, because it stops: the job is the next one, and
-- the attempt does not count.
--
-- KEYS[1] record; ARGV: id, token
local state, token, attempts = unpack(redis.call('HMGET', KEYS[1], 'state', 'token', 'attempts'))
if token ~= ARGV[2] then return 0 end
if state ~= 'running' then return (state == 'queued') and 1 or 0 end -- asked again
memory_or_not()
redis.call('HSET', KEYS[1], 'attempts', attempts - 1)
push(ARGV[1], 'interactive', true)
return 1
