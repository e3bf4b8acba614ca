"""An OTLP/HTTP receiver of logs (JSON): OpenTelemetry's own message types read each request, a member that they do not know is an
error. Every third request is refused with 503, once taken and once not. Arguments: port, file for the records' bodies."""

import itertools
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

port, path = int(sys.argv[1]), sys.argv[2]
requests = itertools.count(1)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        number = next(requests)
        try:
            request = json_format.Parse(body, ExportLogsServiceRequest())
            records = [r for x in request.resource_logs for y in x.scope_logs for r in y.log_records]
            for record in records:
                names = {attribute.key for attribute in record.attributes}
                if not (record.event_name.startswith("errand.") and record.time_unix_nano and {"log.record.uid", "errand.place"} <= names):
                    raise ValueError(f"not what is described: {record}")
        except (json_format.ParseError, ValueError) as wrong:
            print(f"refused: {wrong}", flush=True)
            return self.answer(400)
        if number % 3 == 1:
            return self.answer(503)
        with open(path, "a") as out:
            for record in records:
                out.write(record.body.string_value + "\n")
        self.answer(503 if number % 6 == 2 else 200)  # once in a while it takes and does not say so

    def answer(self, status):
        body = json.dumps({}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


HTTPServer(("127.0.0.1", port), Receiver).serve_forever()
