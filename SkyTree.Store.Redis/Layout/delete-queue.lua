-- Stages the deletion of the first messages of one topic up to an offset; apply.lua carries it out.
-- ARGV: prefix of the topics' queues, topic, offset, at most so many.
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
local bound = string.sub('0000000000000000000' .. upTo, -19) .. ';'
local offsets, deleted = {}, 0
for at, entry in ipairs(redis.call('ZRANGEBYLEX', queue, '-', '(' .. bound, 'LIMIT', 0, limit)) do
  local offset, size = string.match(entry, '^0*(%d+):(%d+)')
  offsets[at] = offset
  deleted = deleted + tonumber(size)
end
if #offsets == 0 then
  return {1, 0, upTo}
end

local left = ''
if redis.call('ZCARD', queue) > #offsets then
  left = string.format('%.0f', tonumber(redis.call('HGET', bytes, id)) - deleted)
end
redis.call('HSET', bodies, 'change', cmsgpack.pack({offsets = offsets, topics = {id, left}}))
return {1, #offsets, upTo}
