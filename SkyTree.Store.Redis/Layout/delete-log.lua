-- Stages the deletion of the first messages of the log up to an offset; apply.lua carries it out.
-- ARGV: prefix of the topics' lists, offset, at most so many.
-- Returns whether it was (0: something staged earlier must be applied first), how many are deleted, and the offset to go on
-- with: what is appended meanwhile stays.
local state, log, bodies, topics, names, bytes = unpack(KEYS)
local queues, upTo, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])

local function above(a, b)
  return #a > #b or (#a == #b and a > b)
end

if redis.call('HEXISTS', bodies, 'change') == 1 then
  return {0, 0, upTo}
end

local last = redis.call('HGET', state, 'last') or '0'
if above(upTo, last) then
  upTo = last
end

local offsets, counts, sizes = {}, {}, {}
for at, entry in ipairs(redis.call('XRANGE', log, '-', upTo .. '-0', 'COUNT', limit)) do
  local fields = entry[2]
  local id = fields[2]
  offsets[at] = string.match(entry[1], '^%d+')
  counts[id] = (counts[id] or 0) + 1
  sizes[id] = (sizes[id] or 0) + tonumber(fields[4])
end
if #offsets == 0 then
  return {1, 0, upTo}
end

-- The first messages of the log are the first of their topics.
local left = {}
for id, count in pairs(counts) do
  left[#left + 1] = id
  left[#left + 1] = redis.call('LLEN', queues .. id) - count
  left[#left + 1] = string.format('%.0f', (tonumber(redis.call('HGET', bytes, id)) or 0) - sizes[id])
end
redis.call('HDEL', bodies, 'none') -- Or a server that is out of memory would refuse what gives memory back, see apply.lua.
redis.call('HSET', bodies, 'change', cmsgpack.pack({wholeLog = true, offsets = offsets, topics = left}))
return {1, #offsets, upTo}
