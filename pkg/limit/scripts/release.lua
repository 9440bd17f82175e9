-- Gives back what is held under an id. KEYS as in hold.lua. ARGV: the id.
local ENDS, HELD, BY = KEYS[1], KEYS[2], KEYS[3]
local bytes, whose = string.match(redis.call('HGET', HELD, ARGV[1]) or '', '^(%d+) (.*)$')
if bytes then
  for _, name in ipairs({whose, ''}) do
    if redis.call('HINCRBY', BY, name, -bytes) <= 0 then redis.call('HDEL', BY, name) end
  end
end
redis.call('HDEL', HELD, ARGV[1])
return redis.call('ZREM', ENDS, ARGV[1])
