-- wrk asks for next words and looks at every answer. See server_load.py.
--
--     wrk ... -s server_load.lua ADDRESS -- FILE
--
-- FILE holds two lines a text: the body of a request, and that of its only right answer.
-- Prints one JSON object at the end: times in ms.

local requests, right_answers, turn = {}, {}, 0
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  right, refused, wrong = 0, 0, 0 -- globals, for `done` to read
  local headers = { ["Content-Type"] = "application/json" }
  local lines = io.lines(arguments[1])
  for body in lines do
    table.insert(requests, wrk.format("POST", "/api/complete", headers, body))
    right_answers[lines()] = true
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function response(status, headers, body)
  if status == 429 then
    refused = refused + 1
  elseif status == 200 and right_answers[body] then
    right = right + 1
  else
    wrong = wrong + 1
  end
end

function done(summary, latency, requests)
  local counts = { right = 0, refused = 0, wrong = 0 }
  for _, thread in ipairs(threads) do
    for name, count in pairs(counts) do
      counts[name] = count + thread:get(name)
    end
  end
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '\n{"right": %d, "refused": %d, "wrong": %d, "lost": %d, "seconds": %.3f, ' ..
    '"p50": %.2f, "p95": %.2f, "p99": %.2f}\n',
    counts.right, counts.refused, counts.wrong, lost, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3))
end
