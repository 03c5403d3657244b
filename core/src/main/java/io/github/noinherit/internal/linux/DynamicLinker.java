// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import static io.github.noinherit.internal.ffi.Native.call;
import static io.github.noinherit.internal.ffi.Native.symbol;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.Native;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
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
   * Loads a library, or takes one more reference to it if it is loaded. Its constructors run, its
   * JNI_OnLoad does not: the JVM calls that.
   *
   * @return its handle
   * @throws IOException if it cannot be loaded, with the dynamic linker's reason
   */
  public static long load(String path) throws IOException {
    long handle = open(path, RTLD_LAZY);
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

  /** One more reference to a library, or 0 if it is not loaded. */
  public static long ifLoaded(String path) throws IOException {
    long handle = open(path, RTLD_LAZY | RTLD_NOLOAD);
    if (handle == 0) {
      call(dlerror); // forgets it
    }
    return handle;
  }

  private static long open(String path, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      byte[] name = CStrings.encode("the path of a library", path, FILE_NAMES);
      return call(dlopen, CStrings.allocate(arena, name).address(), mode).value();
    }
  }

  /** Gives a reference back. */
  public static void close(long handle) throws IOException {
    if (call(dlclose, handle).intValue() != 0) {
      throw new IOException("dlclose(0x" + Long.toHexString(handle) + ") failed");
    }
  }

  /** The address at which a library's virtual address 0 is: l_addr of struct link_map (link.h). */
  public static long base(long handle) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment map = arena.allocate(JAVA_LONG);
      if (call(dlinfo, handle, RTLD_DI_LINKMAP, map.address()).intValue() != 0) {
        throw new IOException("dlinfo(0x" + Long.toHexString(handle) + ", RTLD_DI_LINKMAP) failed");
      }
      return Native.at(map.get(JAVA_LONG, 0), Long.BYTES).get(JAVA_LONG, 0);
    }
  }

  /**
   * What a symbol means in the global scope, RTLD_DEFAULT: libc's function, or that of a library
   * that was preloaded over it.
   *
   * @return its address, or 0 if there is none
   */
  public static long global(String name) {
    try (Arena arena = Arena.ofConfined()) {
      byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
      long address = call(dlsym, 0, CStrings.allocate(arena, ascii).address()).value();
      if (address == 0) {
        call(dlerror);
      }
      return address;
    }
  }

  /** A symbol that every supported C library has. */
  public static long required(String name) {
    long address = global(name);
    if (address == 0) {
      throw new UnsupportedOperationException("the C library of this machine has no " + name);
    }
    return address;
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
      if (call(dladdr, address, info.address()).intValue() == 0 || info.get(JAVA_LONG, 0) == 0) {
        return null;
      }
      return Native.string(info.get(JAVA_LONG, 0));
    }
  }

  /** Do two addresses belong to the same library? */
  public static boolean inSameLibrary(long one, long other) {
    String library = libraryOf(one);
    return library != null && Objects.equals(library, libraryOf(other));
  }
}
