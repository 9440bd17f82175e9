-- Keeps a value, and removes what was not used for the longest time until all fit their budget.
-- KEYS: the value, the last uses, the sizes. ARGV: the hash, the value, ms to keep it, bytes for its
-- account, budget, ms that anything is kept at most.
local VALUE, USED, SIZES = KEYS[1], KEYS[2], KEYS[3]
local id, size, keep, budget, longest = ARGV[1], tonumber(ARGV[4]), ARGV[3], tonumber(ARGV[5]), tonumber(ARGV[6])
local prefix = string.sub(VALUE, 1, -1 - #id)
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)

local old = tonumber(redis.call('HGET', SIZES, id) or 0)
redis.call('SET', VALUE, ARGV[2], 'PX', keep)
redis.call('HSET', SIZES, id, size)
redis.call('ZADD', USED, now, id)
local total = redis.call('HINCRBY', SIZES, '', size - old)

local function remove(gone)
  redis.call('ZREM', USED, gone)
  redis.call('DEL', prefix .. gone)
  local n = tonumber(redis.call('HGET', SIZES, gone) or 0)
  redis.call('HDEL', SIZES, gone)
  total = redis.call('HINCRBY', SIZES, '', -n)
end

-- What nobody used for as long as anything is kept has expired. A few at a time: there is a next one.
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
