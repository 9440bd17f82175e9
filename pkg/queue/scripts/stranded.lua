-- stranded finds jobs on the lists of a version that no live worker reads, while one reads an older
-- version. It writes nothing.
--
-- KEYS[1] open; ARGV: life of a heartbeat in ms, limit, oldest version, newest version that the caller reads
-- Returns {version to write, {id, number, package, list, …}} with the jobs of one list, the last first.
local t = read_clock()
local function read(version) return tonumber(redis.call('ZSCORE', READERS, version) or 0) > t - ARGV[1] end
for version = tonumber(ARGV[4]), tonumber(ARGV[3]) + 1, -1 do
  if not read(version) then
    for older = version - 1, tonumber(ARGV[3]), -1 do
      if read(older) then
        for i, list in ipairs(both(version)) do
          local jobs = {}
          for _, id in ipairs(redis.call('ZREVRANGE', waiting(list), 0, ARGV[2] - 1)) do
            local seq, payload = unpack(redis.call('HMGET', record(id), 'seq', 'payload'))
            if payload then
              for _, x in ipairs({id, seq, payload, LISTS[i]}) do jobs[#jobs + 1] = x end
            end
          end
          if #jobs > 0 then return {older, jobs} end
        end
        break
      end
    end
  end
end
return {0, {}}
