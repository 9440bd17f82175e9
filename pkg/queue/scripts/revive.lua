-- revive puts a job of the dead list back, with all of its attempts.
--
-- KEYS[1] record; ARGV: id
local id = ARGV[1]
local state, payload = unpack(redis.call('HMGET', KEYS[1], 'state', 'payload'))
if redis.call('HEXISTS', DEAD, id) == 0 or state ~= 'failed' or not payload then return 0 end
redis.call('HDEL', DEAD, id)
redis.call('DEL', completion(id))
redis.call('PERSIST', KEYS[1])
redis.call('HDEL', KEYS[1], 'outcome', 'token', 'owner')
redis.call('HSET', KEYS[1], 'attempts', 0)
local client = redis.call('HGET', KEYS[1], 'client') or ''
spend(id, client, #payload)
if client ~= '' then redis.call('SADD', competing(client), id) end
push(id, 'interactive', false)
return 1
