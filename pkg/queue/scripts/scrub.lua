-- scrub gives the scrub of the store to whoever asks while nobody has it, or to its holder again.
--
-- KEYS[1] scrubber; ARGV: name of the process, time in ms
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
