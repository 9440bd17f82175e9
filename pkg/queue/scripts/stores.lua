-- stores notes which stores a process uses, if one of them belongs to this Redis already, or none does. So
-- both stores of a pair belong to it, and one of them can be replaced.
--
-- KEYS[1] the set of stores; ARGV: "1" to note them, and their identities
-- Returns {} or, for a process with other stores, those that belong here.
local all = redis.call('ZRANGE', KEYS[1], 0, -1)
local belongs = #all == 0
for i = 2, #ARGV do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) then belongs = true end
end
if not belongs then return all end
if ARGV[1] == '1' then
  for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now(), ARGV[i]) end
end
return {}
