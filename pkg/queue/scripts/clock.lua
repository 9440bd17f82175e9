-- What all scripts share; it is put in front of each of them.
--
-- Key names are made here from ids, and only the first one is declared in KEYS. They all have the same
-- hash tag, so they are in one slot, and KEYS[1] takes the script there.
local TAG = '{smalti}:'
local OPEN, NAMES = TAG .. 'open', TAG .. 'names'

-- read_clock returns the time on the queue's own clock, in ms, and on Redis's clock. It writes nothing.
--
-- The queue's clock never goes back, and never jumps: it advances by what passed on Redis's clock since
-- it was last written, at most MOST_TICK. It is written each second. So a step of Redis's clock, a
-- failover to a host with another clock, or an outage costs a lease at most MOST_TICK, and never makes
-- one longer. If it was never written, it is Redis's clock, so older ledgers stay valid.
--
-- It also returns what the last sweep noted, see sweep_due.
local CLOCK, MOST_TICK = TAG .. 'clock', 2000
local function read_clock()
  local time = redis.call('TIME')
  local wall = time[1] * 1000 + math.floor(time[2] / 1000)
  local t, last, swept = unpack(redis.call('HMGET', CLOCK, 'now', 'redis', 'swept'))
  if not t then return wall, wall end
  return t + math.min(math.max(wall - last, 0), MOST_TICK), wall, swept
end

-- When its memory is full, Redis refuses commands that may take more, but within a script only until the
-- first write. Jobs in flight must be able to end even then, so their scripts begin with a removal that
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

-- sweep_due reports whether some process should sweep now: none has for some milliseconds, or the time of a job's next
-- check has come. Of a thousand processes, each of which asks once a second, all would be too many. It also returns
-- whether the queue is paused. A sweep notes "when next_check paused": its time, the ledger's first one, and 1 or 0.
local function sweep_due(t, swept, every)
  local at, next_check, paused = string.match(swept or '', '^(%d+) (%d+) ([01])$')
  if not at then return true, false end
  return t - at >= every + 0 or t - at < 0 or t - next_check >= 0, paused == '1'
end
