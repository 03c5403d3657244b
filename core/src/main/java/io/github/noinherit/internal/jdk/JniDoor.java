// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.stub.Stub;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * The last door into java.base: JNI, called through the foreign function API.
 *
 * JNI is not subject to module access checks, so it may call the private method
 * Module.implAddOpens(String, Module) on java.base, which opens one package to one module and to
 * nobody else. That needs no flag but native access.
 *
 * Rules that make it safe:
 *  1. A JNIEnv belongs to one thread. All of it runs on a fresh platform thread (a virtual thread
 *     could continue on another carrier), which ends afterwards.
 *  2. A local reference dies when any native method returns on the thread, and the linker's own
 *     Java code may call one between two downcalls. So each reference is made global inside the same
 *     native call that produced it (Stub, GLOBAL REFERENCE), and deleted at the end.
 *  3. A pending Java exception must not travel through a downcall: it is looked for after every call
 *     that can throw, cleared, and becomes an IOException here.
 *  4. A jboolean comes back with rubbish above its eight bits.
 *
 * Indices: the function table of the JNI specification, chapter 4, which only ever grows.
 */
final class JniDoor {
  private static final int FIND_CLASS = 6;
  private static final int EXCEPTION_CLEAR = 17;
  private static final int DELETE_GLOBAL_REF = 22;
  private static final int GET_METHOD_ID = 33;
  private static final int CALL_OBJECT_METHOD_A = 36;
  private static final int CALL_VOID_METHOD_A = 63;
  private static final int GET_STATIC_METHOD_ID = 113;
  private static final int CALL_STATIC_OBJECT_METHOD_A = 116;
  private static final int NEW_STRING_UTF = 167;
  private static final int EXCEPTION_CHECK = 228;
  private static final int JNI_VERSION_21 = 0x00150000;
  private static final int GET_ENV = 6;

  private final Arena arena;
  private final MemorySegment globalReference;
  private final long env;
  private final MemorySegment table;
  private final List<Long> references = new ArrayList<>();

  private JniDoor(Arena arena) throws IOException {
    this.arena = arena;
    globalReference = Stub.install(Stub.globalReference(Platform.current()));
    env = environment(arena);
    table = Native.at(Native.at(env, 8).get(JAVA_LONG, 0), 240L * 8);
  }

  /** Opens packages of java.base to the module of a class. */
  static void open(List<String> packages, Class<?> to) throws IOException {
    Throwable[] failure = new Throwable[1];
    Thread thread =
        Thread.ofPlatform()
            .name("noinherit-door")
            .daemon()
            .unstarted(
                () -> {
                  try (Arena arena = Arena.ofConfined()) {
                    new JniDoor(arena).openAll(packages, to.getName());
                  } catch (IOException | RuntimeException | Error e) {
                    failure[0] = e;
                  }
                });
    thread.setContextClassLoader(to.getClassLoader());
    thread.start();
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure[0] != null) {
      throw new IOException("opening java.base through JNI failed", failure[0]);
    }
  }

  private void openAll(List<String> packages, String to) throws IOException {
    try {
      long threadClass = findClass("java/lang/Thread");
      long classClass = findClass("java/lang/Class");
      long moduleClass = findClass("java/lang/Module");
      long thread =
          reference(
              CALL_STATIC_OBJECT_METHOD_A,
              threadClass,
              method(GET_STATIC_METHOD_ID, threadClass, "currentThread", "()Ljava/lang/Thread;"),
              0);
      long loader =
          reference(
              CALL_OBJECT_METHOD_A,
              thread,
              method(
                  GET_METHOD_ID, threadClass, "getContextClassLoader", "()Ljava/lang/ClassLoader;"),
              0);
      long forName =
          method(
              GET_STATIC_METHOD_ID,
              classClass,
              "forName",
              "(Ljava/lang/String;ZLjava/lang/ClassLoader;)Ljava/lang/Class;");
      long itsClass =
          reference(
              CALL_STATIC_OBJECT_METHOD_A, classClass, forName, arguments(string(to), 0, loader));
      long getModule = method(GET_METHOD_ID, classClass, "getModule", "()Ljava/lang/Module;");
      long base = reference(CALL_OBJECT_METHOD_A, classClass, getModule, 0);
      long module = reference(CALL_OBJECT_METHOD_A, itsClass, getModule, 0);
      long implAddOpens =
          method(
              GET_METHOD_ID,
              moduleClass,
              "implAddOpens",
              "(Ljava/lang/String;Ljava/lang/Module;)V");
      for (String p : packages) {
        call(CALL_VOID_METHOD_A, base, implAddOpens, arguments(string(p), module));
        checkException("implAddOpens(" + p + ")");
      }
    } finally {
      for (long r : references) {
        call(DELETE_GLOBAL_REF, r, 0, 0);
      }
    }
  }

  private long findClass(String name) throws IOException {
    return reference(FIND_CLASS, text(name), 0, 0);
  }

  private long string(String value) throws IOException {
    return reference(NEW_STRING_UTF, text(value), 0, 0);
  }

  private long text(String value) {
    return arena.allocateFrom(value).address();
  }

  private long arguments(long... values) {
    return arena.allocateFrom(JAVA_LONG, values).address();
  }

  private long method(int function, long type, String name, String signature) throws IOException {
    long id = call(function, type, text(name), text(signature)).value();
    checkException(name + signature);
    if (id == 0) {
      throw new IOException("this JVM has no method " + name + signature);
    }
    return id;
  }

  /** Calls a JNI function that returns a reference, and keeps that as a global one. */
  private long reference(int function, long a1, long a2, long a3) throws IOException {
    long result = Native.call(globalReference, env, function * 8L, a1, a2, a3, 0).value();
    checkException("JNI function " + function);
    if (result == 0) {
      throw new IOException("JNI function " + function + " returned null");
    }
    references.add(result);
    return result;
  }

  private CallResult call(int function, long a1, long a2, long a3) {
    MemorySegment address = MemorySegment.ofAddress(table.get(JAVA_LONG, function * 8L));
    return Native.call(address, env, a1, a2, a3);
  }

  private void checkException(String what) throws IOException {
    if ((call(EXCEPTION_CHECK, 0, 0, 0).value() & 0xff) != 0) {
      call(EXCEPTION_CLEAR, 0, 0, 0);
      throw new IOException(what + " threw an exception");
    }
  }

  /** The JNIEnv of this thread. */
  private static long environment(Arena arena) throws IOException {
    // jint JNI_GetCreatedJavaVMs(JavaVM **vmBuf, jsize bufLen, jsize *nVMs);
    MemorySegment getVms = Native.find(libjvm(), "JNI_GetCreatedJavaVMs", arena);
    if (getVms == null) {
      throw new IOException("libjvm.so has no JNI_GetCreatedJavaVMs");
    }
    MemorySegment vm = arena.allocate(JAVA_LONG);
    MemorySegment count = arena.allocate(JAVA_LONG);
    CallResult found = Native.call(getVms, vm.address(), 1, count.address());
    if (found.intValue() != 0 || vm.get(JAVA_LONG, 0) == 0) {
      throw new IOException("JNI_GetCreatedJavaVMs returned " + found.intValue());
    }
    long javaVm = vm.get(JAVA_LONG, 0);
    // jint GetEnv(JavaVM *vm, void **env, jint version);
    long vmTable = Native.at(javaVm, 8).get(JAVA_LONG, 0);
    long getEnv = Native.at(vmTable, 64).get(JAVA_LONG, GET_ENV * 8L);
    MemorySegment result = arena.allocate(JAVA_LONG);
    CallResult got =
        Native.call(MemorySegment.ofAddress(getEnv), javaVm, result.address(), JNI_VERSION_21);
    if (got.intValue() != 0) {
      throw new IOException("GetEnv returned " + got.intValue());
    }
    return result.get(JAVA_LONG, 0);
  }

  private static Path libjvm() throws IOException {
    Path lib = Path.of(System.getProperty("java.home"), "lib");
    for (String variant : List.of("server", "client", "minimal")) {
      Path candidate = lib.resolve(variant).resolve("libjvm.so");
      if (Files.exists(candidate)) {
        return candidate;
      }
    }
    throw new IOException("no libjvm.so under " + lib);
  }

  /** What speaks against this door on this JVM, or null. */
  static @Nullable String objection() {
    if (!Platform.current().isLinux()) {
      return "not on " + Platform.describe();
    }
    String vm = System.getProperty("java.vm.name", "");
    if (!vm.contains("OpenJDK") && !vm.contains("HotSpot")) {
      return "only HotSpot is known to have the private method it needs, and this is " + vm;
    }
    return Native.refusal();
  }
}
