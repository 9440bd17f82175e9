-- tick is beat for a worker of which there is nothing new. Idle workers send one each second, so it is short: of the
-- common scripts it has clock.lua alone, and it only reads the clock, which the sweeps write.
--
-- KEYS[1] workers; ARGV: worker, instance, ms from one sweep to the next
-- Returns {"ok", 1 if a sweep is due, 1 during a pause}, {"taken"}, or {"unknown"}: send a whole heartbeat.
local t, _, swept = read_clock()
local holder = redis.call('HGET', NAMES, ARGV[1])
if holder ~= ARGV[2] then return {holder and 'taken' or 'unknown'} end
redis.call('ZADD', KEYS[1], t, ARGV[1])
local due, paused = sweep_due(t, swept, ARGV[3])
return {'ok', due and 1 or 0, paused and 1 or 0}
