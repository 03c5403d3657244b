// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code noinherit --version} says. */
final class Version implements IVersionProvider {
  private static final String WRITTEN_BY_THE_BUILD =
      "/META-INF/maven/io.github.noinherit/noinherit-cli/pom.properties";

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {
      "noinherit " + ownVersion(),
      "Java " + Runtime.version() + " (" + System.getProperty("java.home") + ")",
      System.getProperty("os.name")
          + " "
          + System.getProperty("os.version")
          + " "
          + System.getProperty("os.arch"),
    };
  }

  private static String ownVersion() throws IOException {
    try (InputStream in = Version.class.getResourceAsStream(WRITTEN_BY_THE_BUILD)) {
      if (in == null) {
        return "(from a folder of classes, no version)";
      }
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version", "(no version)");
    }
  }
}
