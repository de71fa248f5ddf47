#!/usr/bin/env bash
# `harness run` on programs that watch memory themselves, and in places where little is allowed: what is said must stay
# right, and the library must not be what they report.
#
# - built with AddressSanitizer and ThreadSanitizer, and under valgrind's memcheck, helgrind and drd, with four threads:
#   none reports anything of a program that has no fault, and each still sees a planted one;
# - as a user without any right, where nothing can be written but the report's folder;
# - under a filter of system calls that forbids to look into processes;
# - on a disk that is full before the report is written, where the verdict is still said.
#
# Says what could not run, and why. usage: HARNESS=target/debug/harness ci/strange-hosts.sh
set -euo pipefail
cd "$(dirname "$0")/.."
harness=$(realpath "${HARNESS:-target/debug/harness}")
scratch=$(mktemp -d)
chmod 755 "$scratch"
trap 'rm -rf "$scratch"' EXIT
could_not() { echo "-- could not run $1: $2"; }

# Threads that share what a lock guards, with descriptors, mappings and children between; `lose` drops a block each time,
# `race` leaves out the lock.
cat > "$scratch/work.c" <<'C'
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *shared[16];
static int n, loses, races;

static char *drop(int i) {
    char *block = malloc(40);
    memset(block, i, 40);
    return block;
}

static void *work(void *number) {
    for (int i = 0; i < n; i++) {
        char *own = malloc(16 + i % 7);
        memset(own, *(int *)number, 16);
        if (!races) pthread_mutex_lock(&lock);
        char *other = shared[i % 16];
        shared[i % 16] = own;
        if (!races) pthread_mutex_unlock(&lock);
        if (!races) free(other);
        if (i % 10 == 0) {
            munmap(mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 8192);
            close(open("/dev/null", O_RDONLY));
        }
        free(realloc(malloc(10), 1000));
    }
    return NULL;
}

int main(int argc, char **argv) {
    n = argc > 1 ? atoi(argv[1]) : 10;
    loses = argc > 2 && !strcmp(argv[2], "lose");
    races = argc > 2 && !strcmp(argv[2], "race");
    pthread_t threads[4];
    int numbers[4];
    for (int i = 0; i < 4; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, work, &numbers[i]);
    }
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    for (int i = 0; loses && i < n; i++) drop(i);
    if (fork() == 0) _exit(0);
    wait(NULL);
    for (int i = 0; i < 16; i++) free(shared[i]);
    return 0;
}
C

# Runs a command under a filter that refuses `ptrace`, `process_vm_readv` and `process_vm_writev`.
cat > "$scratch/filtered.c" <<'C'
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REFUSE(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

int main(int argc, char **argv) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        REFUSE(SYS_ptrace), REFUSE(SYS_process_vm_readv), REFUSE(SYS_process_vm_writev),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof rules / sizeof *rules, rules};
    if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) return 9;
    execvp(argv[1], argv + 1);
    return 9;
}
C
cc=${CC:-cc}
build() { $cc -g -O1 -fno-builtin -w -pthread "$@"; }
build -o "$scratch/work" "$scratch/work.c"
build -o "$scratch/filtered" "$scratch/filtered.c"
cd "$scratch"

# The exit code, and the first sentence of the verdict.
judged() {
    local wanted=$1 said code=0
    shift
    said=$("$@" 2>&1) || code=$?
    if [ $code != "$wanted" ]; then
        echo "$said"
        echo "exit code $code in the place of $wanted: $*"
        exit 1
    fi
    grep -E -m 1 '^(LEAK|PASS|INCONCLUSIVE) ' <<< "$said"
}
counts=(--iters 20,40,80)
seq 1 500 | awk 'BEGIN { print "seconds,live_bytes" } { print $1 ",4096" }' > series.csv

for sanitizer in address thread; do
    if ! build -fsanitize=$sanitizer -o "$sanitizer" work.c 2> why || ! ASAN_OPTIONS=detect_leaks=0 "./$sanitizer" 10 > why 2>&1; then
        could_not "-fsanitize=$sanitizer" "$(head -n 1 why)"
        continue
    fi
    echo "== -fsanitize=$sanitizer"
    export ASAN_OPTIONS=detect_leaks=0
    judged 0 "$harness" run "${counts[@]}" -- "./$sanitizer" "{iters}"
    judged 1 "$harness" run "${counts[@]}" -- "./$sanitizer" "{iters}" lose
done

for tool in memcheck helgrind drd; do
    command -v valgrind > /dev/null || { could_not $tool "valgrind is not installed (apt-get install valgrind)"; continue; }
    echo "== valgrind --tool=$tool"
    under=(valgrind --quiet --tool=$tool --error-exitcode=99)
    # An exit code of 99 at every count is said of the command, and what it reported is in its output.
    judged 0 "$harness" run "${counts[@]}" --out clean -- "${under[@]}" ./work "{iters}"
    if grep -rlE '^==[0-9]+== ' clean/tools; then
        echo "$tool reports what the program does not do"
        cat clean/tools/*
        exit 1
    fi
    rm -rf clean
    if [ $tool != memcheck ]; then
        "$harness" run --iters 20 --out raced -- "${under[@]}" ./work "{iters}" race > why 2>&1 || true
        grep -rqE 'race|Conflicting' raced/tools || { echo "$tool sees no planted race any more"; exit 1; }
        rm -rf raced
    fi
done

# With no right at all, where nothing but the report's folder can be written.
cat > narrow.sh <<'S'
set -e
mount --make-rprivate /
mkdir -p out
mount -t tmpfs -o mode=777 tmpfs out
cut -d ' ' -f 2 /proc/mounts | sort -r | while read -r place; do
    case $place in "$PWD/out" | /proc* | /sys*) ;; *) mount -o remount,bind,ro "$place" 2> /dev/null || true ;; esac
done
! touch here 2> /dev/null
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs --reuid 65534 --regid 65534 --clear-groups "$@"
S
cp "$harness" harness
if unshare -m true 2> why && setpriv --no-new-privs true 2>> why; then
    echo "== nothing can be written, and no rights"
    judged 1 unshare -m bash narrow.sh ./harness run "${counts[@]}" --out out/report -- ./work "{iters}" lose | tee said
    grep -q 'lost: nothing points to it' said
else
    could_not "as a user without rights" "$(head -n 1 why)"
fi
if ./filtered true; then
    echo "== a filter of system calls"
    judged 1 ./filtered ./harness run "${counts[@]}" --out report -- ./work "{iters}" lose | tee said
    grep -q 'lost: nothing points to it' said
else
    could_not "under a filter" "the kernel has none"
fi
mkdir -p full
if unshare -m true 2> why; then
    echo "== a full disk"
    cat > fill.sh <<'S'
set -e
mount --make-rprivate /
mount -t tmpfs -o size=64k tmpfs full
exec "$@"
S
    for job in "--workload words --iters 200 --probes heap --zones on" "judge series.csv"; do
        # shellcheck disable=SC2086
        judged 3 unshare -m bash fill.sh "$harness" $job --out full/report | tee said
        grep -q '^PASS ' said
    done
else
    could_not "on a full disk" "$(head -n 1 why)"
fi
echo "== nobody was disturbed"
