"""A small HTTP server that keeps what it is asked in one way or another: server.py WAY PORT."""
import signal
import socketserver
import sys

KEPT = []


class Node:
    def __init__(self):
        self.me = self
        self.page = bytearray(700)


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        while self.rfile.readline().startswith((b"GET", b"POST")):
            while self.rfile.readline().strip():
                pass
            if WAY == "cycle":
                Node()
            else:
                KEPT.append(bytearray(700))
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def leave(number, frame):
    """As servers do that clean up first."""
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


WAY = sys.argv[1]
if WAY == "raise":
    signal.signal(signal.SIGTERM, leave)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
