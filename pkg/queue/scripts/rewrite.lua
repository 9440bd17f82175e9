-- rewrite gives a waiting job the same package in an older version, and puts it at the front of a list,
-- since it had its turn before.
--
-- KEYS[1] record; ARGV: id, number that it waits with, package, list
local state, seq, list, payload = unpack(redis.call('HMGET', KEYS[1], 'state', 'seq', 'list', 'payload'))
if state ~= 'queued' or seq ~= ARGV[2] then return 0 end
-- Later readers of the version's list should not find it. The last ones are at its head, where LREM begins.
redis.call('LREM', TAG .. list, 1, element(ARGV[1], seq, payload))
leave(ARGV[1])
redis.call('HDEL', KEYS[1], 'version', 'aside')
redis.call('HSET', KEYS[1], 'payload', ARGV[3])
push(ARGV[1], ARGV[4], true)
return 1
