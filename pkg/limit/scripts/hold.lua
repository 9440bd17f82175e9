-- Notes that a client holds some bytes under an id, if it and all together may.
-- KEYS: ids by the end of their time (ms), "bytes client" by id, bytes by client (and of all, under
-- the empty name). ARGV: id, client, bytes, what one client may hold (0: any), what all may, ms, how many
-- bytes it is to become: where so many may not be held, none are.
-- Returns 0, 1 when the client holds as much as it may, or 2 when all do.
local ENDS, HELD, BY = KEYS[1], KEYS[2], KEYS[3]
local id, client, n, most, total, keep = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local want = math.max(n, tonumber(ARGV[7]))
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)

local function count(whose, change)
  if redis.call('HINCRBY', BY, whose, change) <= 0 then redis.call('HDEL', BY, whose) end
end
local function release(gone)
  local bytes, whose = string.match(redis.call('HGET', HELD, gone) or '', '^(%d+) (.*)$')
  if bytes then
    count(whose, -bytes)
    count('', -bytes)
  end
  redis.call('HDEL', HELD, gone)
  redis.call('ZREM', ENDS, gone)
end

for _, gone in ipairs(redis.call('ZRANGEBYSCORE', ENDS, '-inf', now, 'LIMIT', 0, 100)) do release(gone) end
local own = 0
local bytes, whose = string.match(redis.call('HGET', HELD, id) or '', '^(%d+) (.*)$')
if bytes and whose == client then own = tonumber(bytes) end
local mine = tonumber(redis.call('HGET', BY, client) or 0) - own
local all = tonumber(redis.call('HGET', BY, '') or 0) - (tonumber(bytes) or 0)
if most > 0 and mine + want > most then return 1 end
if total > 0 and all + want > total then return 2 end
release(id)
redis.call('HSET', HELD, id, string.format('%.0f ', n) .. client)
redis.call('ZADD', ENDS, now + keep, id)
count(client, string.format('%.0f', n))
count('', string.format('%.0f', n))
for _, key in ipairs(KEYS) do -- others may be held for longer
  if redis.call('PTTL', key) < 2 * keep then redis.call('PEXPIRE', key, 2 * keep) end
end
return 0
