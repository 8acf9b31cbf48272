-- Deletes the first messages of the log up to an offset. ARGV: prefix of the topics' lists, offset, at most so many.
-- Returns how many were deleted, and the offset to go on with: what is appended meanwhile stays.
local state, log, bodies, topics, names, bytes = unpack(KEYS)
local queues, upTo, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])

local function above(a, b)
  return #a > #b or (#a == #b and a > b)
end

local last = redis.call('HGET', state, 'last') or '0'
if above(upTo, last) then
  upTo = last
end

local offsets, counts, sizes = {}, {}, {}
for _, entry in ipairs(redis.call('XRANGE', log, '-', upTo .. '-0', 'COUNT', limit)) do
  local fields = entry[2]
  local id = fields[2]
  offsets[#offsets + 1] = string.match(entry[1], '^%d+')
  counts[id] = (counts[id] or 0) + 1
  sizes[id] = (sizes[id] or 0) + tonumber(fields[4])
end
if #offsets == 0 then
  return {0, upTo}
end

redis.call('XTRIM', log, 'MINID', '=', offsets[#offsets] .. '-1')
redis.call('HDEL', bodies, unpack(offsets))
for id, count in pairs(counts) do
  -- The first messages of the log are the first of their topics.
  local queue = queues .. id
  redis.call('LTRIM', queue, count, -1)
  if redis.call('EXISTS', queue) == 0 then
    redis.call('ZREM', topics, redis.call('HGET', names, id) .. '\0' .. id)
    redis.call('HDEL', names, id)
    redis.call('HDEL', bytes, id)
  else
    redis.call('HINCRBY', bytes, id, string.format('%.0f', 0 - sizes[id]))
  end
end
return {#offsets, upTo}
