-- put accepts a job, once: a client that lost the reply, or a person who clicked twice, asks again with the
-- same id.
--
-- KEYS[1] record; ARGV: id, list, payload, created, maker, most waiting (-1: any),
--   lifetime in ms (0: it does not say), the hash of the request or "",
--   client (empty: not known), most bytes of packages of one client and in all, "1" for a job that was
--   accepted before: no limit applies, and it goes to the front; "1" for WAIT
local id, list = ARGV[1], ARGV[2]
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'deleted' then return 'deleted' end
if state or redis.call('EXISTS', completion(id)) == 1 then
  local first = redis.call('HGET', KEYS[1], 'request') or ''
  if first ~= '' and ARGV[8] ~= '' and first ~= ARGV[8] then return 'other' end
  -- WAIT counts only writes of its own connection, and the first put was on another one.
  if ARGV[13] == '1' then redis.call('SET', TAG .. 'synced', now()) end
  return 'exists'
end
local client, accepted = ARGV[9], ARGV[12] == '1'
if not accepted then
  local limit = tonumber(ARGV[6])
  local waits = redis.call('LLEN', TAG .. list) + redis.call('ZCARD', aside(list))
  for _, version in ipairs(redis.call('SMEMBERS', VERSIONS)) do
    waits = waits + redis.call('LLEN', TAG .. list .. ':' .. version)
  end
  if limit >= 0 and waits >= limit then return 'full' end
  if spent('') + #ARGV[3] > tonumber(ARGV[11]) then return 'full' end
  if client ~= '' and spent(client) + #ARGV[3] > tonumber(ARGV[10]) then return 'client full' end
end
redis.call('HSET', KEYS[1], 'payload', ARGV[3], 'created', ARGV[4], 'maker', ARGV[5], 'attempts', 0)
if ARGV[7] ~= '0' then redis.call('HSET', KEYS[1], 'keep', ARGV[7]) end
if ARGV[8] ~= '' then redis.call('HSET', KEYS[1], 'request', ARGV[8]) end
if client ~= '' then redis.call('HSET', KEYS[1], 'client', client) end
spend(id, client, #ARGV[3])
compete(id, client, list, accepted)
return 'created'
