-- Appends a chunk of a batch, whole or not at all.
-- ARGV: prefix of the topics' lists; the offset that must be there already, 0: none; how many topics; the topics;
-- then for each message its offset, the number of its topic, bytes of payload and properties, timestamp, record.
-- Returns whether the chunk was taken, and the last offset as it was before.
local state, log, bodies, topics, names, bytes = unpack(KEYS)
local queues, follows, topicCount = ARGV[1], ARGV[2], tonumber(ARGV[3])

-- Offsets stay text: a Lua number is exact up to 2^53 only.
local function above(a, b)
  return #a > #b or (#a == #b and a > b)
end

local held = redis.call('HMGET', state, 'last', 'clock')
local last, clockText = held[1] or '0', held[2]
local clock = tonumber(clockText)
if above(follows, last) then
  return {0, last} -- The chunk before this one is missing: taking this one would hide the gap from the repeat.
end

local function idOf(name, offset)
  local found = redis.call('ZRANGEBYLEX', topics, '[' .. name .. '\0', '(' .. name .. '\1', 'LIMIT', 0, 1)[1]
  if found then
    return string.sub(found, #name + 2)
  end
  redis.call('ZADD', topics, 0, name .. '\0' .. offset)
  redis.call('HSET', names, offset, name)
  return offset -- Unique, and never used for another topic.
end

local newest, ids, entries, added, records = last, {}, {}, {}, {}
for at = 4 + topicCount, #ARGV, 5 do
  local offset = ARGV[at]
  if above(offset, newest) then
    local topic, size, timestamp = tonumber(ARGV[at + 1]), ARGV[at + 2], tonumber(ARGV[at + 3])
    local id = ids[topic]
    if not id then
      id = idOf(ARGV[3 + topic], offset)
      ids[topic], entries[topic], added[topic] = id, {}, 0
    end
    if not clock or timestamp > clock then
      clock, clockText = timestamp, ARGV[at + 3]
    end
    local behind = timestamp == clock and '0' or string.format('%.0f', clock - timestamp)
    local record = ARGV[at + 4]
    redis.call('XADD', log, offset .. '-0', 't', id, 's', size, 'r', #record, 'c', clockText, 'd', behind)
    local list = entries[topic]
    list[#list + 1] = offset .. ':' .. size .. ':' .. #record
    added[topic] = added[topic] + tonumber(size)
    records[#records + 1] = offset
    records[#records + 1] = record
    newest = offset
  end
end

if newest ~= last then
  redis.call('HSET', bodies, unpack(records))
  for topic, id in pairs(ids) do
    redis.call('RPUSH', queues .. id, unpack(entries[topic]))
    redis.call('HINCRBY', bytes, id, string.format('%.0f', added[topic]))
  end
  redis.call('HSET', state, 'last', newest, 'clock', clockText)
end
return {1, last}
