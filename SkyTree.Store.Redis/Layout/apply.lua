-- Carries out what was staged, if anything is. ARGV: prefix of the topics' lists. Returns the last offset ever appended.
-- May run again over what a part of it has done: it goes by nothing but what was staged, and every command sets what shall be.
local state, log, bodies, topics, names, bytes = unpack(KEYS)
local queues = ARGV[1]
local staged = redis.call('HGET', bodies, 'change')
if not staged then
  return redis.call('HGET', state, 'last') or '0'
end

-- A server that is out of memory refuses what may need more as long as a script has not begun to write, and this is a
-- beginning. What was staged must be carried out, or nothing could be deleted any more.
redis.call('HDEL', bodies, 'none')

local function append(change)
  for at = 1, #change.begun, 2 do
    redis.call('ZADD', topics, 0, change.begun[at + 1] .. '\0' .. change.begun[at])
    redis.call('HSET', names, change.begun[at], change.begun[at + 1])
  end

  local ids, entries, totals = change.ids, {}, {}
  for topic, id in ipairs(ids) do
    entries[topic] = {}
    totals[2 * topic - 1] = id
    totals[2 * topic] = change.sizes[topic]
  end
  redis.call('HSET', bytes, unpack(totals))

  local clockText = change.clock
  local clock = tonumber(clockText)
  for number, time, entry, offset, size, record in string.gmatch(change.lines, '(%d+) (%-?%d+) ((%d+):(%d+):(%d+))') do
    local topic, timestamp, behind = tonumber(number), tonumber(time), '0'
    if not clock or timestamp > clock then
      clock, clockText = timestamp, time
    elseif timestamp < clock then
      behind = string.format('%.0f', clock - timestamp)
    end
    local id = offset .. '-0'
    local added = redis.pcall('XADD', log, id, 't', ids[topic], 's', size, 'r', record, 'c', clockText, 'd', behind)
    if type(added) == 'table' and added.err and #redis.call('XRANGE', log, id, id) == 0 then
      return added
    end
    local list = entries[topic]
    list[#list + 1] = entry
  end

  -- Entries are pushed behind what was there before: what stands behind that, or else the first of them pushed to be cut off
  -- again, lets the server log the cutting. A command that changes nothing is not logged.
  for topic, list in ipairs(entries) do
    local queue, length = queues .. ids[topic], change.lengths[topic]
    redis.call('RPUSH', queue, list[1])
    if length == 0 then
      redis.call('DEL', queue)
    else
      redis.call('LTRIM', queue, 0, length - 1)
    end
    redis.call('RPUSH', queue, unpack(list))
  end
  redis.call('HSET', state, 'last', change.newest, 'clock', clockText)
end

local function delete(change)
  local offsets = change.offsets
  local last = offsets[#offsets]
  if change.wholeLog then
    redis.call('XTRIM', log, 'MINID', '=', last .. '-1')
  else
    redis.call('XDEL', log, unpack(offsets))
  end
  redis.call('HDEL', bodies, unpack(offsets))
  for at = 1, #change.topics, 3 do
    local id, length, size = change.topics[at], change.topics[at + 1], change.topics[at + 2]
    if length > 0 then
      redis.call('LTRIM', queues .. id, -length, -1)
      redis.call('HSET', bytes, id, size)
    else
      local name = redis.call('HGET', names, id)
      if name then
        redis.call('ZREM', topics, name .. '\0' .. id)
      end
      redis.call('DEL', queues .. id)
      redis.call('HDEL', names, id)
      redis.call('HDEL', bytes, id)
    end
  end
end

local change = cmsgpack.unpack(staged)
local failed
if change.offsets then
  failed = delete(change)
else
  failed = append(change)
end
if failed then
  return failed
end
redis.call('HDEL', bodies, 'change')
return redis.call('HGET', state, 'last')
