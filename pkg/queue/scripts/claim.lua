-- claim makes a popped element the running job of one worker. The list says who is next, the record says
-- what is true: an element that is not the current one of its record is stale. The same nonce gets the
-- same reply again.
--
-- An element without a record was pushed by hand, or Redis lost the record. It is adopted: record and claim
-- are one step. That takes its package, which is too long to be sent each time.
--
-- KEYS[1] record; ARGV: id, seq (empty: none), nonce, worker, lease in ms,
--   and for an adoption: package (or empty), created, maker, lifetime in ms (0: it does not say);
--   "1" where the element only names the package
-- Returns {"claimed", attempt, package of the record (empty: that of the element)} or {"stale"} or
-- {"unknown"}: repeat with the package.
local id = ARGV[1]
local state, seq, attempts, token =
  unpack(redis.call('HMGET', KEYS[1], 'state', 'seq', 'attempts', 'token'))
attempts = tonumber(attempts or 0)
local function claimed() return {'claimed', attempts, ARGV[10] == '1' and redis.call('HGET', KEYS[1], 'payload') or ''} end
if state == 'running' and token == attempts .. '-' .. ARGV[3] then return claimed() end
if not state then
  if redis.call('EXISTS', completion(id)) == 1 then return {'stale'} end
  if ARGV[6] == '' then return {'unknown'} end
  memory_or_not()
  redis.call('HSET', KEYS[1], 'payload', ARGV[6], 'created', ARGV[7], 'maker', ARGV[8])
  if ARGV[9] ~= '0' then redis.call('HSET', KEYS[1], 'keep', ARGV[9]) end
elseif state ~= 'queued' or seq ~= ARGV[2] then
  return {'stale'}
end
memory_or_not()
attempts = attempts + 1
local t = now()
leave(id)
redis.call('HDEL', KEYS[1], 'phase', 'done', 'total')
redis.call('HSET', KEYS[1], 'state', 'running', 'attempts', attempts,
  'token', attempts .. '-' .. ARGV[3], 'owner', ARGV[4], 'started', t)
redis.call('ZADD', OPEN, t + ARGV[5], id)
redis.call('HSET', HOLDS, ARGV[4], id)
conserve()
return claimed()
