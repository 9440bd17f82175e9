-- foreign leaves a popped element to the workers that read its version: it moves to the list where only
-- they look, and look first. The attempt does not count, and a job from the front goes to the front.
--
-- An element without a record was pushed by hand, or Redis lost the record: it gets one.
--
-- KEYS[1] record; ARGV: id, seq (empty: none), version, list, life of a heartbeat in ms,
--   and for an adoption: package (or empty), created, maker
-- Returns {"left", 1 if a live worker reads the version} or {"stale"} or {"unknown"}: come again
-- with the package.
local id, seq, version = ARGV[1], ARGV[2], ARGV[3]
local state, known = unpack(redis.call('HMGET', KEYS[1], 'state', 'seq'))
if not state then
  if redis.call('EXISTS', completion(id)) == 1 then return {'stale'} end
  if ARGV[6] == '' then return {'unknown'} end
  memory_or_not()
  redis.call('HSET', KEYS[1], 'payload', ARGV[6], 'created', ARGV[7], 'maker', ARGV[8], 'attempts', 0)
elseif state ~= 'queued' or known ~= seq then
  return {'stale'}
end
memory_or_not()
leave(id)
redis.call('HSET', KEYS[1], 'version', version)
push(id, ARGV[4], seq ~= '' and tonumber(seq) < 0)
local read = tonumber(redis.call('ZSCORE', READERS, version) or 0) > now() - ARGV[5]
return {'left', read and 1 or 0}
