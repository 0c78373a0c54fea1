#!/usr/bin/env python3
"""A collector of traces for one terminal: takes OTLP over HTTP in JSON on 127.0.0.1:4318 and draws each trace when it has been quiet for two seconds.

    ./dev up --traces http://127.0.0.1:4318        and, in another terminal:        examples/traces.py [TRACE or uid]
"""
import http.server
import json
import sys
import threading
import time

WANTED = sys.argv[1].replace("-", "") if len(sys.argv) > 1 else None
QUIET = 2.0
traces, changed, lock = {}, {}, threading.Lock()


class Collector(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with lock:
            for resource in body["resourceSpans"]:
                service = next((a["value"]["stringValue"] for a in resource["resource"]["attributes"] if a["key"] == "service.name"), "?")
                for span in (span for scope in resource["scopeSpans"] for span in scope["spans"]):
                    traces.setdefault(span["traceId"], []).append((service, span))
                    changed[span["traceId"]] = time.monotonic()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def draw(trace, spans):
    start = min(int(span["startTimeUnixNano"]) for _, span in spans)
    children = {}
    ids = {span["spanId"] for _, span in spans}
    for service, span in sorted(spans, key=lambda pair: int(pair[1]["startTimeUnixNano"])):
        parent = span.get("parentSpanId")
        children.setdefault(parent if parent in ids else None, []).append((service, span))
    print(f"\ntrace {trace}\n   at ms  took ms")

    def show(parent, depth):
        for service, span in children.get(parent, []):
            at, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
            words = [a["value"].get("stringValue", "") for a in span["attributes"] if a["key"] in ("k8s.object.name", "qmp.command", "qmp.id")]
            print(f"{(at - start) / 1e6:8.1f} {(end - at) / 1e6:8.1f}  {'  ' * depth}{service.removeprefix('rempart-')}: {' '.join([span['name'], *words])}")
            show(span["spanId"], depth + 1)

    show(None, 0)
    sys.stdout.flush()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 4318), Collector)
threading.Thread(target=server.serve_forever, daemon=True).start()
while True:
    time.sleep(0.5)
    with lock:
        for trace in [t for t, at in changed.items() if time.monotonic() - at > QUIET]:
            del changed[trace]
            if WANTED is None or trace == WANTED:
                draw(trace, traces[trace])
            if len(traces) > 1000:
                traces.pop(next(iter(traces)))
