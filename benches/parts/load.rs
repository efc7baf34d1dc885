//! Load from a process of its own: wrk, over a list of paths, each thread its own share of them.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Threads of the load's process.
const THREADS: usize = 2;
/// What wrk runs: each thread reads its share of the paths and asks for one after the other; at the
/// end one line of JSON.
const SCRIPT: &str = r#"
local threads = {}
function setup(thread)
  thread:set("share", #threads)
  table.insert(threads, thread)
end
function init(args)
  paths, at = {}, 0
  local n, of = 0, tonumber(args[2])
  for line in io.lines(args[1]) do
    if n % of == share then paths[#paths + 1] = line end
    n = n + 1
  end
  method = args[3]
  if method == "POST" then
    body = "List-Unsubscribe=One-Click"
    headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }
  end
end
function request()
  at = at % #paths + 1
  return wrk.format(method, paths[at], headers, body)
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"answers":%d,"micros":%d,"refused":%d,"broken":%d,"p99":%d}\n',
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(99)))
end
"#;

/// What a load came to.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Answers in all.
    pub answers: u64,
    /// Answers a second.
    pub rate: f64,
    /// 99 of 100 answers came within so many milliseconds.
    pub p99_ms: f64,
}

/// Asks for each of `paths` in turn over so many connections, for some seconds.
///
/// # Panics
/// Where wrk is not installed, or any answer was none or a refusal.
pub fn load(
    folder: &Path,
    base: &str,
    method: &str,
    paths: &[String],
    (connections, seconds): (usize, u64),
) -> Load {
    let (script, list) = (folder.join("load.lua"), folder.join("paths"));
    std::fs::write(&script, SCRIPT).expect("a script");
    std::fs::write(&list, paths.join("\n") + "\n").expect("a list of paths");
    let done = Command::new("wrk")
        .args(["-t", &THREADS.to_string(), "-c", &connections.to_string()])
        .args(["-d", &format!("{seconds}s"), "-s"])
        .arg(&script)
        .arg(base)
        .arg("--")
        .arg(&list)
        .args([&THREADS.to_string(), method])
        .output()
        .expect("wrk, which is to be installed (apt install wrk)");
    let said = String::from_utf8_lossy(&done.stdout);
    let line = said.lines().rfind(|line| line.starts_with('{'));
    let sums: Value = serde_json::from_str(line.unwrap_or_default()).unwrap_or_else(|_| {
        panic!("wrk: {said}{}", String::from_utf8_lossy(&done.stderr));
    });
    let sum = |key: &str| sums[key].as_u64().expect("a number");
    assert_eq!((sum("refused"), sum("broken")), (0, 0), "{sums}");
    Load {
        answers: sum("answers"),
        rate: sum("answers") as f64 * 1e6 / sum("micros") as f64,
        p99_ms: sum("p99") as f64 / 1000.0,
    }
}
