-- unclaim takes a user's claim back and holds what is held for another time from now on. ARGV: the id, the user, ms.
local id, user = ARGV[1], ARGV[2]
if redis.call('HGET', FOR, id) ~= user then return 0 end
redis.call('HDEL', FOR, id)
if tonumber(redis.call('ZSCORE', ENDS, id) or 0) > now then hold_for(id, tonumber(ARGV[3])) end
return 1
