-- Deletes the first messages of one topic up to an offset. ARGV: prefix of the topics' lists, topic, offset, at most so many.
-- Returns how many were deleted, and the offset to go on with: what is appended meanwhile stays.
local state, log, bodies, topics, names, bytes = unpack(KEYS)
local queues, name, upTo, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

local function above(a, b)
  return #a > #b or (#a == #b and a > b)
end

local last = redis.call('HGET', state, 'last') or '0'
if above(upTo, last) then
  upTo = last
end

local found = redis.call('ZRANGEBYLEX', topics, '[' .. name .. '\0', '(' .. name .. '\1', 'LIMIT', 0, 1)[1]
if not found then
  return {0, upTo}
end

local id = string.sub(found, #name + 2)
local queue = queues .. id
local entries, offsets, deleted = {}, {}, 0
for _, entry in ipairs(redis.call('LRANGE', queue, 0, limit - 1)) do
  local offset, size = string.match(entry, '^(%d+):(%d+)')
  if above(offset, upTo) then
    break
  end
  entries[#entries + 1] = offset .. '-0'
  offsets[#offsets + 1] = offset
  deleted = deleted + tonumber(size)
end
if #offsets == 0 then
  return {0, upTo}
end

redis.call('XDEL', log, unpack(entries))
redis.call('HDEL', bodies, unpack(offsets))
redis.call('LTRIM', queue, #offsets, -1)
if redis.call('EXISTS', queue) == 0 then
  redis.call('ZREM', topics, found)
  redis.call('HDEL', names, id)
  redis.call('HDEL', bytes, id)
else
  redis.call('HINCRBY', bytes, id, string.format('%.0f', 0 - deleted))
end
return {#offsets, upTo}
