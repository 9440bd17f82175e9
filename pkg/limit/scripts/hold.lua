-- hold notes that a client holds some bytes under an id, if it and all together may.
-- ARGV: id, client, bytes, what one client may hold (0: any), what all may, ms, how many bytes it is to
-- become: where so many may not be held, none are.
-- Returns 0, 1 when the client holds as much as it may, or 2 when all do.
local id, client, n, most, total = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local want = math.max(n, tonumber(ARGV[7]))
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', ENDS, '-inf', now, 'LIMIT', 0, 100)) do release(gone) end
local bytes, whose = held(id)
local own = bytes and whose == client and tonumber(bytes) or 0
local mine = tonumber(redis.call('HGET', BY, client) or 0) - own
local all = tonumber(redis.call('HGET', BY, '') or 0) - (tonumber(bytes) or 0)
if most > 0 and mine + want > most then return 1 end
if total > 0 and all + want > total then return 2 end
release(id)
local exact = string.format('%.0f', n)
redis.call('HSET', HELD, id, exact .. ' ' .. client)
count(client, exact)
count('', exact)
hold_for(id, tonumber(ARGV[6]))
return 0
