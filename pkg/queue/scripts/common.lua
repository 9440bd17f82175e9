-- What all scripts that handle jobs share; it is put behind clock.lua and in front of each of them.
local DEAD, FAILURES = TAG .. 'dead', TAG .. 'failures'
local HOLDS, BEATS = TAG .. 'holds', TAG .. 'beats'
local UP, DOWN = TAG .. 'seq', TAG .. 'front'
local VERSIONS, READERS = TAG .. 'versions', TAG .. 'readers'
local REMEMBERED = 7 * 24 * 3600 * 1000 -- job.Remembered, in ms
local LISTS = {'interactive', 'bulk'} -- in the order of the pop

local function record(id) return TAG .. 'job:' .. id end
local function completion(id) return TAG .. 'done:' .. id end
local function waiting(list) return TAG .. 'waiting:' .. list end

-- both returns the two lists of a version (empty: those of all versions).
local function both(version)
  if version == '' then return LISTS end
  return {LISTS[1] .. ':' .. version, LISTS[2] .. ':' .. version}
end

-- every returns all lists.
local function every()
  local all = {LISTS[1], LISTS[2]}
  for _, version in ipairs(redis.call('SMEMBERS', VERSIONS)) do
    for _, list in ipairs(both(version)) do all[#all + 1] = list end
  end
  return all
end

-- backstop is the time of the next check of a waiting job. Its list tells when it was popped, so the check
-- is only for the case that something other than these scripts damaged their data. It is far away, and
-- spread, so that a hundred thousand waiting jobs cost the sweep nothing.
local function backstop(seq) return now() + 3600000 + (seq % 3600) * 1000 end

-- push puts a job on a list. New jobs go to the back (the head of the list, numbered upwards), jobs that
-- had their turn already go to the front (the tail, numbered downwards from zero). So each list is always
-- sorted by number, the smallest at the tail, where BRPOP pops. A job with a version field goes onto the
-- list of that version.
--
-- A package of version 2 is in the record only, and its element names it: a copy would take twice the
-- memory.
local function element(id, seq, payload)
  local v = string.match(payload, '^{"v":(%d+),')
  if v and tonumber(v) >= 2 then return '{"seq":' .. seq .. ',"v":' .. v .. ',"id":"' .. id .. '"}' end
  return '{"seq":' .. seq .. ',' .. string.sub(payload, 2)
end

local function push(id, list, front)
  local seq = redis.call(front and 'DECR' or 'INCR', front and DOWN or UP)
  local payload, version = unpack(redis.call('HMGET', record(id), 'payload', 'version'))
  if version then
    list = list .. ':' .. version
    redis.call('SADD', VERSIONS, version)
    redis.call('HSET', record(id), 'aside', now())
  end
  redis.call('HSET', record(id), 'state', 'queued', 'list', list, 'seq', seq)
  redis.call('ZADD', waiting(list), seq, id)
  redis.call('ZADD', OPEN, version and now() or backstop(seq), id)
  redis.call(front and 'RPUSH' or 'LPUSH', TAG .. list, element(id, seq, payload))
end

-- leave removes a job from the waiting jobs of all lists. Its element, if one is left, is stale from then
-- on, and is dropped by the worker that pops it.
local function leave(id)
  for _, list in ipairs(every()) do redis.call('ZREM', waiting(list), id) end
end

-- Only COMPETE jobs of each client compete for workers at a time. The others are held in their order; older
-- programs see them as delayed. When one ends, the next is let in. If no job waits at all, the next held
-- job of some client is let in as an extra, so that no worker is idle because of this; it steps back as
-- soon as another client's job comes.
local COMPETE = 2
local EXTRA, HOLDERS = TAG .. 'extra', TAG .. 'holders'
local function competing(client) return TAG .. 'competing:' .. client end
local function held(client) return TAG .. 'held:' .. client end
local function aside(list) return TAG .. 'aside:' .. list end

-- hold makes a job wait behind the others of its client, or in front of them if it was let in before.
local function hold(id, client, list, front)
  local seq = redis.call('INCR', TAG .. 'turn')
  if front then seq = tonumber(redis.call('ZRANGE', held(client), 0, 0, 'WITHSCORES')[2] or seq) - 1 end
  redis.call('HSET', record(id), 'state', 'delayed', 'held', list)
  redis.call('ZADD', held(client), seq, id)
  redis.call('ZADD', HOLDERS, 'NX', seq, client)
  redis.call('ZADD', aside(list), seq, id)
  redis.call('ZADD', OPEN, backstop(math.abs(seq)), id)
end

-- unhold removes a job from those held.
local function unhold(id, client)
  redis.call('ZREM', held(client), id)
  if redis.call('ZCARD', held(client)) == 0 then redis.call('ZREM', HOLDERS, client) end
  for _, list in ipairs(LISTS) do redis.call('ZREM', aside(list), id) end
  redis.pcall('HDEL', record(id), 'held') -- the record may be damaged
end

-- let_in lets a job compete.
local function let_in(id, client, list, front)
  unhold(id, client)
  redis.call('SADD', competing(client), id)
  push(id, list, front)
end

local function nobody_waits()
  for _, list in ipairs(every()) do
    if redis.call('ZCARD', waiting(list)) > 0 then return false end
  end
  return true
end

-- next_of returns the next held job of a client. Jobs whose record is gone are forgotten.
local function next_of(client)
  while true do
    local id = redis.call('ZRANGE', held(client), 0, 0)[1]
    if not id then return nil end
    local list = redis.pcall('HGET', record(id), 'held')
    if type(list) == 'string' then return id, list end
    unhold(id, client)
  end
end

-- conserve lets in an extra job if none waits. Clients take turns.
local function conserve()
  if not nobody_waits() then return end
  local client = redis.call('ZRANGE', HOLDERS, 0, 0)[1]
  if not client then return end
  local id, list = next_of(client)
  if not id then return end
  let_in(id, client, list, false)
  redis.call('SET', EXTRA, id)
  if redis.call('ZSCORE', HOLDERS, client) then
    redis.call('ZADD', HOLDERS, redis.call('INCR', TAG .. 'turn'), client)
  end
end

-- step_back holds the extra job again if it still waits, for a job of another client.
local function step_back(other)
  local id = redis.call('GET', EXTRA)
  if not id then return end
  local client, state, list, seq, payload = unpack(redis.call('HMGET', record(id), 'client', 'state', 'list', 'seq', 'payload'))
  if client == other then return end
  redis.call('DEL', EXTRA)
  if state ~= 'queued' or not client or not list or not payload or not redis.call('ZSCORE', waiting(list), id) then return end
  if redis.call('SCARD', competing(client)) <= COMPETE then return end
  leave(id)
  redis.call('LREM', TAG .. list, -1, element(id, seq, payload)) -- nothing was in front of it
  redis.call('SREM', competing(client), id)
  redis.call('HDEL', record(id), 'seq', 'list')
  hold(id, client, string.match(list, '^%a+'), true)
end

-- compete lets a new job in, or holds it.
local function compete(id, client, list, front)
  if client == '' then
    step_back('')
    push(id, list, front)
  elseif redis.call('SCARD', competing(client)) < COMPETE then
    step_back(client)
    let_in(id, client, list, front)
  else
    hold(id, client, list, false)
    conserve()
  end
end

-- Bytes of unfinished packages, by client and in all.
local SIZES, SPENT = TAG .. 'sizes', TAG .. 'spent'

local function spend(id, client, bytes)
  redis.call('HSET', SIZES, id, bytes .. ':' .. client)
  redis.call('HINCRBY', SPENT, '', bytes)
  if client ~= '' then redis.call('HINCRBY', SPENT, client, bytes) end
end

local function spent(client) return tonumber(redis.call('HGET', SPENT, client) or 0) end

-- admit lets in the next job of a client, if fewer than COMPETE compete.
local function admit(client)
  local id, list = next_of(client)
  if id and redis.call('SCARD', competing(client)) < COMPETE then
    step_back(client)
    let_in(id, client, list, false)
  end
end

-- over gives back what a job has of its client's quotas, and lets in the next one.
local function over(id)
  local bytes, client = string.match(redis.call('HGET', SIZES, id) or '', '^(%d+):(.*)$')
  if not bytes then return end
  redis.call('HDEL', SIZES, id)
  redis.call('HINCRBY', SPENT, '', -bytes)
  if client == '' then return end
  if redis.call('HINCRBY', SPENT, client, -bytes) <= 0 then redis.call('HDEL', SPENT, client) end
  unhold(id, client)
  redis.call('SREM', competing(client), id)
  admit(client)
  conserve()
end

-- delayed makes a job wait for some milliseconds; the sweep pushes it when it is due.
local function delayed(id, delay)
  redis.call('HSET', record(id), 'state', 'delayed')
  redis.call('ZADD', OPEN, now() + delay, id)
end

-- backoff returns how long to wait after so many attempts: base, then 8 times, then 60 times that.
local function backoff(base, attempts) return base * math.min(60, 8 ^ (attempts - 1)) end

-- conclude makes a job final. The outcome is the JSON of the completion key; the record has a copy,
-- because others may read, and remove, the completion key.
local function conclude(id, state, outcome, lifetime)
  redis.call('ZREM', OPEN, id)
  leave(id)
  over(id)
  redis.call('HDEL', record(id), 'seq', 'list', 'phase', 'done', 'total', 'look')
  redis.call('HSET', record(id), 'state', state, 'outcome', outcome)
  -- The record outlives the completion key, to tell people that the mosaic has expired.
  redis.call('PEXPIRE', record(id), lifetime + REMEMBERED)
  redis.call('SET', completion(id), outcome, 'PX', lifetime)
  if state == 'failed' then -- ops look at the last ones
    redis.call('LPUSH', FAILURES, outcome)
    redis.call('LTRIM', FAILURES, 0, 49)
  end
end
