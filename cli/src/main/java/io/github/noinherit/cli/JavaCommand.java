// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code noinherit java}: its help. The verb itself is done by the script {@code noinherit}, which
 * becomes java, so that the program's exit status, signals and terminal are its own.
 */
@Command(
    name = "java",
    header = "Runs java with everything non-inheritable by default.",
    customSynopsis = "noinherit java [OPTIONS] [--] ARGS…",
    description = {
      "",
      "Runs 'java ARGS…' so that what the JDK opens is close-on-exec from the moment it exists:"
          + " the program needs no change. It is java's command line with two flags more,"
          + " -javaagent:noinherit.jar and --enable-native-access=ALL-UNNAMED.",
      "",
      "The java is your own, of JAVA_HOME or else PATH, if it is 25 or newer; if not, one that is"
          + " found on this machine, and standard error says which.",
      "",
    },
    optionListHeading = "Options, which end at the first that is java's:%n",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "*:the program's own, 128 + n if signal n ended it",
      "1:(also) this machine cannot do it, see --if-supported",
      "125:noinherit failed, or an option of its own was not understood",
      "126:java cannot be run",
      "127:there is no java",
    },
    footer = {
      "",
      "Examples:",
      "  noinherit java -jar server.jar",
      "  noinherit java -cp classes:lib/* com.example.Main 'an argument'",
      "  noinherit java --scope 'libnetty_transport_native_epoll*' -jar app.jar",
      "  noinherit java -- --help    java's own help",
    })
public final class JavaCommand implements Callable<Integer> {
  @Option(
      names = "--scope",
      paramLabel = "GLOB",
      description =
          "Also these native libraries, by file name, with * and ?. May be given several times,"
              + " or with commas.")
  @SuppressWarnings({"NullAway.Init", "UnusedVariable"}) // shown in the help; the script reads it
  private List<String> scope;

  @Option(
      names = "--if-supported",
      description =
          "Where the machine or the JVM cannot do it, say so on standard error and run the"
              + " program without it.")
  @SuppressWarnings("UnusedVariable") // shown in the help; the script reads it
  private boolean ifSupported;

  @Parameters(paramLabel = "ARGS", arity = "0..*", description = "What java gets.")
  @SuppressWarnings({"NullAway.Init", "UnusedVariable"}) // shown in the help; the script reads it
  private List<String> arguments;

  /** What belongs to java is not looked at. */
  @Spec
  void setSpec(CommandSpec spec) {
    spec.parser().stopAtPositional(true).unmatchedOptionsArePositionalParams(true);
  }

  @Override
  public Integer call() throws UnsupportedHere {
    throw new UnsupportedHere(
        "'java' is done by the script noinherit, which becomes java; this jar cannot. Type"
            + " noinherit java, or give java the two flags -javaagent:noinherit.jar and"
            + " --enable-native-access=ALL-UNNAMED");
  }
}
