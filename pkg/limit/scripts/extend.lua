-- extend holds what is held under an id for longer. ARGV: the id, ms.
if not redis.call('ZSCORE', ENDS, ARGV[1]) then return 0 end
hold_for(ARGV[1], tonumber(ARGV[2]))
return 1
