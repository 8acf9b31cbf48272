-- Stages the deletion of the first messages of one topic up to an offset; apply.lua carries it out.
-- ARGV: prefix of the topics' lists, topic, offset, at most so many.
-- Returns whether it was (0: something staged earlier must be applied first), how many are deleted, and the offset to go on
-- with: what is appended meanwhile stays.
local state, log, bodies, topics, names, bytes = unpack(KEYS)
local queues, name, upTo, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

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

local found = redis.call('ZRANGEBYLEX', topics, '[' .. name .. '\0', '(' .. name .. '\1', 'LIMIT', 0, 1)[1]
if not found then
  return {1, 0, upTo}
end

local id = string.sub(found, #name + 2)
local queue = queues .. id
local offsets, deleted = {}, 0
for at, entry in ipairs(redis.call('LRANGE', queue, 0, limit - 1)) do
  local offset, size = string.match(entry, '^(%d+):(%d+)')
  if above(offset, upTo) then
    break
  end
  offsets[at] = offset
  deleted = deleted + tonumber(size)
end
if #offsets == 0 then
  return {1, 0, upTo}
end

local length = redis.call('LLEN', queue) - #offsets
local size = string.format('%.0f', (tonumber(redis.call('HGET', bytes, id)) or 0) - deleted)
redis.call('HDEL', bodies, 'none') -- Or a server that is out of memory would refuse what gives memory back, see apply.lua.
redis.call('HSET', bodies, 'change', cmsgpack.pack({offsets = offsets, topics = {id, length, size}}))
return {1, #offsets, upTo}
