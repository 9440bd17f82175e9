-- claim gives what is held under an id to a user, unless another one has it, and holds it for another time from now on.
-- ARGV: the id, the user, ms.
-- Returns 1, or 0 where nothing is held, or 2 where another user has it.
local id, user = ARGV[1], ARGV[2]
if tonumber(redis.call('ZSCORE', ENDS, id) or 0) <= now then return 0 end
if (redis.call('HGET', FOR, id) or user) ~= user then return 2 end
redis.call('HSET', FOR, id, user)
hold_for(id, tonumber(ARGV[3]))
return 1
