#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Start-up of the command: whole processes, from fork to exit, with no help and with each kind of it that JDK 25 has.

Usage: startup.py JAVA_HOME COPY ROUNDS > raw.csv   (COPY: target/command, as ./noinherit makes it; summary on stderr)

All ways run in turn within a round, so that what else the machine does hits all of them; the first round is thrown away.
"""

import csv
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

FAST = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
VERBS = [["--help"], ["check"], ["check", "--json"]]


def ways(java, copy, work):
    """What to measure: name -> command line without the verb. Archives are made here, each trained by `check`."""
    jar = ["-jar", os.path.join(copy, "noinherit.jar")]

    def trained(option, name, options):
        file = os.path.join(work, name)
        subprocess.run([java, *options, f"{option}={file}", *jar, "check"], stdin=subprocess.DEVNULL, capture_output=True)
        if not os.path.exists(file):
            sys.exit(f"no archive was made: {file}")
        return file

    return {
        "none": [java, *jar],
        "none, C1 and serial": [java, *FAST, *jar],
        "CDS, C1 and serial": [java, *FAST, "-XX:SharedArchiveFile=" + trained("-XX:ArchiveClassesAtExit", "fast.jsa", FAST), *jar],
        "AOT, C1 and serial": [java, *FAST, "-XX:AOTCache=" + trained("-XX:AOTCacheOutput", "fast.aot", FAST), *jar],
        "./noinherit": [os.path.join(copy, "..", "..", "noinherit")],
    }


def once(command):
    """Runs it; the elapsed and the processor milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    ms = (time.perf_counter() - start) * 1000
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.stderr:
        sys.exit(f"{command}: {done.stderr.decode()}")
    return ms, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def main():
    java_home, copy, rounds = sys.argv[1], os.path.abspath(sys.argv[2]), int(sys.argv[3])
    work = tempfile.mkdtemp()
    times = {}
    try:
        commands = ways(os.path.join(java_home, "bin", "java"), copy, work)
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow(["round", "way", "verb", "ms", "cpu_ms"])
        for round_number in range(rounds + 1):
            for way, command in commands.items():
                for verb in VERBS:
                    ms, cpu_ms = once(command + verb)
                    if round_number:
                        out.writerow([round_number, way, " ".join(verb), f"{ms:.1f}", f"{cpu_ms:.1f}"])
                        times.setdefault((way, " ".join(verb)), []).append((ms, cpu_ms))
    finally:
        shutil.rmtree(work)
    print("elapsed ms, median (least–most) / processor ms, median", file=sys.stderr)
    print(f"{'':22}" + "".join(f"{' '.join(verb):>26}" for verb in VERBS), file=sys.stderr)
    for way in commands:
        cells = ""
        for verb in VERBS:
            ms, cpu = zip(*times[way, " ".join(verb)])
            cells += f"{f'{statistics.median(ms):.0f} ({min(ms):.0f}–{max(ms):.0f}) / {statistics.median(cpu):.0f}':>26}"
        print(f"{way:22}{cells}", file=sys.stderr)


main()
