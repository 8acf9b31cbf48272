-- Finds messages of one topic. ARGV: prefix of the topics' queues, topic, where to begin, at most so many.
-- Returns their entries.
local topics = KEYS[1]
local queues, name, from, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

local found = redis.call('ZRANGEBYLEX', topics, '[' .. name .. '\0', '(' .. name .. '\1', 'LIMIT', 0, 1)[1]
if not found then
  return {}
end

return redis.call('ZRANGEBYLEX', queues .. string.sub(found, #name + 2), from, '+', 'LIMIT', 0, limit)
