// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.AccessibleObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/*
 * How our module gets into java.base. A JDK object keeps its descriptor in a private field, so the
 * packages that hold those fields must be open to us. Three doors, tried in this order:
 *
 *  1. ALREADY_OPEN  the program was started with --add-opens, or its manifest has Add-Opens.
 *  2. AGENT         our agent was loaded: java.lang.instrument may open packages, as documented
 *                   (Instrumentation.redefineModule).
 *  3. JNI           private, but needs no flag beyond native access (JniDoor). An operator can
 *                   forbid it with -Dnoinherit.jniDoor=forbid.
 *
 * Through 2 and 3 the packages are opened to one class of ours alone (KeyRing). They stay open for
 * the life of the JVM; there is no call that closes a package again.
 */
public final class Door {
  /** The system property by which an operator forbids the JNI door. */
  public static final String PROPERTY = "noinherit.jniDoor";

  /** Packages of java.base whose private state this package reads. */
  private static final List<String> PACKAGES =
      List.of(
          "java.io",
          "java.lang",
          "java.net",
          "java.nio.channels.spi",
          "jdk.internal.ref",
          "jdk.internal.reflect",
          "jdk.internal.util",
          "sun.nio.ch",
          "sun.nio.fs");

  /** The door taken. */
  public enum Way {
    /** The command line or a manifest opened the packages. */
    ALREADY_OPEN("already open (--add-opens)"),
    /** The agent opened them. */
    AGENT("opened by the agent (Instrumentation.redefineModule)"),
    /** JNI opened them. */
    JNI("opened through JNI (Module.implAddOpens)");

    private final String words;

    Way(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  private static volatile @Nullable Instrumentation instrumentation;
  private static @Nullable Way way;
  private static Consumer<AccessibleObject> key = new Key();
  private static @Nullable String closed;

  private Door() {}

  /** Told by the agent, before anything else runs. */
  static void agentLoaded(Instrumentation i) {
    instrumentation = i;
  }

  /** Our agent's instrumentation, or null. */
  static @Nullable Instrumentation instrumentation() {
    return instrumentation;
  }

  /**
   * Opens the door, once for all.
   *
   * @throws UnsupportedOperationException if none of the three can be used; the message says why,
   *     and what would help
   */
  public static synchronized Way open() {
    if (way == null && closed == null) {
      find();
    }
    if (way == null) {
      throw new UnsupportedOperationException(closed);
    }
    return way;
  }

  /** Opens the door, and one member of the JDK's behind it. */
  static synchronized void open(AccessibleObject member) {
    open();
    key.accept(member);
  }

  private static void find() {
    Module base = Object.class.getModule();
    Module ours = Door.class.getModule();
    List<String> missing = new ArrayList<>();
    for (String p : PACKAGES) {
      if (base.getPackages().contains(p) && !base.isOpen(p, ours)) {
        missing.add(p);
      }
    }
    if (missing.isEmpty()) {
      way = Way.ALREADY_OPEN;
      return;
    }
    Consumer<AccessibleObject> own = KeyRing.newKey();
    Instrumentation i = instrumentation;
    if (i != null) {
      Map<String, Set<Module>> opens = new HashMap<>();
      missing.forEach(p -> opens.put(p, Set.of(own.getClass().getModule())));
      i.redefineModule(base, Set.of(), Map.of(), opens, Set.of(), Map.of());
      key = own;
      way = Way.AGENT;
      return;
    }
    String objection =
        "forbid".equals(System.getProperty(PROPERTY))
            ? "an operator forbade it with -D" + PROPERTY + "=forbid"
            : JniDoor.objection();
    if (objection == null) {
      try {
        JniDoor.open(missing, own.getClass());
        key = own;
        way = Way.JNI;
        return;
      } catch (IOException e) {
        objection = e.getMessage() + ": " + e.getCause();
      }
    }
    closed =
        "the descriptors inside JDK objects cannot be reached: "
            + String.join(", ", missing)
            + " of java.base is not open to noinherit, its agent is not loaded, and JNI is not"
            + " possible: "
            + objection
            + ". Remedy: "
            + flags(missing, ours);
  }

  /** The flags that open the door without JNI. */
  private static String flags(List<String> packages, Module ours) {
    String to = ours.isNamed() ? ours.getName() : "ALL-UNNAMED";
    List<String> flags = new ArrayList<>();
    for (String p : packages) {
      flags.add("--add-opens=java.base/" + p + "=" + to);
    }
    return String.join(" ", flags);
  }
}
