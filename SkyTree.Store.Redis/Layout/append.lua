-- Stages a chunk of a batch, whole or not at all; apply.lua carries it out.
-- ARGV: prefix of the topics' lists; the offset that must be there already, 0: none; first and last offset of the chunk; a line for each
-- message: number of its topic, timestamp, entry in the topic's list; how many topics; the topics; what the caller takes for their ids; their first offsets; their bytes; then each message's offset and record.
-- Returns what became of it (0: something staged earlier must be applied first, 1: staged, 2: what it follows is missing,
-- 3: its beginning is there), the last offset as it was before, and number and id of topics whose id was another.
local state, log, bodies, topics, names, bytes = unpack(KEYS)
local queues, follows, first, newest, lines, count = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local namesAt, idsAt, firstsAt, bytesAt, recordsAt = 6, 6 + count, 6 + 2 * count, 6 + 3 * count, 6 + 4 * count

-- Offsets stay text: a Lua number is exact up to 2^53 only.
local function above(a, b)
  return #a > #b or (#a == #b and a > b)
end

local held = redis.call('HMGET', state, 'last', 'clock')
local last, clock = held[1] or '0', held[2] or ''
if redis.call('HEXISTS', bodies, 'change') == 1 then
  return {0, last, {}}
elseif above(follows, last) then
  return {2, last, {}} -- Taking it would hide the gap from the repeat.
elseif not above(first, last) then
  return {3, last, {}}
end

local named = redis.call('HMGET', names, unpack(ARGV, idsAt + 1, firstsAt))
local ids, begun, learned = {}, {}, {}
for topic = 1, count do
  local name, id = ARGV[namesAt + topic], ARGV[idsAt + topic]
  if named[topic] ~= name then
    local found = redis.call('ZRANGEBYLEX', topics, '[' .. name .. '\0', '(' .. name .. '\1', 'LIMIT', 0, 1)[1]
    if found then
      id = string.sub(found, #name + 2)
    else
      id = ARGV[firstsAt + topic] -- Unique, and never used for another topic.
      begun[#begun + 1] = id
      begun[#begun + 1] = name
    end
    learned[#learned + 1] = topic
    learned[#learned + 1] = id
  end
  ids[topic] = id
end

local sizes, lengths = redis.call('HMGET', bytes, unpack(ids)), {}
for topic = 1, count do
  lengths[topic] = redis.call('LLEN', queues .. ids[topic])
  sizes[topic] = string.format('%.0f', (tonumber(sizes[topic]) or 0) + tonumber(ARGV[bytesAt + topic]))
end

-- Bodies beyond the last offset are seen by nobody, and are written over by whatever is staged next.
redis.call('HSET', bodies, 'change', cmsgpack.pack({
  newest = newest, clock = clock, lines = lines, ids = ids, begun = begun, sizes = sizes, lengths = lengths
}), unpack(ARGV, recordsAt + 1))
return {1, last, learned}
