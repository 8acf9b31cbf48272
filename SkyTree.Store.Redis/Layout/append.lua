-- Appends a chunk of a batch, whole or not at all.
-- ARGV: prefix of the topics' lists; the offset that must be there already, 0: none; how many topics; the topics; what the
-- caller takes for their ids; then for each message its offset, the number of its topic, bytes of payload and properties,
-- timestamp, record.
-- Returns whether the chunk was taken, the last offset as it was before, and number and id of topics whose id was another.
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
  return {0, last, {}} -- The chunk before this one is missing: taking this one would hide the gap from the repeat.
end

local named = redis.call('HMGET', names, unpack(ARGV, 4 + topicCount, 3 + 2 * topicCount))
local learned = {}

local function idOf(topic, offset)
  local name = ARGV[3 + topic]
  if named[topic] == name then
    return ARGV[3 + topicCount + topic]
  end
  local id = offset -- Unique, and never used for another topic.
  local found = redis.call('ZRANGEBYLEX', topics, '[' .. name .. '\0', '(' .. name .. '\1', 'LIMIT', 0, 1)[1]
  if found then
    id = string.sub(found, #name + 2)
  else
    redis.call('ZADD', topics, 0, name .. '\0' .. id)
    redis.call('HSET', names, id, name)
  end
  learned[#learned + 1] = topic
  learned[#learned + 1] = id
  return id
end

local newest, ids, used, entries, added, records = last, {}, {}, {}, {}, {}
for at = 4 + 2 * topicCount, #ARGV, 5 do
  local offset = ARGV[at]
  if above(offset, newest) then
    local topic, size, time, record = tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
    if not ids[topic] then
      ids[topic], entries[topic], added[topic] = idOf(topic, offset), {}, 0
      used[#used + 1] = topic
    end
    local timestamp, behind = tonumber(time), '0'
    if not clock or timestamp > clock then
      clock, clockText = timestamp, time
    elseif timestamp < clock then
      behind = string.format('%.0f', clock - timestamp)
    end
    redis.call('XADD', log, offset .. '-0', 't', ids[topic], 's', size, 'r', #record, 'c', clockText, 'd', behind)
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
  local fields, sums = {}, {}
  for i, topic in ipairs(used) do
    redis.call('RPUSH', queues .. ids[topic], unpack(entries[topic]))
    fields[i] = ids[topic]
  end
  local sizes = redis.call('HMGET', bytes, unpack(fields))
  for i, topic in ipairs(used) do
    sums[2 * i - 1] = fields[i]
    sums[2 * i] = string.format('%.0f', (tonumber(sizes[i]) or 0) + added[topic])
  end
  redis.call('HSET', bytes, unpack(sums))
  redis.call('HSET', state, 'last', newest, 'clock', clockText)
end
return {1, last, learned}
