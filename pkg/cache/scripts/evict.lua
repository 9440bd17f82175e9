-- evict adds a value to the account, and removes what was not used for longest until all fit the budget.
-- The value itself is not an argument: a script is slow with long strings.
-- KEYS: the value, the last uses, the sizes. ARGV: the hash, bytes for its account, budget, the longest
-- time to live in ms.
local VALUE, USED, SIZES = KEYS[1], KEYS[2], KEYS[3]
local id, size, budget, longest = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local prefix = string.sub(VALUE, 1, -1 - #id)
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)

local old = tonumber(redis.call('HGET', SIZES, id) or 0)
redis.call('HSET', SIZES, id, size)
redis.call('ZADD', USED, now, id)
local total = redis.call('HINCRBY', SIZES, '', size - old)

local function remove(gone)
  redis.call('ZREM', USED, gone)
  redis.call('UNLINK', prefix .. gone)
  local n = tonumber(redis.call('HGET', SIZES, gone) or 0)
  redis.call('HDEL', SIZES, gone)
  total = redis.call('HINCRBY', SIZES, '', 0 - n) -- not -n: the number -0 is no integer to Redis
end

-- What nobody used for the longest time to live has expired. A few at a time: there will be another put.
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', USED, '-inf', now - longest, 'LIMIT', 0, 16)) do
  remove(gone)
end
while total > budget do
  local oldest = redis.call('ZRANGE', USED, 0, 1) -- this one can be the first of those of the same moment
  local gone = oldest[1] == id and oldest[2] or oldest[1]
  if gone == id then -- alone and too much: part of the account was lost, so begin a new one
    redis.call('DEL', SIZES)
    redis.call('HSET', SIZES, id, size, '', size)
    break
  end
  remove(gone)
end
redis.call('PEXPIRE', USED, longest)
redis.call('PEXPIRE', SIZES, longest)
return total
