-- evict adds values to the account, and removes what was not used for longest until all fit the budget.
-- The values themselves are not arguments: a script is slow with long strings.
-- KEYS: the last uses, the sizes. ARGV: what keys of values begin with, budget, the longest time to live in ms; and of
-- each value, of which each has another, its hash and bytes for its account.
local USED, SIZES = KEYS[1], KEYS[2]
local prefix, budget, longest = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)

local ids, sizes, uses, is_new, change = {}, {}, {}, {}, 0
for i = 4, #ARGV, 2 do
  local id, size = ARGV[i], ARGV[i + 1]
  ids[#ids + 1], is_new[id], change = id, true, change + size
  for _, x in ipairs({id, size}) do sizes[#sizes + 1] = x end
  for _, x in ipairs({now, id}) do uses[#uses + 1] = x end
end
for _, old in ipairs(redis.call('HMGET', SIZES, unpack(ids))) do change = change - (tonumber(old or 0)) end
redis.call('HSET', SIZES, unpack(sizes))
redis.call('ZADD', USED, unpack(uses))
local total = redis.call('HINCRBY', SIZES, '', change + 0)

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

-- oldest is what was not used for longest, besides the new ones: they can be the first of those of the same moment.
local function oldest()
  for _, id in ipairs(redis.call('ZRANGE', USED, 0, 0)) do
    if not is_new[id] then return id end
  end
  for _, id in ipairs(redis.call('ZRANGE', USED, 0, #ids)) do
    if not is_new[id] then return id end
  end
end

while total > budget do
  local gone = oldest()
  if not gone then break end
  remove(gone)
end
-- New values alone are too much: they are more than the budget, or part of the account was lost.
if total > budget then
  local sum = 0
  for i = 2, #sizes, 2 do sum = sum + sizes[i] end
  redis.call('DEL', SIZES)
  redis.call('HSET', SIZES, '', sum, unpack(sizes))
  total = sum
  for _, id in ipairs(ids) do
    if total <= budget or total == tonumber(redis.call('HGET', SIZES, id)) then break end
    remove(id)
  end
end
redis.call('PEXPIRE', USED, longest)
redis.call('PEXPIRE', SIZES, longest)
return total
