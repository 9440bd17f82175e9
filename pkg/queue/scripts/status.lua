-- status returns all about some jobs in one round trip, and writes nothing.
--
-- KEYS[1] the first one's record; ARGV: their ids
-- Returns a text for each, since ten small replies take longer to send and to read: state, attempts, phase, done,
-- total, created, maker, outcome, position, lifetime in ms and first look, all of which may be empty, with the control
-- character 31 between them, which JSON does not contain; or a text that says why its record cannot be read.
local function status(id)
  local r = redis.call('HMGET', record(id),
    'state', 'attempts', 'phase', 'done', 'total', 'created', 'maker', 'outcome', 'list', 'keep', 'held', 'token', 'look')
  local state, list = r[1] or '', r[9]
  local outcome = r[8] or (state == '' and redis.call('GET', completion(id)))
  local position = 1 -- also of a job that is being claimed, or waits for its next attempt
  if r[11] then -- behind everybody who competes
    for _, l in ipairs(every()) do position = position + redis.call('ZCARD', waiting(l)) end
    position = position + (redis.call('ZRANK', aside(r[11]), id) or 0)
  elseif state == 'queued' then
    local rank = redis.call('ZRANK', waiting(list), id)
    if rank then
      position = rank + 1
      local kind, version = string.match(list, '^(%a+):?(.*)$')
      if kind == LISTS[2] then position = position + redis.call('ZCARD', waiting(both(version)[1])) end
    end
  end
  local token, look = r[12], ''
  if r[13] and token and state == 'running' and string.sub(r[13], 1, #token + 1) == token .. ' ' then
    look = string.sub(r[13], #token + 2)
  end
  local fields = {state, r[2], r[3], r[4], r[5], r[6], r[7], outcome, position, r[10], look}
  for i = 1, 11 do fields[i] = fields[i] or '' end
  return table.concat(fields, '\31')
end

local all = {}
for i, id in ipairs(ARGV) do
  -- A damaged record must not affect the others.
  local ok, answer = pcall(status, id)
  all[i] = ok and answer or 'error: ' .. tostring(type(answer) == 'table' and answer.err or answer)
end
return all
