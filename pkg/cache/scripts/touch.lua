-- touch notes that values were used, and returns how long each has to live, in ms.
-- KEYS: the last uses. ARGV: what keys of values begin with, and their hashes.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local uses, left = {}, {}
for i = 2, #ARGV do
  uses[#uses + 1], uses[#uses + 2] = now, ARGV[i]
  left[#left + 1] = redis.call('PTTL', ARGV[1] .. ARGV[i])
end
redis.call('ZADD', KEYS[1], 'XX', unpack(uses))
return left
