-- Finds messages of one topic after an offset. ARGV: prefix of the topics' lists, topic, offset, at most so many.
-- Returns their entries, offset:bytes:record bytes.
local topics = KEYS[1]
local queues, name, after, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

local function above(a, b)
  return #a > #b or (#a == #b and a > b)
end

local found = redis.call('ZRANGEBYLEX', topics, '[' .. name .. '\0', '(' .. name .. '\1', 'LIMIT', 0, 1)[1]
if not found then
  return {}
end

local queue = queues .. string.sub(found, #name + 2)
local function isAfter(index)
  return above(string.match(redis.call('LINDEX', queue, index), '^%d+'), after)
end

-- Readers mostly stand before the first message or behind the last.
local low, high = 0, redis.call('LLEN', queue)
if high == 0 then
  return {} -- What was staged is applied in part.
elseif isAfter(0) then
  high = 0
elseif not isAfter(high - 1) then
  return {}
end
while low < high do
  local middle = math.floor((low + high) / 2)
  if isAfter(middle) then
    high = middle
  else
    low = middle + 1
  end
end
return redis.call('LRANGE', queue, low, low + limit - 1)
