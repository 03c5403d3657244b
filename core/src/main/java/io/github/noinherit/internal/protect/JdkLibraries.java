// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.internal.linux.DynamicLinker;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/*
 * The JDK's own native libraries: *.so in java.home/lib, and the libjvm in a folder below.
 *
 * Those of the core, which every program has or soon will, are loaded up front; no JNI_OnLoad runs by
 * that. All others are covered when somebody loads them, before any of their code runs (LoadHook),
 * and at once if somebody has:
 *
 *  - those of single modules (jdk.net, jdk.attach, jdk.sctp, java.prefs, jdk.management): most
 *    programs never load them, and each costs a start of every JVM a third of a millisecond;
 *  - those of java.desktop: they pull in X11, fonts and sound, cost more than all the others
 *    together, fail to load on a machine without these, and one of them (libfontmanager) needs what
 *    AWT has put into the global scope before;
 *  - libsaproc, of the serviceability agent, which brings the C++ library with it;
 *  - those that create nothing, and whatever else a vendor has put there.
 *
 * One is loaded in a way that LoadHook does not see: the debugger's libjdwp, which is loaded before
 * any Java runs or not at all, calls dlopen for its transport when it needs it. So where there is a
 * debugger its transport is loaded up front.
 */
final class JdkLibraries {
  private static final List<String> OF_CORE =
      List.of("libjava.so", "libjimage.so", "libjli.so", "libnet.so", "libnio.so", "libzip.so");

  private static final String DEBUGGER = "libjdwp.so";
  private static final String TRANSPORT = "libdt_socket.so";

  private static final List<String> VARIANTS = List.of("server", "client", "minimal");

  private static List<String> others = List.of();

  private JdkLibraries() {}

  /** The folder of the JDK that runs. */
  static File folder() {
    return new File(System.getProperty("java.home"), "lib");
  }

  /** The paths of those to load up front. */
  static List<String> toLoad() throws IOException {
    List<String> paths = new ArrayList<>();
    for (String name : OF_CORE) {
      addIfThere(paths, name);
    }
    if (isLoaded(new File(folder(), DEBUGGER).getPath())) {
      addIfThere(paths, TRANSPORT);
    }
    paths.add(libjvm());
    return paths;
  }

  private static void addIfThere(List<String> paths, String name) {
    File file = new File(folder(), name);
    if (file.exists()) {
      paths.add(file.getPath());
    }
  }

  private static boolean isLoaded(String path) throws IOException {
    long handle = DynamicLinker.ifLoaded(path);
    if (handle != 0) {
      DynamicLinker.close(handle);
    }
    return handle != 0;
  }

  /**
   * The paths of the others, which are covered if and when somebody loads them. The folder is read
   * once: an upgrade may move it while the program runs.
   */
  static synchronized List<String> toWatch() {
    if (others.isEmpty()) {
      File folder = folder();
      String[] files = folder.list();
      if (files == null) {
        throw new UnsupportedOperationException(
            folder + " cannot be read: was this JVM's Java installation moved or removed?");
      }
      List<String> paths = new ArrayList<>();
      for (String f : files) {
        if (f.endsWith(".so") && !OF_CORE.contains(f)) {
          paths.add(folder.getPath() + '/' + f);
        }
      }
      others = paths;
    }
    return others;
  }

  /** The libjvm that runs: there may be several variants, and one of them is loaded. */
  private static String libjvm() throws IOException {
    for (String variant : VARIANTS) {
      String candidate = new File(folder(), variant + "/libjvm.so").getPath();
      if (isLoaded(candidate)) {
        return candidate;
      }
    }
    long function = DynamicLinker.global("JNI_GetCreatedJavaVMs");
    String path = function == 0 ? null : DynamicLinker.libraryOf(function);
    if (path == null) {
      throw new UnsupportedOperationException("no libjvm of " + folder() + " is loaded");
    }
    return path;
  }
}
