-- depth counts all jobs, and writes nothing.
--
-- KEYS[1] open; ARGV: life of a heartbeat in ms
-- Returns {waiting interactive and bulk jobs, including held ones, unfinished, dead, on lists of versions
-- that no live worker reads, {when the next ones of the interactive lists were requested}, {of the bulk
-- lists}, jobs ever put, 1 during a pause, {event that ended workers, how often, …}}.
local versions, t = redis.call('SMEMBERS', VERSIONS), read_clock()
local waits, next, unread = {0, 0}, {{}, {}}, 0
for i, list in ipairs(LISTS) do
  waits[i] = redis.call('ZCARD', aside(list))
  local first = redis.call('ZRANGE', aside(list), 0, 0)[1]
  local created = first and redis.call('HGET', record(first), 'created')
  if created then table.insert(next[i], created) end
end
table.insert(versions, 1, '')
for _, version in ipairs(versions) do
  local read = version == '' or tonumber(redis.call('ZSCORE', READERS, version) or 0) > t - ARGV[1]
  for i, list in ipairs(both(version)) do
    local n = redis.call('LLEN', TAG .. list)
    waits[i] = waits[i] + n
    if not read then unread = unread + n end
    local first = redis.call('ZRANGE', waiting(list), 0, 0)[1]
    local created = first and redis.call('HGET', record(first), 'created')
    if created then table.insert(next[i], created) end
  end
end
return {waits[1], waits[2], redis.call('ZCARD', KEYS[1]), redis.call('HLEN', DEAD), unread, next[1], next[2],
  redis.call('GET', UP) or '0', redis.call('EXISTS', TAG .. 'paused'), redis.call('HGETALL', TAG .. 'troubles')}
