-- delete removes a job in whatever state. A tombstone remains: without it, the worker that pops the job's
-- element would adopt it, and a web server that still has the package on its disk would put it back. The
-- set of deletions is for the web servers, each of which records them on its own disk.
--
-- KEYS[1] record; ARGV: id, how long to remember it in ms, when it was deleted in ms, and before when deletions are forgotten
local id = ARGV[1]
leave(id)
over(id)
redis.call('DEL', KEYS[1], completion(id))
redis.call('ZREM', OPEN, id)
redis.call('HDEL', DEAD, id)
redis.call('HSET', KEYS[1], 'state', 'deleted')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('ZADD', TAG .. 'deleted', ARGV[3], id)
redis.call('ZREMRANGEBYSCORE', TAG .. 'deleted', '-inf', '(' .. ARGV[4])
return 1
