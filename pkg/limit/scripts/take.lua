-- take takes from a bucket that refills evenly. The bucket is kept as the moment (ms) at which it will be
-- full again: one number says how much is missing, and a full bucket needs none.
-- KEYS: the bucket. ARGV: how much, how much a full one holds, ms in which an empty one fills, "1" to take
-- nothing and only see whether there is so much.
-- Returns 0 when it was taken, or else the ms until there is enough; and the ms until it is full again.
local n, burst, per = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local full = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0) or 0)
full = math.min(full, now + per) -- after a change of the rate, or of the clock
local after = full + n / burst * per
local wait = math.ceil(after - per - now)
if wait > 0 then return {wait, math.ceil(full - now)} end
if ARGV[4] == '1' then return {0, math.ceil(full - now)} end
redis.call('SET', KEYS[1], string.format('%.3f', after), 'PX', math.max(1, math.ceil(after - now)))
return {0, math.ceil(after - now)}
