#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The leaf for machines without a C compiler: same options (but --ofd), same report as leaf.c.
#
# $$ is this shell in every subshell too, so /proc/$$ is always the table asked for. What the shell
# adds to its own table is left out: the folder that the wildcard opens has gone when each number is
# looked at again (with builtins only, which open nothing), and the script itself, which the shell
# keeps open, is known by its name. A shell drops environment names that it cannot use
# as variables and adds some of its own, so the environment is read from the kernel's copy. The
# signals reported as caught are the shell's own.

fds=
for f in /proc/$$/fd/*; do fds="$fds ${f##*/}"; done
left=
for n in $fds; do
  if [ -L "/proc/$$/fd/$n" ]; then left="$left $n"; fi
done
# The signal mask before the first command: while a shell waits for one, it may block signals.
signals=
while read -r key value; do
  case $key in
    SigBlk: | SigIgn: | SigCgt: | Umask: | NoNewPrivs:) signals="${signals}status ${key%:} $value
" ;;
  esac
done < "/proc/$$/status"

fds=
self=$(readlink -f "$0")
for n in $left; do
  flags=$(sed -n 's/^flags:[[:space:]]*0*//p' "/proc/$$/fdinfo/$n")
  case $flags in
    *[2367]??????) cloexec=1 ;;
    *) cloexec=0 ;;
  esac
  if [ "$(readlink "/proc/$$/fd/$n")" = "$self" ]; then continue; fi
  fds="$fds $n/$cloexec/${flags:-0}"
done

parent=$PPID
report=${NOINHERIT_LEAF_REPORT:--}
hold=0
status=0
quick=0
escape() { od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g'; }
args=$(for a in "$0" "$@"; do printf 'arg '; printf '%s' "$a" | escape; echo; done)
while [ $# -gt 0 ]; do
  case $1 in
    --report) report=$2; shift 2 || exit 96 ;;
    --hold) hold=$2; shift 2 || exit 96 ;;
    --exit) status=$2; shift 2 || exit 96 ;;
    --quick) quick=1; shift ;;
    --) break ;;
    --*) exit 96 ;;
    *) break ;;
  esac
done

if [ $quick = 1 ]; then
  for f in $fds; do
    if [ "${f%%/*}" -gt 2 ]; then exit 1; fi
  done
  exit 0
fi

write() {
  echo 'leaf sh'
  for f in $fds; do
    n=${f%%/*}
    rest=${f#*/}
    printf 'fd %s %s %s %s ' "$n" "${rest%%/*}" "${rest#*/}" "$(stat -L -c %d:%i "/proc/$$/fd/$n")"
    readlink -n "/proc/$$/fd/$n" | escape
    echo
  done
  echo "$args"
  printf 'environ '
  escape < "/proc/$$/environ"
  echo
  printf 'cwd '
  readlink -n "/proc/$$/cwd" | escape
  echo
  printf '%s' "$signals"
  sed -n 's/^Max open files *\([^ ]*\) *\([^ ]*\).*/nofile \1 \2/p' "/proc/$$/limits"
  read -r stat < "/proc/$$/stat"
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  echo "ids $$ $2 $3 $4"
  echo end
}
# Only a regular file is replaced: a device, a FIFO or a link is written to as it stands.
if [ "$report" = - ]; then
  write || exit 97
elif [ -L "$report" ] || { [ -e "$report" ] && [ ! -f "$report" ]; }; then
  write > "$report" || exit 97
else
  (umask 077 && write > "$report.part") && mv -f "$report.part" "$report" || exit 97
fi

if [ "$hold" != 0 ]; then
  steps=$(awk "BEGIN { print int($hold * 20) }")
  while [ "$steps" -gt 0 ]; do
    read -r stat < "/proc/$$/stat"
    # shellcheck disable=SC2086
    set -- ${stat##*) }
    if [ "$2" != "$parent" ]; then break; fi
    sleep 0.05
    steps=$((steps - 1))
  done
fi
exit "$status"
