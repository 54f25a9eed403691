-- wrk: what to send comes in variables. {id} in the path becomes a random number, so that no cache of one answer can help.
local path = os.getenv('BENCH_PATH')
local max = tonumber(os.getenv('BENCH_ID_MAX'))
local method = os.getenv('BENCH_METHOD')
local body = os.getenv('BENCH_BODY')
local before, after = path:match('^(.-){id}(.*)$')
if body == '' then body = nil end

function request()
  if not before then return wrk.format(method, path, nil, body) end
  return wrk.format(method, before .. math.random(1, max) .. after, nil, body)
end
