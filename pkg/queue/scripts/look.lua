-- look notes what of a mosaic can be seen already, for the holder of the attempt's token. With any other
-- token in the record, it is nothing: a later attempt has other files.
--
-- KEYS[1] record; ARGV: id, token, what can be seen as JSON
local state, token = unpack(redis.call('HMGET', KEYS[1], 'state', 'token'))
if state ~= 'running' or token ~= ARGV[2] then return 0 end
memory_or_not()
redis.call('HSET', KEYS[1], 'look', token .. ' ' .. ARGV[3])
return 1
