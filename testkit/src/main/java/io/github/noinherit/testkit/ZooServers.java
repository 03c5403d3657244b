// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static io.github.noinherit.testkit.Zoo.internal;

import com.sun.net.httpserver.HttpServer;
import com.sun.tools.attach.VirtualMachine;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.rmi.registry.LocateRegistry;
import java.rmi.registry.Registry;
import java.rmi.server.RMIServerSocketFactory;
import java.rmi.server.RMISocketFactory;
import java.rmi.server.UnicastRemoteObject;
import java.util.List;
import java.util.Map;
import javax.management.MBeanServerFactory;
import javax.management.remote.JMXConnectorServerFactory;
import javax.management.remote.JMXServiceURL;
import javax.management.remote.rmi.RMIConnectorServer;

/**
 * What the JDK itself opens for a program that asks for a server or a client, and for tools that
 * attach to it. Each in a class of its own: its module may be missing.
 */
final class ZooServers {
  private ZooServers() {}

  static List<Species> species() {
    return List.of(
        internal("HttpClient", "java.net.http", pen -> Http::client),
        internal("HttpServer", "jdk.httpserver", pen -> Web::server),
        internal("RMI registry", "java.rmi", pen -> Rmi::registry),
        internal("JMX connector server", "java.management.rmi", pen -> Jmx::server),
        internal("attach listener", "jdk.attach", pen -> Attach.prepare(pen)),
        internal("JDWP", "jdk.jdwp.agent", pen -> () -> jdwp(pen)));
  }

  private static final class Http {
    static Object client() {
      return HttpClient.newHttpClient();
    }
  }

  private static final class Web {
    static Object server() throws Exception {
      HttpServer server = HttpServer.create(Pen.anyPort(), 5);
      server.start();
      return (AutoCloseable) () -> server.stop(0);
    }
  }

  /**
   * Listens on the loopback address, where RMI would listen on all. RMI keeps a listener on port 0
   * open for good and uses it again, so each of its servers here is given a free port.
   */
  private record Loopback() implements RMIServerSocketFactory {
    @Override
    public ServerSocket createServerSocket(int port) throws java.io.IOException {
      return new ServerSocket(port, 5, Pen.loopback());
    }
  }

  private static final class Rmi {
    static Object registry() throws Exception {
      Registry registry =
          LocateRegistry.createRegistry(
              Pen.freePort(), RMISocketFactory.getDefaultSocketFactory(), new Loopback());
      return (AutoCloseable) () -> UnicastRemoteObject.unexportObject(registry, true);
    }
  }

  private static final class Jmx {
    static Object server() throws Exception {
      var server =
          JMXConnectorServerFactory.newJMXConnectorServer(
              new JMXServiceURL("service:jmx:rmi://127.0.0.1:" + Pen.freePort()),
              Map.of(RMIConnectorServer.RMI_SERVER_SOCKET_FACTORY_ATTRIBUTE, new Loopback()),
              MBeanServerFactory.newMBeanServer());
      server.start();
      return (AutoCloseable) server::stop;
    }
  }

  /** The listener that a JVM opens when a tool attaches to it the first time. */
  private static final class Attach {
    static Species.Creation prepare(Pen pen) throws Exception {
      ChildJvm.Running child = ZooChild.start(pen, ChildJvm.of(ZooChild.class));
      child.awaitLine("ready");
      DescriptorTable before = DescriptorTable.of(child.pid());
      return () -> {
        VirtualMachine.attach(Long.toString(child.pid())).detach();
        pen.elsewhere(sockets(DescriptorTable.of(child.pid()).since(before)));
        return child;
      };
    }
  }

  private static ChildJvm.Running jdwp(Pen pen) throws Exception {
    ChildJvm.Running child =
        ZooChild.start(
            pen,
            ChildJvm.of(ZooChild.class)
                .flags(
                    "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0"));
    child.awaitLine("ready");
    pen.elsewhere(sockets(List.copyOf(DescriptorTable.of(child.pid()).descriptors().values())));
    return child;
  }

  private static List<Descriptor> sockets(List<Descriptor> descriptors) {
    return descriptors.stream().filter(d -> d.link().startsWith("socket:")).toList();
  }
}
