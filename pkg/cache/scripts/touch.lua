-- touch notes that values were used. KEYS: the last uses. ARGV: their hashes.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
for _, id in ipairs(ARGV) do redis.call('ZADD', KEYS[1], 'XX', now, id) end
return #ARGV
