// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.elf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * A 64-bit little-endian ELF shared library, in memory or in a file: what it imports, and where the
 * pointers to that are. Pure; every access is checked, and what is malformed is an ElfException.
 *
 * Read are the ELF header, the program headers (PT_LOAD, PT_DYNAMIC, PT_GNU_RELRO) and, through the
 * dynamic section, the two tables of relocations: DT_JMPREL and DT_RELA. Sections are not looked
 * at: a stripped library need not have any, and in memory there are none. A table of relocations
 * may begin with very many that have no symbol (libjvm: 124,000), which DT_RELACOUNT counts; they
 * are skipped. DT_RELR has no symbols at all.
 *
 * In a loaded image glibc has added the load address to some of the dynamic section's addresses
 * (DT_STRTAB, DT_SYMTAB, DT_RELA, DT_JMPREL, …); a value that is not below the load address is one
 * of those.
 *
 * Sources: System V ABI, chapters 4 and 5; the processor supplements for x86-64 and aarch64.
 */
public final class ElfImage {
  private static final int PT_LOAD = 1;
  private static final int PT_DYNAMIC = 2;
  private static final int PT_GNU_RELRO = 0x6474e552;
  private static final int PF_W = 2;
  private static final int PF_X = 1;

  private static final int DT_PLTRELSZ = 2;
  private static final int DT_STRTAB = 5;
  private static final int DT_SYMTAB = 6;
  private static final int DT_RELA = 7;
  private static final int DT_RELASZ = 8;
  private static final int DT_STRSZ = 10;
  private static final int DT_JMPREL = 23;
  private static final int DT_RELACOUNT = 0x6ffffff9;

  /** Elf64_Rela: { u64 r_offset; u64 r_info; i64 r_addend }. */
  private static final int RELA = 24;

  /**
   * Of both, as 64-bit words. Elf64_Sym: { u32 st_name; u8 info, other; u16 st_shndx; u64 value,
   * size }.
   */
  private static final int WORDS = 3;

  private static final int MOST_HEADERS = 1000;
  private static final int LONGEST_NAME = 4096;

  /** NULs behind the strings, so that the last name too has four characters to look at. */
  private static final int PADDING = 3;

  /** The instruction set that an image is for. */
  public enum Machine {
    /** x86-64. */
    X86_64(62, 6, 7, 1),
    /** 64-bit Arm. */
    AARCH64(183, 1025, 1026, 257);

    private final int number;
    private final int globDat;
    private final int jumpSlot;
    private final int absolute;

    Machine(int number, int globDat, int jumpSlot, int absolute) {
      this.number = number;
      this.globDat = globDat;
      this.jumpSlot = jumpSlot;
      this.absolute = absolute;
    }

    private boolean isPointer(int relocation) {
      return relocation == globDat || relocation == jumpSlot || relocation == absolute;
    }
  }

  private final ElfBytes bytes;
  private final long base;
  private final Machine machine;
  private final List<ElfRange> writable = new ArrayList<>();
  private final List<ElfRange> constant = new ArrayList<>();

  /** With the constants too, where the linker has made one segment of both. */
  private final List<ElfRange> code = new ArrayList<>();

  private ElfRange relro = new ElfRange(0, 0);
  private long memorySize;
  private long plt;
  private long pltSize;
  private long rela;
  private long relaSize;
  private long relaCount;
  private long symbols;
  private long strings;
  private long stringsSize;
  private byte @Nullable [] text;

  private ElfImage(ByteBuffer image, long base, boolean isFile) throws ElfException {
    this.base = base;
    bytes = new ElfBytes(image, isFile);
    machine = readHeader();
    readSegments();
  }

  /** A library's file. */
  public static ElfImage ofFile(ByteBuffer file) throws ElfException {
    return new ElfImage(file, Long.MAX_VALUE, true);
  }

  /**
   * A loaded library.
   *
   * @param memory from where its virtual address 0 is, to the end of its last segment
   * @param base the address of that
   */
  public static ElfImage ofMemory(ByteBuffer memory, long base) throws ElfException {
    return new ElfImage(memory, base, false);
  }

  private Machine readHeader() throws ElfException {
    if (bytes.header(0, 4, "the ELF header") != 0x464c457fL) {
      throw new ElfException("no ELF image: it does not begin with 7f 45 4c 46");
    }
    if (bytes.header(4, 1, "EI_CLASS") != 2 || bytes.header(5, 1, "EI_DATA") != 1) {
      throw new ElfException("an ELF image, but not 64-bit and little-endian");
    }
    long number = bytes.header(18, 2, "e_machine");
    for (Machine m : Machine.values()) {
      if (m.number == number) {
        return m;
      }
    }
    throw new ElfException("an ELF image for machine " + number + ", which is not known here");
  }

  private void readSegments() throws ElfException {
    long at = bytes.header(32, 8, "e_phoff");
    int width = (int) bytes.header(54, 2, "e_phentsize");
    int count = (int) bytes.header(56, 2, "e_phnum");
    if (width < 56 || width % Long.BYTES != 0 || count > MOST_HEADERS) {
      throw new ElfException(count + " program headers of " + width + " bytes");
    }
    long[] headers = bytes.headers(at, (long) count * width / Long.BYTES, "the program headers");
    long dynamic = -1;
    long dynamicSize = 0;
    List<Long> segments = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int header = i * width / Long.BYTES; // Elf64_Phdr
      int type = (int) headers[header];
      int flags = (int) (headers[header] >>> 32);
      long offset = headers[header + 1];
      long address = headers[header + 2];
      long inFile = headers[header + 4];
      long inMemory = headers[header + 5];
      if (address < 0 || inFile < 0 || inMemory < inFile || address + inMemory < 0) {
        throw new ElfException("program header " + i + " has impossible numbers");
      }
      switch (type) {
        case PT_LOAD -> {
          segments.addAll(List.of(address, inFile, offset));
          memorySize = Math.max(memorySize, address + inMemory);
          if ((flags & PF_W) != 0) {
            writable.add(new ElfRange(address, address + inMemory));
          } else if (inFile > 0) {
            List<ElfRange> list = (flags & PF_X) == 0 ? constant : code;
            list.add(new ElfRange(address, address + inFile));
          }
        }
        case PT_DYNAMIC -> {
          dynamic = address;
          dynamicSize = inFile;
        }
        case PT_GNU_RELRO -> relro = new ElfRange(address, address + inMemory);
        default -> {
          // notes, unwind tables, the stack: nothing to us
        }
      }
    }
    long[] numbers = new long[segments.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = segments.get(i);
    }
    bytes.setSegments(numbers);
    if (dynamic < 0) {
      throw new ElfException("no dynamic section: linked statically, or no shared library");
    }
    readDynamic(dynamic, dynamicSize);
  }

  private void readDynamic(long at, long size) throws ElfException {
    long[] entries = bytes.words(at, size / 16 * 2, "the dynamic section");
    for (int i = 0; i < entries.length && entries[i] != 0; i += 2) {
      long tag = entries[i];
      long value = entries[i + 1];
      switch ((int) tag) {
        case DT_PLTRELSZ -> pltSize = value;
        case DT_STRTAB -> strings = address(value);
        case DT_STRSZ -> stringsSize = value;
        case DT_SYMTAB -> symbols = address(value);
        case DT_RELA -> rela = address(value);
        case DT_RELASZ -> relaSize = value;
        case DT_JMPREL -> plt = address(value);
        case DT_RELACOUNT -> relaCount = value;
        default -> {
          // not needed
        }
      }
    }
    if (strings <= 0 || stringsSize <= 0 || strings + stringsSize < 0 || symbols == 0) {
      throw new ElfException("no table of symbols (DT_SYMTAB, DT_STRTAB)");
    }
    if (relaCount < 0 || relaCount > relaSize / RELA) {
      throw new ElfException("DT_RELACOUNT " + relaCount + " is more than there are");
    }
  }

  private long address(long value) {
    return value >= base ? value - base : value;
  }

  /** The instruction set. */
  public Machine machine() {
    return machine;
  }

  /** The end of the last segment in memory. */
  public long memorySize() {
    return memorySize;
  }

  /** What the dynamic linker makes read-only after it has set it; may be empty. */
  public ElfRange relro() {
    return relro;
  }

  /** Is a virtual address among what is made read-only? */
  public boolean isRelro(long address) {
    return relro.contains(address);
  }

  /** The writable segments, RELRO included. */
  public List<ElfRange> writableRanges() {
    return List.copyOf(writable);
  }

  /** The aligned 64-bit words of a range of a loaded image, as they are now. */
  public long[] words(ElfRange range) throws ElfException {
    long start = (range.start() + 7) / 8 * 8;
    return bytes.words(start, (range.end() - start) / 8, "a segment");
  }

  /**
   * The pointers to imported symbols of these names, in no particular order: JUMP_SLOT, GLOB_DAT,
   * and absolute ones without an addend.
   */
  public List<ElfImport> imports(ElfNames names) throws ElfException {
    List<ElfImport> found = new ArrayList<>();
    scan(names, false, found);
    return found;
  }

  /** Those of these names that are imported in whatever way, also one that cannot be patched. */
  public Set<String> importedNames(ElfNames names) throws ElfException {
    List<ElfImport> found = new ArrayList<>();
    scan(names, true, found);
    Set<String> imported = new LinkedHashSet<>();
    for (ElfImport i : found) {
      imported.add(i.name());
    }
    return imported;
  }

  private void scan(ElfNames names, boolean isAnyKind, List<ElfImport> found) throws ElfException {
    boolean isInside = plt >= rela && plt - rela < relaSize; // one table for both
    if (!isInside) {
      scan(plt, pltSize, names, isAnyKind, found);
    }
    scan(rela + relaCount * RELA, relaSize - relaCount * RELA, names, isAnyKind, found);
  }

  private void scan(long from, long size, ElfNames names, boolean isAnyKind, List<ElfImport> found)
      throws ElfException {
    long[] table = bytes.words(from, size / RELA * WORDS, "a table of relocations");
    long last = -1;
    for (int i = 0; i < table.length; i += WORDS) {
      last = Math.max(last, table[i + 1] >>> 32);
    }
    long[] symbol = bytes.words(symbols, (last + 1) * WORDS, "the table of symbols");
    byte[] text = text();
    for (int i = 0; i < table.length; i += WORDS) {
      long info = table[i + 1];
      int number = (int) (info >>> 32);
      if (number == 0 || !(isAnyKind || machine.isPointer((int) info))) {
        continue;
      }
      long first = symbol[number * WORDS]; // the name, info, other, and the section in 16 bits
      if (first >>> 48 != 0 || !(isAnyKind || table[i + 2] == 0)) {
        continue; // defined here, or a pointer into the middle of something
      }
      int name = (int) first;
      if (name < 0 || name >= text.length - PADDING) {
        throw new ElfException("symbol " + number + " has its name outside of the strings");
      }
      if (names.mayHave(text, name)) {
        String decoded = decode(text, name);
        if (names.set().contains(decoded)) {
          found.add(new ElfImport(decoded, table[i]));
        }
      }
    }
  }

  private byte[] text() throws ElfException {
    byte[] known = text;
    if (known == null) {
      known = bytes.array(strings, stringsSize, PADDING, "the table of strings");
      text = known;
    }
    return known;
  }

  private static String decode(byte[] text, int start) throws ElfException {
    int end = start;
    int last = Math.min(text.length - PADDING, start + LONGEST_NAME);
    while (end < last && text[end] != 0) {
      end++;
    }
    if (end == last) {
      throw new ElfException("a name at " + start + " in the table of strings has no end");
    }
    return new String(text, start, end - start, ISO_8859_1);
  }

  /** Is this C string, or one that ends so, among the constants? */
  public boolean hasString(String string) throws ElfException {
    return !strings(Set.of(string), true).isEmpty();
  }

  /**
   * Those of these texts that are C strings among the constants, where the names are that a library
   * gives to dlsym. The names of its imports and exports are not among them.
   *
   * @param texts of two ASCII characters or more
   * @param mayBeEnd also the end of a longer string: linkers store one for both
   */
  public Set<String> strings(Set<String> texts, boolean mayBeEnd) throws ElfException {
    ElfStrings search = new ElfStrings(bytes, texts, mayBeEnd);
    for (ElfRange range : constant.isEmpty() ? code : constant) {
      search.in(range, new ElfRange(strings, strings + stringsSize));
    }
    return search.found();
  }
}
