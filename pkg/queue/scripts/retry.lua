-- retry ends an attempt that failed for a reason that may pass. After the last attempt the failure is final
-- and goes onto the dead list; the package stays in the record, so that ops can retry it.
--
-- KEYS[1] record; ARGV: id, token, most attempts, base delay in ms, outcome, lifetime in ms, dead entry
local id = ARGV[1]
local state, token, attempts = unpack(redis.call('HMGET', KEYS[1], 'state', 'token', 'attempts'))
if token ~= ARGV[2] then return 0 end
if state ~= 'running' then return (state == 'done') and 0 or 1 end -- asked again
memory_or_not()
attempts = tonumber(attempts)
if attempts < tonumber(ARGV[3]) then
  delayed(id, backoff(ARGV[4], attempts))
else
  conclude(id, 'failed', ARGV[5], ARGV[6])
  redis.call('HSET', DEAD, id, ARGV[7])
end
return 1
