-- Holds what is held under an id for longer. KEYS as in hold.lua. ARGV: the id, ms.
local ENDS, id, keep = KEYS[1], ARGV[1], tonumber(ARGV[2])
if not redis.call('ZSCORE', ENDS, id) then return 0 end
local t = redis.call('TIME')
redis.call('ZADD', ENDS, t[1] * 1000 + math.floor(t[2] / 1000) + keep, id)
for _, key in ipairs(KEYS) do -- others may be held for longer
  if redis.call('PTTL', key) < 2 * keep then redis.call('PEXPIRE', key, 2 * keep) end
end
return 1
