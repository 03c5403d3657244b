// SPDX-License-Identifier: Apache-2.0

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;

/** Tomcat, in the directory that it is given, which answers each request with its path. */
final class TomcatServer {
  private static final Logger LOG = Logger.getLogger("org.apache");

  private TomcatServer() {}

  public static void main(String[] arguments) throws Exception {
    LOG.setLevel(Level.WARNING);
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(arguments[0]);
    tomcat.setHostname("127.0.0.1");
    tomcat.setPort(0);
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    // A connection is not closed after so and so many requests.
    tomcat.getConnector().setProperty("maxKeepAliveRequests", "-1");
    var context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "path", new PathServlet());
    context.addServletMappingDecoded("/*", "path");
    tomcat.start();
    System.out.println(ServerInfo.getServerInfo());
    Served.report(tomcat.getConnector().getLocalPort());
    tomcat.stop();
    tomcat.destroy();
  }

  private static final class PathServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.getOutputStream().print(request.getRequestURI());
    }
  }
}
