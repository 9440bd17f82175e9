-- What the scripts share that handle workers that fell silent in the middle of a job.

-- bury gives a job up: it fails, and goes onto the dead list with the reason.
local function bury(id, failure, attempts, created, maker, terms)
  local outcome = {
    id = id, state = 'failed', attempt = attempts, failure = failure,
    created = created or nil, finished = terms.at,
  }
  if maker and maker ~= '' then outcome.maker = maker end
  local lifetime = redis.call('HGET', record(id), 'keep')
  conclude(id, 'failed', cjson.encode(outcome), lifetime or terms.keep)
  redis.call('HSET', DEAD, id, cjson.encode({
    id = id, code = failure.code, reason = failure.message, detail = failure.detail,
    at = terms.at, attempts = attempts,
  }))
end

-- failure_of is a failure whose message comes as JSON, see message.Told.
local function failure_of(code, told, detail)
  local failure = cjson.decode(told)
  failure.code, failure.detail = code, detail
  return failure
end

-- broke_off takes a running job from its worker. The attempt counts, since the job itself may kill its
-- workers. After the first crash the job is the next one; from the second on it waits longer and longer,
-- so that it does not hold up others; after the last attempt it is given up.
local function broke_off(id, terms)
  local attempts, owner, created, maker = unpack(redis.call('HMGET', record(id),
    'attempts', 'owner', 'created', 'maker'))
  attempts = tonumber(attempts or 0)
  if attempts >= terms.most then
    local detail = 'worker ' .. (owner or '?') .. ' fell silent in attempt ' .. attempts
    bury(id, failure_of('too_many_try', terms.given_up, detail), attempts, created, maker, terms)
    return 'dead'
  end
  if attempts == 1 then push(id, LISTS[1], true) else delayed(id, backoff(terms.base, attempts)) end
  return 'expired'
end
