// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

/*
 * What the guardian runs, in the language of any POSIX shell (tried: dash, bash, mksh, busybox ash).
 * It must not need more than the shell has in itself, except for the removal of a cgroup, which is a
 * directory: rmdir and sleep.
 *
 * Both wait in read(2) on the socket whose other end the parent holds. It ends when the parent does,
 * however that happens, as the kernel closes what a process has open.
 *
 * GROUPS. Lines of a kind and a number come in, which are kept as variables: g12 is a group, p12 a
 * child, and in a list of the groups. At the end each group is stopped, in one step, so that a chain of
 * processes that start one another does not outrun the looks, and killed in the end. All of /proc is
 * looked through for processes that
 *   - are a child that was registered, or
 *   - have a parent that belongs here (so descendants by parent links), or
 *   - are in a registered group, provided that the number is still that group's: its leader is known
 *     to live, or nobody has that number. (A number in use as a group's is nobody's pid: clone(2)
 *     takes another.)
 * Each is stopped as soon as it is found, so it cannot start others, nor end and leave its children to
 * init, before it has been looked at. When a look finds nobody new, all are killed. Then one more look,
 * for what a process with several threads has started just before it stopped. Parent and group of a
 * process are read once and kept (r12), since a shell reads a file byte by byte: what they were is what
 * counts, and a new process has a new number.
 *
 * Nothing is stopped before the parent is really gone, which is when this process has another parent.
 * The kernel closes the socket first, and a little later sends SIGHUP and SIGCONT to each stopped group
 * that the parent's end makes an orphan (setpgid(2)): then children would end before it is known what
 * descends from them. After an exec of the parent it stays this one's parent: so it is not waited for long.
 *
 * A name in /proc/PID/stat may hold blanks, brackets and line ends: what counts is behind the last
 * closing bracket.
 *
 * CGROUP. Kills the cgroup and all below it until all of it can be removed. Killing once is enough for
 * what is in there (cgroups(7), cgroup.kill), but a child that was not born there may still come in
 * (SurroundingSteps, 1). rmdir is a program, and a shell that cannot start one because there are too many
 * processes ends; so it waits first until those killed have gone.
 */
final class GuardianScript {
  /** Said when it is about to wait. */
  static final String READY = "ready";

  /** Signals that children or a terminal could send are not for the guardian. */
  private static final String BEGIN =
      """
      trap '' HUP INT QUIT TERM PIPE ALRM USR1 USR2 TSTP TTIN TTOU
      """;

  static final String GROUPS =
      BEGIN
          + """
          echo ready
          groups=
          forget() {
            case $groups in
              *" $1 "*) groups="${groups%%" $1 "*}${groups#*" $1 "}" ;;
            esac
          }
          while read -r k n; do
            case $k in
              g) forget "$n"; groups="$groups $n "; eval "g$n=1 p$n=1" ;;
              p) eval "p$n=1" ;;
              d) forget "$n"; groups="$groups $n "; eval "g$n=1"; unset "p$n" ;;
              f) forget "$n"; unset "p$n" "g$n" ;;
            esac
          done
          all_groups() {
            for n in $groups; do
              eval "l=\\${p$n-}"
              if [ -n "$l" ] || [ ! -d "/proc/$n" ]; then kill "$1" "-$n"; fi
            done
          }
          look() {
            for f in /proc/[0-9]*/stat; do
              n=${f#/proc/} n=${n%/stat}
              eval "m=\\${m$n-} x=\\${p$n-} r=\\${r$n-}"
              [ -z "$m" ] || continue
              if [ -z "$x" ]; then
                if [ -z "$r" ]; then
                  s=
                  while IFS= read -r l; do s="$s $l"; done <"$f" || continue
                  s=${s##*) }
                  set -- $s
                  [ $# -gt 2 ] && [ "$1" != Z ] || continue
                  r="$2 $3"
                  eval "r$n=\\$r"
                fi
                set -- $r
                eval "x=\\${p$1-}\\${m$1-} g=\\${g$2-} l=\\${p$2-}"
                [ -n "$g" ] && { [ -n "$l" ] || [ ! -d "/proc/$2" ]; } && x=1
              fi
              [ -n "$x" ] || continue
              kill -STOP "$n"
              eval "m$n=1"
              all="$all $n" new=1
            done
          }
          exec 2>/dev/null
          tries=0
          while [ $tries -lt 2000 ] && read -r s <"/proc/$$/stat"; do
            s=${s##*) }
            set -- $s
            [ "$2" = "$PPID" ] || break
            tries=$((tries + 1))
          done
          all= new=1
          all_groups -STOP
          while [ -n "$new" ]; do
            while [ -n "$new" ]; do new=; look; done
            kill -KILL $all
            all_groups -KILL
            look
          done
          """;

  static final String CGROUP =
      BEGIN
          + """
          for c in rmdir sleep; do
            command -v $c >/dev/null || { echo "no $c in $PATH"; exit 1; }
          done
          echo ready
          while read -r x; do :; done
          populated() {
            while read -r k v; do
              [ "$k $v" != "populated 1" ] || return 0
            done <"$1/cgroup.events"
            return 1
          }
          remove() {
            for c in "$1"/*/ "$1"/.[!.]*/ "$1"/..?*/; do [ -d "$c" ] && remove "${c%/}"; done
            rmdir "$1"
          }
          exec 2>/dev/null
          tries=0
          while [ -d "$1" ]; do
            echo 1 >"$1/cgroup.kill"
            looks=0
            while [ $looks -lt 1000 ] && populated "$1"; do looks=$((looks + 1)); done
            rmdir "$1"/*/
            remove "$1"
            tries=$((tries + 1))
            [ $tries -lt 50 ] || sleep 1
          done
          """;

  private GuardianScript() {}
}
