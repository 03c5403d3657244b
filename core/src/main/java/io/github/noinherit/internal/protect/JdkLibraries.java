// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/*
 * The JDK's own native libraries: *.so in java.home/lib, and the libjvm in a folder below.
 *
 * All that can create descriptors are loaded up front, so that none is loaded later and unseen (no
 * JNI_OnLoad runs by that). Two groups are not:
 *
 *  - those of java.desktop: they pull in X11, fonts and sound, cost more than all the others
 *    together, fail to load on a machine without these, and one of them (libfontmanager) needs what
 *    AWT has put into the global scope before. They are covered when AWT loads them: LoadHook;
 *  - those that create no descriptor, which the import audit shows for each JDK tested; and
 *    libsaproc, of the serviceability agent, which brings the C++ library with it.
 */
final class JdkLibraries {
  private static final Set<String> OF_DESKTOP =
      Set.of(
          "libawt.so",
          "libawt_headless.so",
          "libawt_xawt.so",
          "libfontmanager.so",
          "libfreetype.so",
          "libjavajpeg.so",
          "libjawt.so",
          "libjsound.so",
          "liblcms.so",
          "libmlib_image.so",
          "libsplashscreen.so");

  private static final Set<String> OTHERS =
      Set.of(
          "libinstrument.so",
          "libj2gss.so",
          "libj2pcsc.so",
          "libj2pkcs11.so",
          "libjaas.so",
          "libjsig.so",
          "libjsvml.so",
          "libmanagement.so",
          "libmanagement_agent.so",
          "librmi.so",
          "libsaproc.so",
          "libsimdsort.so",
          "libsyslookup.so",
          "libverify.so");

  private JdkLibraries() {}

  /** The folder of the JDK that runs. */
  static File folder() {
    return new File(System.getProperty("java.home"), "lib");
  }

  /** The paths of those to load up front. */
  static List<String> toLoad() {
    List<String> paths = new ArrayList<>();
    for (String name : names()) {
      if (!OF_DESKTOP.contains(name) && !OTHERS.contains(name)) {
        paths.add(new File(folder(), name).getPath());
      }
    }
    return paths;
  }

  /** The paths of those that are covered if and when somebody else loads them. */
  static List<String> toWatch() {
    List<String> paths = new ArrayList<>();
    for (String name : names()) {
      if (OF_DESKTOP.contains(name) || OTHERS.contains(name)) {
        paths.add(new File(folder(), name).getPath());
      }
    }
    return paths;
  }

  /** Can this JVM load AWT? A run-time image or a module path may be without it. */
  static boolean mayLoadDesktop() {
    return ModuleLayer.boot().findModule("java.desktop").isPresent()
        && new File(folder(), "libawt.so").exists();
  }

  private static List<String> names() {
    String[] files = folder().list();
    List<String> names = new ArrayList<>();
    if (files != null) {
      Arrays.sort(files);
      for (String f : files) {
        if (f.endsWith(".so")) {
          names.add(f);
        }
      }
    }
    for (String variant : List.of("server", "client", "minimal")) {
      if (new File(folder(), variant + "/libjvm.so").exists()) {
        names.add(variant + "/libjvm.so");
      }
    }
    return names;
  }
}
