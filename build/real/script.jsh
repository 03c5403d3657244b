// SPDX-License-Identifier: Apache-2.0
import java.net.InetSocketAddress
import java.nio.channels.ServerSocketChannel
import java.nio.channels.SocketChannel
int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
System.out.println("JShell " + Runtime.version() + ": fibonacci(20) = " + fibonacci(20))
var listener = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0))
var port = ((InetSocketAddress) listener.getLocalAddress()).getPort()
var client = SocketChannel.open(listener.getLocalAddress())
var accepted = listener.accept()
System.out.println("connected: " + accepted.isConnected())
var process = new ProcessBuilder("echo", "a process").start()
System.out.print(new String(process.getInputStream().readAllBytes()))
System.out.println("exit status " + process.waitFor())
Class.forName("Sockets").getMethod("report", int.class).invoke(null, port)
/exit
