"""How smooth the widgets are in Chromium: frames a second while training and drawing, input to paint, start.

    .venv/bin/python benchmarks/frames.py [page ...]        (after make book; --json for machines, --runs 5 for medians of five visits)

Each page is opened with an empty cache from loopback, at 1280 x 800, its first widget played at its own settings. Chromium runs
without a graphics card, so that all drawing is done by the processor.
"""

import json
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]
PAGES = ["playground", "feature-space", "learning-rate", "descent", "optimizer-race", "initialization", "backprop-stepper",
         "message-passing", "gan-lab"]
SECONDS = 6
WATCH = """
(() => {
  const seen = (globalThis.seen = { tasks: [], events: [] });
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((e) => [e.startTime, e.duration])))
    .observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => seen.events.push(...list.getEntries().map((e) => e.duration)))
    .observe({ type: "event", durationThreshold: 16, buffered: true });
})();
"""
FRAMES = """
(seconds) => new Promise((done) => {
  const times = [];
  const tick = (now) => {
    times.push(now);
    if (now - times[0] < 1000 * seconds) requestAnimationFrame(tick);
    else done(times.slice(1).map((t, i) => t - times[i]));
  };
  requestAnimationFrame(tick);
})
"""
STARTED = """
() => new Promise((done) => {
  const widget = document.querySelector(".dlw-player"), scrub = widget.querySelector("input[type=range]");
  [...widget.querySelectorAll("button")].find((b) => b.textContent === "Step").click();
  const look = () => (Number(scrub.value) > 0 ? done(performance.now()) : requestAnimationFrame(look));
  look();
})
"""


def measure(browser, address, page):
    """The figures of one page, in frames a second and milliseconds."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    tab = context.new_page()
    tab.add_init_script(WATCH)
    tab.goto(f"{address}/chapters/gallery/{page}.html", wait_until="commit")
    player = tab.locator(".dlw-player").first
    player.wait_for(state="attached")
    player.evaluate("p => p.closest('.dlw').scrollIntoView()")
    first = tab.evaluate(STARTED)
    longest = max((duration for _, duration in tab.evaluate("seen.tasks")), default=0)      # those of more than 50 ms are seen
    player.locator(".dlw-main").click()
    tab.wait_for_timeout(500)
    gaps = tab.evaluate(FRAMES, SECONDS)
    for _ in range(40):                                             # keys while it runs: pause and play
        player.locator(".dlw-main").press("p")
        tab.wait_for_timeout(40)
    tab.wait_for_timeout(300)
    events = sorted(tab.evaluate("seen.events"))
    context.close()
    return {"page": page, "first interaction": first, "longest task at start": longest,
            "frames": 1000 / statistics.median(gaps), "worst tenth": 1000 / sorted(gaps)[int(0.9 * len(gaps))],
            "input to paint, p95": events[int(0.95 * (len(events) - 1))] if events else 16.0, "inputs": len(events)}


def median(rows):
    """The median of each figure over several visits."""
    return {key: value if isinstance(value := rows[0][key], str) else statistics.median(row[key] for row in rows) for key in rows[0]}


def main(pages, as_json, runs):
    from playwright.sync_api import sync_playwright

    from book.serve import server
    from visits import chromium
    running = server()
    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        for page in pages or PAGES:
            row = median([measure(browser, f"http://127.0.0.1:{running.server_port}", page) for _ in range(runs)])
            rows.append(row)
            if not as_json:
                print(f"{page:18} {row['frames']:5.1f} frames/s (worst tenth {row['worst tenth']:5.1f}), input to paint p95 "
                      f"{row['input to paint, p95']:4.0f} ms, first interaction {row['first interaction']:5.0f} ms, "
                      f"longest task at start {row['longest task at start']:4.0f} ms", flush=True)
        browser.close()
    if as_json:
        print(json.dumps(rows))


if __name__ == "__main__":
    given = sys.argv[1:]
    count = int(given.pop(given.index("--runs") + 1)) if "--runs" in given else 1
    main([a for a in given if not a.startswith("-")], "--json" in given, count)
