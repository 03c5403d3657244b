// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.linux.DynamicLinker;
import io.github.noinherit.internal.stub.Stub;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/*
 * JNI, called through the foreign function API.
 *
 * Rules that make it safe:
 *  1. A JNIEnv belongs to one thread. All of it runs on one platform thread: the caller's, if it is
 *     a plain one whose context class loader is the one wanted, so that nothing is changed on it;
 *     else a fresh one that ends afterwards. (A virtual one could continue on another carrier.)
 *  2. A local reference dies when any native method returns on the thread, and the linker's own
 *     Java code may call one between two downcalls. So each reference is made global inside the same
 *     native call that produced it (Stub, GLOBAL REFERENCE), and deleted at the end.
 *  3. A pending Java exception must not travel through a downcall: it is looked for after every call
 *     that can throw, cleared, and becomes an IOException here. A function that returns a reference
 *     or an id has thrown only if that is NULL.
 *  4. A jboolean comes back with rubbish above its eight bits.
 *
 * Indices: the function table of the JNI specification, chapter 4, which only ever grows.
 */
final class Jni {
  static final int FIND_CLASS = 6;
  static final int EXCEPTION_CLEAR = 17;
  static final int DELETE_GLOBAL_REF = 22;
  static final int GET_METHOD_ID = 33;
  static final int CALL_OBJECT_METHOD_A = 36;
  static final int CALL_VOID_METHOD_A = 63;
  static final int GET_STATIC_METHOD_ID = 113;
  static final int CALL_STATIC_OBJECT_METHOD_A = 116;
  static final int NEW_STRING_UTF = 167;
  static final int NEW_WEAK_GLOBAL_REF = 226;
  static final int EXCEPTION_CHECK = 228;
  static final int JNI_VERSION_21 = 0x00150000;
  static final int GET_ENV = 6;

  private static @Nullable MemorySegment stub;

  private final Arena arena;
  private final MemorySegment globalReference;
  private final long env;
  private final long vm;
  private final long table;
  private final List<Long> references = new ArrayList<>();

  private Jni(Arena arena) throws IOException {
    this.arena = arena;
    globalReference = globalReferenceStub();
    vm = javaVm(arena);
    env = environment(arena, vm);
    table = Native.word(env);
  }

  /** What is to be done with JNI. */
  interface Work<T> {
    T with(Jni jni) throws IOException;
  }

  /**
   * Does something, and deletes the references that were made.
   *
   * @param loader what {@link #classOf} looks classes up with
   */
  static <T> T run(@Nullable ClassLoader loader, Work<T> work) throws IOException {
    Thread caller = Thread.currentThread();
    // A subclass may answer otherwise than JNI is told.
    if (caller.getClass() == Thread.class
        && Objects.equals(caller.getContextClassLoader(), loader)) {
      return here(work);
    }
    Worker<T> worker = new Worker<>(work);
    worker.setDaemon(true);
    worker.setContextClassLoader(loader);
    worker.start();
    Uninterruptibly.join(worker);
    Throwable failure = worker.failure;
    if (failure instanceof IOException e) {
      throw e;
    } else if (failure != null) {
      throw new IllegalStateException("a call of JNI failed: " + failure.getMessage(), failure);
    }
    return worker.result.getFirst();
  }

  private static <T> T here(Work<T> work) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Jni jni = new Jni(arena);
      try {
        return work.with(jni);
      } finally {
        jni.deleteReferences();
      }
    }
  }

  private static final class Worker<T> extends Thread {
    private final Work<T> work;
    private final List<T> result = new ArrayList<>();
    private @Nullable Throwable failure;

    Worker(Work<T> work) {
      super(null, null, "noinherit-jni", 0, false);
      this.work = work;
    }

    @Override
    public void run() {
      try {
        result.add(here(work));
      } catch (IOException | RuntimeException | Error e) {
        failure = e;
      }
    }
  }

  private static synchronized MemorySegment globalReferenceStub() throws IOException {
    if (stub == null) {
      stub = Stub.install(Stub.globalReference(Platform.current()));
    }
    return stub;
  }

  private void deleteReferences() {
    for (long r : references) {
      call(DELETE_GLOBAL_REF, r, 0, 0);
    }
  }

  /** The JavaVM that this is. */
  long vm() {
    return vm;
  }

  /** The class of this name that the thread's context class loader finds; not initialised. */
  long classOf(String name) throws IOException {
    long threadClass = findClass("java/lang/Thread");
    long classClass = findClass("java/lang/Class");
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
    return reference(
        CALL_STATIC_OBJECT_METHOD_A, classClass, forName, arguments(string(name), 0, loader));
  }

  long findClass(String name) throws IOException {
    return reference(FIND_CLASS, text(name), 0, 0);
  }

  long string(String value) throws IOException {
    return reference(NEW_STRING_UTF, text(value), 0, 0);
  }

  private long text(String value) {
    return CStrings.allocate(arena, value.getBytes(StandardCharsets.US_ASCII)).address();
  }

  long arguments(long... values) {
    MemorySegment array = arena.allocate(JAVA_LONG, values.length);
    array.asByteBuffer().order(ByteOrder.nativeOrder()).asLongBuffer().put(values);
    return array.address();
  }

  long method(int function, long type, String name, String signature) throws IOException {
    long id = call(function, type, text(name), text(signature)).value();
    if (id == 0) {
      checkException(name + signature);
      throw new IOException("this JVM has no method " + name + signature);
    }
    return id;
  }

  /** Calls a JNI function that returns a reference, and keeps that as a global one. */
  long reference(int function, long a1, long a2, long a3) throws IOException {
    long result = Native.call(globalReference, env, function * 8L, a1, a2, a3, 0).value();
    if (result == 0) {
      checkException("JNI function " + function);
      throw new IOException("JNI function " + function + " returned null");
    }
    references.add(result);
    return result;
  }

  CallResult call(int function, long a1, long a2, long a3) {
    MemorySegment address = MemorySegment.ofAddress(Native.word(table + function * 8L));
    return Native.call(address, env, a1, a2, a3);
  }

  void checkException(String what) throws IOException {
    if ((call(EXCEPTION_CHECK, 0, 0, 0).value() & 0xff) != 0) {
      call(EXCEPTION_CLEAR, 0, 0, 0);
      throw new IOException(what + " threw an exception");
    }
  }

  private static long javaVm(Arena arena) throws IOException {
    // jint JNI_GetCreatedJavaVMs(JavaVM **vmBuf, jsize bufLen, jsize *nVMs);
    long getVms = DynamicLinker.global("JNI_GetCreatedJavaVMs");
    if (getVms == 0) { // libjvm was loaded by something else than the JDK's launcher
      MemorySegment inFile = Native.find(libjvm(), "JNI_GetCreatedJavaVMs", arena);
      if (inFile == null) {
        throw new IOException("libjvm.so has no JNI_GetCreatedJavaVMs");
      }
      getVms = inFile.address();
    }
    MemorySegment vm = arena.allocate(JAVA_LONG);
    MemorySegment count = arena.allocate(JAVA_LONG);
    CallResult got = Native.call(MemorySegment.ofAddress(getVms), vm.address(), 1, count.address());
    if (got.intValue() != 0) {
      throw new IOException("JNI_GetCreatedJavaVMs returned " + got.intValue());
    }
    // While agents start, the JVM does not count as created yet.
    long found = Native.word(vm.address());
    return found != 0 ? found : AgentsVm.find();
  }

  /** The JNIEnv of this thread. */
  private static long environment(Arena arena, long vm) throws IOException {
    // jint GetEnv(JavaVM *vm, void **env, jint version);
    long getEnv = Native.word(Native.word(vm) + GET_ENV * 8L);
    MemorySegment result = arena.allocate(JAVA_LONG);
    CallResult got =
        Native.call(MemorySegment.ofAddress(getEnv), vm, result.address(), JNI_VERSION_21);
    if (got.intValue() != 0) {
      throw new IOException("GetEnv returned " + got.intValue());
    }
    return Native.word(result.address());
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
}
