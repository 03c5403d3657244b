// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static io.github.noinherit.internal.ffi.Native.call;
import static io.github.noinherit.internal.ffi.Native.symbol;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.stub.Calls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * glibc's dynamic linker, as dlfcn.h and link.h give access to it: which libraries are loaded,
 * where, and what a symbol means to them.
 */
public final class DynamicLinker {
  /** dlopen: resolve functions when they are called, as the JVM does (bits/dlfcn.h). */
  private static final int RTLD_LAZY = 1;

  /** dlopen: only if it is loaded already. */
  private static final int RTLD_NOLOAD = 4;

  /** dlinfo: the link_map of a handle (dlfcn.h). */
  private static final int RTLD_DI_LINKMAP = 2;

  // void *dlopen(const char *file, int mode);
  private static final MemorySegment dlopen = symbol("dlopen");
  // int dlclose(void *handle);
  private static final MemorySegment dlclose = symbol("dlclose");
  // char *dlerror(void);
  private static final MemorySegment dlerror = symbol("dlerror");
  // void *dlsym(void *handle, const char *name);
  private static final MemorySegment dlsym = symbol("dlsym");
  // int dlinfo(void *handle, int request, void *info);
  private static final MemorySegment dlinfo = symbol("dlinfo");
  // int dladdr(const void *address, Dl_info *info);
  private static final MemorySegment dladdr = symbol("dladdr");

  private static final Charset FILE_NAMES =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  private DynamicLinker() {}

  /**
   * The version of glibc, such as "2.36", or null if the C library is another, of which
   * gnu_get_libc_version(3) is the mark.
   */
  public static @Nullable String glibcVersion() {
    MemorySegment function = Native.find("gnu_get_libc_version");
    return function == null ? null : Native.string(call(function).value());
  }

  /**
   * Loads a library, or takes one more reference to it if it is loaded. Its constructors run, its
   * JNI_OnLoad does not: the JVM calls that.
   *
   * @return its handle
   * @throws IOException if it cannot be loaded, with the dynamic linker's reason
   */
  public static long load(String path) throws IOException {
    long handle;
    try (Arena arena = Arena.ofConfined()) {
      handle = call(dlopen, fileName(arena, path), RTLD_LAZY).value();
    }
    if (handle == 0) {
      long text = call(dlerror).value();
      throw new IOException(
          "dlopen(\""
              + path
              + "\", RTLD_LAZY): "
              + (text == 0 ? "no reason given" : Native.string(text)));
    }
    return handle;
  }

  /**
   * Loads libraries, all or none: {@link #load(String)} of each.
   *
   * @return their handles, in the same order
   */
  public static long[] load(List<String> paths) throws IOException {
    long[] handles = open(paths, RTLD_LAZY);
    try {
      for (int i = 0; i < handles.length; i++) {
        if (handles[i] == 0) {
          handles[i] = load(paths.get(i)); // once more, for the reason
        }
      }
      return handles;
    } catch (IOException e) {
      for (long handle : handles) {
        if (handle != 0) {
          close(handle);
        }
      }
      throw e;
    }
  }

  /** One more reference to each of these libraries, or 0 for those that are not loaded. */
  public static long[] ifLoaded(List<String> paths) throws SystemCallException {
    return open(paths, RTLD_LAZY | RTLD_NOLOAD);
  }

  /** One more reference to a library, or 0 if it is not loaded: {@link #ifLoaded(List)}. */
  public static long ifLoaded(String path) throws SystemCallException {
    return ifLoaded(List.of(path))[0];
  }

  private static long[] open(List<String> paths, int mode) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      Calls calls = new Calls(arena, paths.size());
      for (String path : paths) {
        calls.add(dlopen, fileName(arena, path), mode);
      }
      calls.make();
      return calls.results();
    }
  }

  private static long fileName(Arena arena, String path) {
    byte[] name = CStrings.encode("the path of a library", path, FILE_NAMES);
    return CStrings.allocate(arena, name).address();
  }

  /** Gives a reference back. */
  public static void close(long handle) throws IOException {
    if (call(dlclose, handle).intValue() != 0) {
      throw new IOException("dlclose(0x" + Long.toHexString(handle) + ") failed");
    }
  }

  /**
   * The addresses at which libraries' virtual address 0 is: l_addr of struct link_map (link.h).
   *
   * @param handles those of the libraries
   */
  public static long[] bases(long... handles) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment maps = arena.allocate(JAVA_LONG, handles.length);
      Calls calls = new Calls(arena, handles.length);
      for (int i = 0; i < handles.length; i++) {
        calls.add(dlinfo, handles[i], RTLD_DI_LINKMAP, maps.address() + i * JAVA_LONG.byteSize());
      }
      long made = calls.make().value();
      if (made < handles.length) {
        String handle = Long.toHexString(handles[(int) made]);
        throw new IOException("dlinfo(0x" + handle + ", RTLD_DI_LINKMAP) failed");
      }
      long[] bases = new long[handles.length];
      maps.asByteBuffer().order(ByteOrder.nativeOrder()).asLongBuffer().get(bases);
      for (int i = 0; i < bases.length; i++) {
        bases[i] = Native.word(bases[i]);
      }
      return bases;
    }
  }

  /**
   * What symbols mean in the global scope, RTLD_DEFAULT: libc's function, or that of a library that
   * was preloaded over it.
   *
   * @return their addresses, 0 where there is none
   */
  public static long[] global(List<String> names) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      byte[] text = (String.join("\0", names) + '\0').getBytes(StandardCharsets.US_ASCII);
      long address = CStrings.allocate(arena, text).address(); // one block, as each takes its time
      Calls calls = new Calls(arena, names.size());
      for (String name : names) {
        calls.add(dlsym, 0, address);
        address += name.length() + 1;
      }
      calls.make();
      return calls.results();
    }
  }

  /** What one symbol means: {@link #global(List)}. */
  public static long global(String name) throws SystemCallException {
    return global(List.of(name))[0];
  }

  /**
   * The file of the library that an address belongs to.
   *
   * @return its path as the dynamic linker knows it, or null if the address is in none
   */
  public static @Nullable String libraryOf(long address) {
    try (Arena arena = Arena.ofConfined()) {
      // Dl_info: { const char *dli_fname; void *dli_fbase; const char *dli_sname; void *dli_saddr;
      // }
      MemorySegment info = arena.allocate(JAVA_LONG, 4);
      boolean isKnown = call(dladdr, address, info.address()).intValue() != 0;
      long name = Native.word(info.address());
      return isKnown && name != 0 ? Native.string(name) : null;
    }
  }

  /** Where the library that an address belongs to begins in memory, or 0 if it is in none. */
  public static long baseOf(long address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(JAVA_LONG, 4);
      boolean isKnown = call(dladdr, address, info.address()).intValue() != 0;
      return isKnown ? Native.word(info.address() + Long.BYTES) : 0;
    }
  }
}
