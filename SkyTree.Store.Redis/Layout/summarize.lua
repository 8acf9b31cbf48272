-- What topics hold. ARGV: prefix of the topics' lists, then the topics' ids.
-- Returns for each its count, bytes and last entry; a topic without messages has a count of 0.
local bytes = KEYS[1]
local summaries = {}
for at = 2, #ARGV do
  local queue = ARGV[1] .. ARGV[at]
  local count = redis.call('LLEN', queue)
  summaries[#summaries + 1] = count
  summaries[#summaries + 1] = redis.call('HGET', bytes, ARGV[at]) or '0'
  summaries[#summaries + 1] = count > 0 and redis.call('LINDEX', queue, -1) or '0:0:0'
end
return summaries
