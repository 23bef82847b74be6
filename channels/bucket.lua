-- One bucket for all nodes, by the clock of Redis. KEYS: the bucket, and who took from it lately.
-- ARGV: rate, capacity, floor for this one, reserve of the urgent, units wanted, node, milliseconds that a node counts.
local rate, capacity, floor, reserve = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]), tonumber(kept[2])
if not tokens or not at then
  tokens, at = reserve, now
end
if now > at then -- a clock set back fills nothing
  tokens = tokens + (now - at) / 1000000 * rate
end
tokens = math.min(tokens, capacity)
local there, granted, wait = tokens - floor, 0, 0
if there >= 1 then
  granted = math.min(tonumber(ARGV[5]), math.floor(there))
  tokens = tokens - granted
else
  wait = math.ceil((1 - there) / rate * 1000000)
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], 600000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now / 1000 - ARGV[7]))
redis.call('ZADD', KEYS[2], string.format('%.0f', now / 1000), ARGV[6])
redis.call('PEXPIRE', KEYS[2], 600000)
return {granted, wait, redis.call('ZCARD', KEYS[2])}
