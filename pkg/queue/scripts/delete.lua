-- delete forgets a job wherever it is. What remains is a tombstone: without it, the job's element
-- would be adopted by whoever pops it, and a web server that still has the package on its disk would
-- put it back.
--
-- KEYS[1] record; ARGV: id, keep in ms
local id = ARGV[1]
redis.call('DEL', KEYS[1], completion(id))
redis.call('ZREM', OPEN, id)
redis.call('HDEL', DEAD, id)
leave(id)
redis.call('HSET', KEYS[1], 'state', 'deleted')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
