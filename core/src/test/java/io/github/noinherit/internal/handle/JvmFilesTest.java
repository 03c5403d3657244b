// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.handle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.github.noinherit.Handle;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes.Name;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files the JVM has opened itself. */
class JvmFilesTest {
  @TempDir Path folder;

  private void jar(String name, String classPath) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Name.CLASS_PATH, classPath);
    new JarOutputStream(new FileOutputStream(folder.resolve(name).toFile()), manifest).close();
  }

  private @Nullable Path own(String name) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve(name).toFile(), "r")) {
      return JvmFiles.ifOwn((int) Handle.of(file).number());
    }
  }

  @Test
  void jarsThatAJarsManifestNamesAreItsOwn() throws Exception {
    jar("app.jar", "lib/one.jar no-such.jar");
    Files.createDirectory(folder.resolve("lib"));
    jar("lib/one.jar", "two.jar ../app.jar");
    jar("lib/two.jar", "https://example.org/three.jar");
    jar("other.jar", "");
    Files.writeString(folder.resolve("text"), "no jar");
    String before = System.getProperty("java.class.path");
    System.setProperty("java.class.path", folder.resolve("app.jar") + ":" + folder.resolve("text"));
    try {
      for (String name : new String[] {"app.jar", "lib/one.jar", "lib/two.jar", "text"}) {
        assertEquals(folder.resolve(name).toRealPath(), own(name));
      }
      assertNull(own("other.jar"));
    } finally {
      System.setProperty("java.class.path", before);
    }
    try (RandomAccessFile modules =
        new RandomAccessFile(System.getProperty("java.home") + "/lib/modules", "r")) {
      assertNotNull(JvmFiles.ifOwn((int) Handle.of(modules).number()));
    }
  }
}
