// The package's `bootstrap`: starts calve with the C library that is carried beside it, whatever the machine's own is.
//
//   bootstrap            acts as the Lambda runtime: DIR/calve lambda, with CALVE_LAMBDA=1 in the environment
//   bootstrap ARGS...    calve with those arguments
//
// It becomes `DIR/lib/LOADER --library-path DIR/lib --argv0 ARGV0 DIR/calve ...`, DIR being where it stands itself.
// --library-path takes the place of LD_LIBRARY_PATH for calve alone: the programs that calve starts (a
// credential_process) keep the machine's libraries. Freestanding on purpose: no C library to disagree with, and a few KB.

#if defined(__x86_64__)
#define LOADER "ld-linux-x86-64.so.2"
enum { kWrite = 1, kExecve = 59, kExit = 60, kReadlinkAt = 267 };
#elif defined(__aarch64__)
#define LOADER "ld-linux-aarch64.so.1"
enum { kWrite = 64, kExecve = 221, kExit = 93, kReadlinkAt = 78 };
#else
#error "no system calls are known for this processor"
#endif

enum { kAtFdCwd = -100, kPathBytes = 4096, kMaxWords = 4096, kExitCannotStart = 127 };

static long Call(long number, long a, long b, long c, long d) {
#if defined(__x86_64__)
  register long r10 __asm__("r10") = d;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
#else
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
#endif
}

static long Length(const char* text) {
  long n = 0;
  while (text[n] != '\0') ++n;
  return n;
}

static void Die(const char* why) {
  static const char name[] = "bootstrap: ";
  Call(kWrite, 2, (long)name, (long)sizeof name - 1, 0);
  Call(kWrite, 2, (long)why, Length(why), 0);
  Call(kWrite, 2, (long)"\n", 1, 0);
  Call(kExit, kExitCannotStart, 0, 0, 0);
}

// DIR + tail; `out` has kPathBytes. The path of this file was cut at its last slash: `length` bytes of `dir`.
static void Join(char* out, const char* dir, long length, const char* tail) {
  const long tail_bytes = Length(tail);
  if (length + tail_bytes + 1 > kPathBytes) Die("the path of the package is too long");
  for (long i = 0; i < length; ++i) out[i] = dir[i];
  for (long i = 0; i <= tail_bytes; ++i) out[length + i] = tail[i];
}

static char self[kPathBytes], loader[kPathBytes], libraries[kPathBytes], program[kPathBytes];
static const char* arguments[kMaxWords];
static const char* environment[kMaxWords];

__attribute__((used, noreturn)) static void Start(long* stack) {
  const long argc = stack[0];
  char** const argv = (char**)(stack + 1);
  char** const envp = argv + argc + 1;

  long length = Call(kReadlinkAt, kAtFdCwd, (long)"/proc/self/exe", (long)self, kPathBytes);
  if (length <= 0 || length >= kPathBytes) Die("cannot read /proc/self/exe");
  while (length > 0 && self[length - 1] != '/') --length;
  Join(loader, self, length, "lib/" LOADER);
  Join(libraries, self, length, "lib");
  Join(program, self, length, "calve");

  long n = 0;
  arguments[n++] = loader;
  arguments[n++] = "--library-path";
  arguments[n++] = libraries;
  arguments[n++] = "--argv0";
  arguments[n++] = argc > 0 ? argv[0] : "bootstrap";
  arguments[n++] = program;
  const int as_runtime = argc <= 1;
  if (as_runtime) arguments[n++] = "lambda";
  for (long i = 1; i < argc; ++i) {
    if (n + 1 >= kMaxWords) Die("too many arguments");
    arguments[n++] = argv[i];
  }

  long e = 0;
  if (as_runtime) environment[e++] = "CALVE_LAMBDA=1";
  for (long i = 0; envp[i] != 0; ++i) {
    if (e + 1 >= kMaxWords) Die("too many environment variables");
    environment[e++] = envp[i];
  }
  Call(kExecve, (long)loader, (long)arguments, (long)environment, 0);
  Die("cannot execute lib/" LOADER " beside it: the package is incomplete, or for another processor");
  __builtin_unreachable();
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call Start\n");
#else
__asm__(".globl _start\n_start:\n  mov x29, xzr\n  mov x0, sp\n  bl Start\n");
#endif
