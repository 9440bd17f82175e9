-- held reports whether something is still held under an id. ARGV: the id.
return tonumber(redis.call('ZSCORE', ENDS, ARGV[1]) or 0) > now and 1 or 0
