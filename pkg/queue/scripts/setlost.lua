-- setlost makes a done job failed, since the store has lost its mosaic; or a lost one done again, since it
-- was found. A job in any other state stays as it is.
--
-- KEYS[1] record; ARGV: id, state, outcome, created, maker, the rest of its lifetime in ms
local id = ARGV[1]
local state, outcome = unpack(redis.call('HMGET', KEYS[1], 'state', 'outcome'))
if not state then outcome = redis.call('GET', completion(id)) end
if state and state ~= 'done' and state ~= 'failed' then return 0 end
local was_lost = outcome and string.find(outcome, '"code":"lost"', 1, true)
if ARGV[2] == 'failed' then
  if was_lost or state == 'failed' then return 0 end
elseif not was_lost then
  return 0
end
redis.call('HSET', KEYS[1], 'created', ARGV[4], 'maker', ARGV[5])
conclude(id, ARGV[2], ARGV[3], ARGV[6])
return 1
