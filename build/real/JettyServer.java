// SPDX-License-Identifier: Apache-2.0

import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/** Jetty, which answers each request with its path. */
final class JettyServer {
  private JettyServer() {}

  public static void main(String[] arguments) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            Content.Sink.write(response, true, request.getHttpURI().getPath(), callback);
            return true;
          }
        });
    server.start();
    System.out.println("Jetty " + Server.getVersion());
    Served.report(connector.getLocalPort());
    server.stop();
  }
}
