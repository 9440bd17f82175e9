-- What the scripts share; it is put in front of each of them.
--
-- Key names are made here from ids, and only the first one is declared in KEYS: they all carry one
-- hash tag, so they live in one slot, and KEYS[1] takes the script there.
local TAG = '{smalti}:'
local OPEN, DEAD, FAILURES = TAG .. 'open', TAG .. 'dead', TAG .. 'failures'
local NAMES, HOLDS, BEATS = TAG .. 'names', TAG .. 'holds', TAG .. 'beats'
local UP, DOWN = TAG .. 'seq', TAG .. 'front'
local VERSIONS, READERS = TAG .. 'versions', TAG .. 'readers'
local REMEMBERED = 7 * 24 * 3600 * 1000 -- job.Remembered, in ms
local LISTS = {'interactive', 'bulk'} -- in the order of the pop

local function record(id) return TAG .. 'job:' .. id end
local function completion(id) return TAG .. 'done:' .. id end
local function waiting(list) return TAG .. 'waiting:' .. list end

-- both are the two lists of one version (empty: of all).
local function both(version)
  if version == '' then return LISTS end
  return {LISTS[1] .. ':' .. version, LISTS[2] .. ':' .. version}
end

-- every is all lists that there are.
local function every()
  local all = {LISTS[1], LISTS[2]}
  for _, version in ipairs(redis.call('SMEMBERS', VERSIONS)) do
    for _, list in ipairs(both(version)) do all[#all + 1] = list end
  end
  return all
end

-- read_clock is the time on the queue's own clock, in ms, and that on Redis's clock; it writes nothing.
--
-- The queue's clock never goes back, and never jumps: it is advanced by what passed on Redis's clock
-- since it was last written, at most MOST_TICK. Somebody writes it each second. So a step of Redis's
-- clock, a failover to a host with another one, or a time without Redis costs a lease MOST_TICK at most,
-- and never makes one longer. Where it was never written, it is Redis's clock: what is in a ledger of
-- that time goes on.
local CLOCK, MOST_TICK = TAG .. 'clock', 2000
local function read_clock()
  local time = redis.call('TIME')
  local wall = time[1] * 1000 + math.floor(time[2] / 1000)
  local t, last = unpack(redis.call('HMGET', CLOCK, 'now', 'redis'))
  if not t then return wall, wall end
  return t + math.min(math.max(wall - last, 0), MOST_TICK), wall
end

-- Redis refuses what may grow while its memory is full, but within a script only until the first
-- write. What is in flight must be able to end, even then: such scripts begin with a removal that
-- removes nothing.
local function memory_or_not() redis.call('ZREM', OPEN, '') end

-- now is the time on the queue's clock, in ms, which it advances.
local ticked
local function now()
  if not ticked then
    local wall
    ticked, wall = read_clock()
    memory_or_not()
    redis.call('HSET', CLOCK, 'now', ticked, 'redis', wall)
  end
  return ticked
end

-- A waiting job stands in a list, and the list itself says when it was popped. Its next check is
-- only for the case that something other than these scripts damaged what they keep; it is far away,
-- and spread, so that a hundred thousand waiting jobs cost the sweep nothing.
local function backstop(seq) return now() + 3600000 + (seq % 3600) * 1000 end

-- push puts a job on a list. New jobs go to the back (the head of the list, numbered upwards), jobs
-- that had their turn already go in front of everybody (the tail, numbered downwards from zero). So
-- each list is always sorted by number, the smallest at the tail, where BRPOP takes. A job of which
-- it turned out that not everybody reads its version stands where only those look who do.
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
  redis.call(front and 'RPUSH' or 'LPUSH', TAG .. list,
    '{"seq":' .. seq .. ',' .. string.sub(payload, 2))
end

-- leave takes a job off the books of all lists. Its element, if one is left, is stale from then on
-- and will be dropped by whoever pops it.
local function leave(id)
  for _, list in ipairs(every()) do redis.call('ZREM', waiting(list), id) end
end

-- delayed puts a job aside for some milliseconds; the sweep pushes it when it is due.
local function delayed(id, delay)
  redis.call('HSET', record(id), 'state', 'delayed')
  redis.call('ZADD', OPEN, now() + delay, id)
end

-- backoff is how long to wait after that many attempts: the base, 8 times, at most 60 times that.
local function backoff(base, attempts) return base * math.min(60, 8 ^ (attempts - 1)) end

-- conclude makes a job final. The outcome is the JSON of the completion key; the record keeps a
-- copy, because the completion key may be read, and removed, by others.
local function conclude(id, state, outcome, keep)
  redis.call('ZREM', OPEN, id)
  leave(id)
  redis.call('HDEL', record(id), 'seq', 'list', 'phase', 'done', 'total')
  redis.call('HSET', record(id), 'state', state, 'outcome', outcome)
  -- The record outlives the completion key, to tell people that the mosaic has expired.
  redis.call('PEXPIRE', record(id), keep + REMEMBERED)
  redis.call('SET', completion(id), outcome, 'PX', keep)
  if state == 'failed' then -- ops look at the last ones
    redis.call('LPUSH', FAILURES, outcome)
    redis.call('LTRIM', FAILURES, 0, 49)
  end
end
