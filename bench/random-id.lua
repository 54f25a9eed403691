-- wrk: each request asks for another row, so that no cache of one answer can help.
local path = os.getenv('BENCH_PATH')
local max = tonumber(os.getenv('BENCH_ID_MAX'))
local before, after = path:match('^(.-)%%7Bid%%7D(.*)$')
if not before then before, after = path:match('^(.-){id}(.*)$') end

function request()
  return wrk.format('GET', before .. math.random(1, max) .. after)
end
