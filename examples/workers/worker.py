# SPDX-License-Identifier: Apache-2.0
"""A worker that is no Java: it takes its listener by systemd's protocol, sd_listen_fds(3)."""
import os
import select
import signal
import socket

assert os.environ["LISTEN_PID"] == str(os.getpid()) and os.environ["LISTEN_FDS"] == "1"
listener = socket.socket(fileno=3)
listener.setblocking(False)  # for all who have it: a client wakes several of us, and one gets it

# A signal is a byte to be read, so it comes between two answers and never amid one.
told, tells = socket.socketpair()
tells.setblocking(False)
signal.set_wakeup_fd(tells.fileno())
for number in signal.SIGTERM, signal.SIGINT:
    signal.signal(number, lambda *_: None)

while told not in select.select([listener, told], [], [])[0]:
    try:
        client, _ = listener.accept()
    except BlockingIOError:
        continue  # another worker was faster
    try:
        with client, client.makefile("rb") as request:
            client.settimeout(10)
            while request.readline().strip():
                pass
            head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
            client.sendall(f"{head}worker {os.getpid()}\n".encode())
    except OSError as e:
        print("a client is lost:", e)
