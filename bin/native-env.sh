# Environment of libtorch in a Millrace process, and options of a JVM that trains; to be sourced. What is set already
# stays.

# One arena, and freed memory kept for the next update: an update takes and frees the same tens of MiB every time,
# and asking the kernel for them anew costs more page faults than arithmetic. 32 MiB is the most that glibc takes as
# a threshold for mmap.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}"
export MALLOC_TRIM_THRESHOLD_="${MALLOC_TRIM_THRESHOLD_:-2000000000}"
export MALLOC_MMAP_THRESHOLD_="${MALLOC_MMAP_THRESHOLD_:-33554432}"
# A thread for each core; trainer.threads sets another number. They are not bound to cores: libgomp would bind the thread
# that loads it, and with it every thread that this one starts.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-$(getconf _NPROCESSORS_ONLN)}"
# How often a thread looks for its next share of work before it sleeps. libgomp's default is some milliseconds long,
# during which it keeps the other thread of the same update, or the job beside it, from the core.
export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-2000}"

# Options for the kernels' vectors: vector_options JAVA. They are the JDK's module of vectors, which a runtime may lack;
# objects that begin with a cache line, so that vectors of 64 bytes are not spread over two; and vectors read without a
# check of each index, which costs 5 to 10 % of an update. Tests run with the checks.
vector_options() {
  local runtime
  runtime="$(dirname "$(dirname "$(readlink -f "$1")")")"
  if grep -qs '[" ]jdk\.incubator\.vector[" ]' "$runtime/release"; then
    echo "--add-modules=jdk.incubator.vector -XX:ObjectAlignmentInBytes=64" \
      "-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0"
  fi
}
