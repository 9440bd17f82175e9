-- extend holds what is still held under an id for another time from now on. ARGV: the id, ms.
-- Returns 1, or 0 where nothing is held.
if tonumber(redis.call('ZSCORE', ENDS, ARGV[1]) or 0) <= now then return 0 end
hold_for(ARGV[1], tonumber(ARGV[2]))
return 1
