-- reject puts an invalid element onto the dead list. If the element is all there is of its job, the job
-- fails; a job that exists otherwise is not harmed by an invalid element with its id.
--
-- KEYS[1] record; ARGV: id (empty: none), seq, outcome, created, maker, lifetime in ms,
--   field and entry for the dead list
local id = ARGV[1]
memory_or_not()
local field = ARGV[7]
if id ~= '' then
  local state, seq = unpack(redis.call('HMGET', KEYS[1], 'state', 'seq'))
  local none = not state and redis.call('EXISTS', completion(id)) == 0
  if none or (state == 'queued' and seq == ARGV[2]) then
    redis.call('HSET', KEYS[1], 'created', ARGV[4], 'maker', ARGV[5])
    conclude(id, 'failed', ARGV[3], ARGV[6])
    redis.call('HDEL', KEYS[1], 'payload')
    field = id
  elseif redis.call('HEXISTS', DEAD, id) == 1 then
    return 0 -- asked again
  end
end
redis.call('HSET', DEAD, field, ARGV[8])
return 1
