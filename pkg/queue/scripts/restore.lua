-- restore writes how a job ended if Redis has forgotten it. What Redis does know takes precedence.
--
-- KEYS[1] record; ARGV: id, state, outcome, created, maker, lifetime in ms
local id = ARGV[1]
local state, outcome = unpack(redis.call('HMGET', KEYS[1], 'state', 'outcome'))
if state and state ~= 'done' and state ~= 'failed' then return 0 end
if not state then
  outcome = redis.call('GET', completion(id)) or ARGV[3]
  redis.call('HSET', KEYS[1], 'state', ARGV[2], 'outcome', outcome, 'created', ARGV[4], 'maker', ARGV[5])
  redis.call('PEXPIRE', KEYS[1], ARGV[6] + REMEMBERED)
end
redis.call('SET', completion(id), outcome, 'NX', 'PX', ARGV[6])
return 1
