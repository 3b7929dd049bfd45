/* Preloaded into the program under test: remembers what would be on the disk after a power cut, and cuts.
 *
 * Of a file, what it held at its last fsync; of a directory, the names that it had at its last fsync. Both are kept in
 * $POWER_CUT_STORE, by inode ("file-<inode>", "dir-<inode>": one line "<inode> <name>" a name). A file's last name is
 * kept there too when it is removed ("grave-<n>"), so that no inode is used twice. Before call number $POWER_CUT_AT
 * that changes names or syncs, the process dies. $POWER_CUT_STORE/calls says how many there were.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long calls;
static long graves;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static const char* store(void) { return getenv("POWER_CUT_STORE"); }

static void fail(const char* what) {
  perror(what);
  _exit(99);
}

/* Called with the mutex held. */
static void count_call(void) {
  const char* at = getenv("POWER_CUT_AT");
  if (at != NULL && ++calls == atol(at)) kill(getpid(), SIGKILL);
}

static void keep_file(int fd, ino_t inode) {
  char path[4096], temp[4096], source[64], block[1 << 16];
  snprintf(path, sizeof(path), "%s/file-%lu", store(), (unsigned long)inode);
  snprintf(temp, sizeof(temp), "%s/temp", store());
  snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
  const int in = open(source, O_RDONLY | O_CLOEXEC);
  const int out = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (in < 0 || out < 0) fail("power_cut: keep_file");
  ssize_t n;
  while ((n = read(in, block, sizeof(block))) > 0) {
    if (write(out, block, (size_t)n) != n) fail("power_cut: write");
  }
  close(in);
  close(out);
  REAL(rename)(temp, path);
}

static void keep_directory(int fd, ino_t inode) {
  char path[4096], source[64];
  snprintf(path, sizeof(path), "%s/dir-%lu", store(), (unsigned long)inode);
  snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
  DIR* directory = opendir(source);
  FILE* out = fopen(path, "w");
  if (directory == NULL || out == NULL) fail("power_cut: keep_directory");
  for (struct dirent* entry; (entry = readdir(directory)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    fprintf(out, "%lu %s\n", (unsigned long)entry->d_ino, entry->d_name);
  }
  closedir(directory);
  fclose(out);
}

static int keep(int fd, int result) {
  struct stat st;
  if (result != 0 || fstat(fd, &st) != 0) return result;
  if (S_ISREG(st.st_mode)) keep_file(fd, st.st_ino);
  if (S_ISDIR(st.st_mode)) keep_directory(fd, st.st_ino);
  return result;
}

int fsync(int fd) {
  pthread_mutex_lock(&mutex);
  count_call();
  const int result = keep(fd, REAL(fsync)(fd));
  pthread_mutex_unlock(&mutex);
  return result;
}

int fdatasync(int fd) {
  pthread_mutex_lock(&mutex);
  count_call();
  const int result = keep(fd, REAL(fdatasync)(fd));
  pthread_mutex_unlock(&mutex);
  return result;
}

/* Holds on to what is named `path`, so that its inode stays its own. */
static void bury(int directory, const char* path) {
  char grave[4096];
  snprintf(grave, sizeof(grave), "%s/grave-%d-%ld", store(), (int)getpid(), graves++);
  REAL(linkat)(directory, path, AT_FDCWD, grave, 0);
}

#define COUNTED(before, call)   \
  pthread_mutex_lock(&mutex);   \
  count_call();                 \
  before;                       \
  const int result = call;      \
  const int error = errno;      \
  pthread_mutex_unlock(&mutex); \
  errno = error;                \
  return result

int rename(const char* from, const char* to) { COUNTED(bury(AT_FDCWD, to), REAL(rename)(from, to)); }
int renameat2(int from_fd, const char* from, int to_fd, const char* to, unsigned flags) {
  COUNTED(bury(to_fd, to), REAL(renameat2)(from_fd, from, to_fd, to, flags));
}
int link(const char* from, const char* to) { COUNTED((void)0, REAL(link)(from, to)); }
int linkat(int from_fd, const char* from, int to_fd, const char* to, int flags) {
  COUNTED((void)0, REAL(linkat)(from_fd, from, to_fd, to, flags));
}
int unlink(const char* path) { COUNTED(bury(AT_FDCWD, path), REAL(unlink)(path)); }
int unlinkat(int fd, const char* path, int flags) { COUNTED(bury(fd, path), REAL(unlinkat)(fd, path, flags)); }
int mkdir(const char* path, mode_t mode) { COUNTED((void)0, REAL(mkdir)(path, mode)); }

__attribute__((destructor)) static void tell(void) {
  char path[4096];
  if (store() == NULL) return;
  snprintf(path, sizeof(path), "%s/calls", store());
  FILE* out = fopen(path, "w");
  if (out == NULL) return;
  fprintf(out, "%ld\n", calls);
  fclose(out);
}
