-- sweep takes the next step for every job whose worker fell silent. It is one atomic step, so any process
-- may sweep at any time, and no leader is needed. It notes when it was, so that not all of them do.
--
-- KEYS[1] open; ARGV: limit, grace in ms, most attempts, base delay in ms, keep in ms,
--   time of day (RFC 3339), messages (as JSON) for a job that is given up and for one that is damaged,
--   how long in ms a job waits for a worker that reads its version, the message for one that did in vain,
--   ms from one sweep to the next (0: sweep in any case)
-- Returns {unclaimed, expired, due, dead, damaged, 1 if there is more to do, 1 during a pause, unread,
--   1 if there are lists of single versions}.
local limit, grace = tonumber(ARGV[1]), tonumber(ARGV[2])
local terms = {most = tonumber(ARGV[3]), base = ARGV[4], keep = ARGV[5], at = ARGV[6], given_up = ARGV[7]}
local count = {unclaimed = 0, expired = 0, due = 0, dead = 0, damaged = 0, unread = 0, kept = 0}
local more = 0
local paused = redis.call('EXISTS', TAG .. 'paused')
local t, _, swept = read_clock()
if ARGV[11] ~= '0' and not sweep_due(t, swept, ARGV[11]) then return {0, 0, 0, 0, 0, 0, paused, 0, 0} end
memory_or_not()
t = now()

-- popped returns the jobs that were popped, but not claimed yet. A list is sorted by number, so all jobs
-- with a smaller number than its tail have left it: one look at the tail, however long the list. A tail
-- without a number was pushed by hand, and one beyond the counter is forged: neither tells anything.
local function popped(list)
  if redis.call('ZCARD', waiting(list)) == 0 then return {} end
  local tail = redis.call('LINDEX', TAG .. list, -1)
  local bound = '+inf'
  if tail then
    local seq = string.match(tail, '^{"seq":(%-?%d+),')
    if not seq or tonumber(seq) > tonumber(redis.call('GET', UP) or 0) then return {} end
    bound = '(' .. seq
  end
  return redis.call('ZRANGEBYSCORE', waiting(list), '-inf', bound, 'LIMIT', 0, limit)
end

-- The worker that popped one of them has the grace from now on to claim it.
for _, list in ipairs(every()) do
  local ids = popped(list)
  for _, id in ipairs(ids) do
    redis.call('ZREM', waiting(list), id)
    redis.call('ZADD', OPEN, t + grace, id)
  end
  if #ids == limit then more = 1 end
end

-- The list of a version exists as long as something is on it.
for _, version in ipairs(redis.call('SMEMBERS', VERSIONS)) do
  local left = 0
  for _, list in ipairs(both(version)) do
    left = left + redis.call('ZCARD', waiting(list)) + redis.call('LLEN', TAG .. list)
  end
  if left == 0 then redis.call('SREM', VERSIONS, version) end
end

-- in_vain gives up a job after it has waited long enough for a live worker that reads its version. Its
-- package stays, so that ops can retry it.
local function in_vain(id, version)
  local aside, attempts, created, maker = unpack(redis.call('HMGET', record(id), 'aside', 'attempts', 'created', 'maker'))
  local until_ = math.max(tonumber(aside or 0), tonumber(redis.call('ZSCORE', READERS, version) or 0)) + ARGV[9]
  if t < until_ then
    redis.call('ZADD', OPEN, until_, id)
    return 'kept'
  end
  local detail = 'no living worker reads packages of version ' .. version
  bury(id, failure_of('unread', ARGV[10], detail), tonumber(attempts or 0), created, maker, terms)
  return 'unread'
end

-- check takes the next step for a job whose time has come, and says which.
local function check(id)
  local state, list, seq, version, held_on, client = unpack(redis.call('HMGET', record(id),
    'state', 'list', 'seq', 'version', 'held', 'client'))
  if state == 'running' then
    return broke_off(id, terms)
  elseif state == 'delayed' and held_on then
    if client and redis.call('ZSCORE', held(client), id) then
      redis.call('ZADD', OPEN, backstop(0), id)
      return 'kept'
    end
    let_in(id, client or '', held_on, false)
    return 'due'
  elseif state == 'delayed' then
    push(id, LISTS[1], true)
    return 'due'
  elseif state == 'queued' and redis.call('ZSCORE', waiting(list), id) then
    if version then return in_vain(id, version) end
    redis.call('ZADD', OPEN, backstop(seq), id)
    return 'kept'
  elseif state == 'queued' then
    push(id, LISTS[1], true)
    return 'unclaimed'
  end
  redis.call('ZREM', OPEN, id)
  return 'kept'
end

-- A job that was ended by an older program, which knows nothing of clients, frees its place here.
for _, client in ipairs(redis.call('ZRANGE', HOLDERS, 0, 9)) do
  for _, id in ipairs(redis.call('SMEMBERS', competing(client))) do
    if not redis.call('ZSCORE', OPEN, id) then
      over(id)
      redis.call('SREM', competing(client), id)
    end
  end
  admit(client)
end
conserve()

local ids = redis.call('ZRANGEBYSCORE', OPEN, '-inf', t, 'LIMIT', 0, limit)
for _, id in ipairs(ids) do
  -- A damaged record must not stop the sweep of all others.
  local ok, step = pcall(check, id)
  if not ok then
    local err = type(step) == 'table' and step.err or step
    over(id)
    redis.call('DEL', record(id))
    bury(id, failure_of('internal', ARGV[8], 'damaged record: ' .. tostring(err)), 0, nil, nil, terms)
    step = 'damaged'
  end
  count[step] = count[step] + 1
end
if #ids == limit then more = 1 end
local first = redis.call('ZRANGE', OPEN, 0, 0, 'WITHSCORES')[2] or t + 3600000
redis.call('HSET', CLOCK, 'swept', string.format('%.0f %.0f %d', t, math.max(first, 0), paused))
return {count.unclaimed, count.expired, count.due, count.dead, count.damaged, more,
  paused, count.unread, redis.call('EXISTS', VERSIONS)}
