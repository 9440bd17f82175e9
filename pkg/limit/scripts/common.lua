-- What all scripts about what is held share.
-- KEYS: ids by the end of their time (ms), "bytes client" by id, bytes by client (and of all, under the
-- empty name), who claimed it by id.
local ENDS, HELD, BY, FOR = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)

local function count(whose, change)
  if redis.call('HINCRBY', BY, whose, change) <= 0 then redis.call('HDEL', BY, whose) end
end

local function held(id) return string.match(redis.call('HGET', HELD, id) or '', '^(%d+) (.*)$') end

local function release(id)
  local bytes, whose = held(id)
  if bytes then
    count(whose, -bytes)
    count('', -bytes)
  end
  redis.call('HDEL', HELD, id)
  redis.call('HDEL', FOR, id)
  return redis.call('ZREM', ENDS, id)
end

-- hold_for sets the end of the time. The keys themselves last longer, and others may be held for longer.
local function hold_for(id, ttl)
  redis.call('ZADD', ENDS, now + ttl, id)
  for _, key in ipairs(KEYS) do
    if redis.call('PTTL', key) < 2 * ttl then redis.call('PEXPIRE', key, 2 * ttl) end
  end
end
