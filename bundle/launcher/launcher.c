/*
 * The self-contained executable's first hundred milliseconds: finds or makes the unpacked runtime tree and becomes
 * the Python in it. Statically linked, since nothing is there to link with; no fork, so the process that was started
 * is the process that serves. It knows nothing of what the Python program does. Standard output is the program's:
 * whatever is said here goes to standard error, but for the answer of `install`.
 *
 * The layout of this file's own tail is described in bundle/pack.py; whoever changes one changes the other.
 *
 * Where the tree is looked for, in this order; the first place that serves is used:
 *   $ROLLOUTS_ROUTER_RUNTIME      a tree on a volume, of the same build, which is run as it is; then nothing else counts
 *   $ROLLOUTS_ROUTER_UNPACK_DIR   folders in which the tree is unpacked, as .rollouts-router-ID
 *   the folder of this file
 *   $TMPDIR, /tmp
 *
 * An unpacked tree is ours alone: it belongs to our user, only he may enter it, and every file in it has the size of
 * the index and the modification time 0 that unpacking gave it. Anything else has been changed by somebody and is
 * never run, nor removed.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "zstd.h"

#define MAGIC "RRPACK01"
#define ID_DIGITS 64
#define NAME_DIGITS 16         /* of the id, in a folder's name: enough to tell builds apart */
#define INDEX_LIMIT (4 << 20)  /* bytes; ours has a hundred thousand */
#define CHUNK (1 << 17)        /* bytes that are read and unpacked at once */
#define LOCK_TRIES 600         /* of a tenth of a second, while another process unpacks */
#define CANNOT_RUN 126         /* what a shell returns of a program that it cannot execute */

typedef struct {
  char magic[8];
  uint64_t at, index_size, data_size;
  char id[ID_DIGITS];
} footer_t;

typedef struct {
  unsigned char kind;
  uint32_t size;
  char name[PATH_MAX];
} record_t;

typedef struct {
  int file;
  off_t at, end;
  ZSTD_DStream *stream;
  ZSTD_inBuffer in;
  size_t left;
  char buffer[CHUNK];
} frame_t;

static int self = -1;
static footer_t footer;
static char *records;
static size_t records_size;
static frame_t frame;

__attribute__((format(printf, 1, 2))) static int refuse(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  dprintf(2, "[WARN] rollouts-router: ");
  vdprintf(2, format, arguments);
  dprintf(2, "\n");
  va_end(arguments);
  return -1;
}

/* ---- the compressed frames ---- */

static void frame_open(off_t at, uint64_t size) {
  if (!frame.stream) frame.stream = ZSTD_createDStream();
  ZSTD_initDStream(frame.stream);
  frame.file = self;
  frame.at = at;
  frame.end = at + (off_t)size;
  frame.in = (ZSTD_inBuffer){frame.buffer, 0, 0};
  frame.left = 1;
}

static int frame_fill(void) {
  size_t want = frame.end - frame.at < CHUNK ? (size_t)(frame.end - frame.at) : CHUNK;
  ssize_t got = want ? pread(frame.file, frame.buffer, want, frame.at) : 0;
  if (got <= 0) return -1;
  frame.at += got;
  frame.in = (ZSTD_inBuffer){frame.buffer, (size_t)got, 0};
  return 0;
}

/* Exactly `size` unpacked bytes; with none, everything to the end, which has to be the checksum. */
static int frame_read(void *to, size_t size) {
  ZSTD_outBuffer out = {to, size, 0};
  while (out.pos < size || (!size && frame.left)) {
    size_t before = out.pos;
    if (frame.in.pos == frame.in.size && frame.left && frame_fill()) goto damaged;
    frame.left = ZSTD_decompressStream(frame.stream, &out, &frame.in);
    if (ZSTD_isError(frame.left)) goto damaged;
    if (!frame.left && out.pos < size && out.pos == before) goto damaged;
  }
  return 0;
damaged:
  errno = EBADMSG;
  return -1;
}

/* ---- this file and its index ---- */

static int open_self(void) {
  const char *name = (const char *)getauxval(AT_EXECFN); /* what execve was given; there may be no /proc */
  struct stat seen;
  if ((self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)) < 0 && name) self = open(name, O_RDONLY | O_CLOEXEC);
  if (self < 0 || fstat(self, &seen)) return refuse("this file cannot be read: %s", strerror(errno));
  off_t at = seen.st_size - (off_t)sizeof footer;
  if (at < 0 || pread(self, &footer, sizeof footer, at) != sizeof footer || memcmp(footer.magic, MAGIC, 8) ||
      footer.at + footer.index_size + footer.data_size != (uint64_t)at)
    return refuse("this file is incomplete: copy or download it again and compare its sha256");
  return 0;
}

static int read_index(void) {
  size_t got;
  char *packed = malloc(footer.index_size);
  records = malloc(INDEX_LIMIT);
  if (!packed || !records || footer.index_size > INDEX_LIMIT ||
      pread(self, packed, footer.index_size, (off_t)footer.at) != (ssize_t)footer.index_size ||
      ZSTD_isError(got = ZSTD_decompress(records, INDEX_LIMIT, packed, footer.index_size))) {
    free(packed);
    return refuse("this file is damaged: copy or download it again and compare its sha256");
  }
  free(packed);
  records_size = got;
  return 0;
}

/* The record at `at`; returns where the next one begins, or 0 after the last one. */
static size_t next_record(size_t at, record_t *record) {
  uint16_t length;
  if (at + 7 > records_size) return 0;
  record->kind = (unsigned char)records[at];
  memcpy(&length, records + at + 1, 2);
  memcpy(&record->size, records + at + 3, 4);
  if (length >= sizeof record->name || at + 7 + length > records_size) return 0;
  memcpy(record->name, records + at + 7, length);
  record->name[length] = 0;
  return at + 7 + length;
}

/* ---- unpacking ---- */

static const struct timespec UNTOUCHED[2] = {{0, 0}, {0, 0}};

static int unpack_file(int folder, const record_t *record) {
  static char chunk[CHUNK];
  uint32_t left = record->size;
  int file = openat(folder, record->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, record->kind == 'X' ? 0500 : 0400);
  if (file < 0) return -1;
  while (left) {
    uint32_t size = left < CHUNK ? left : CHUNK;
    ssize_t written = -1;
    if (frame_read(chunk, size) || (written = write(file, chunk, size)) != (ssize_t)size) {
      if (written >= 0) errno = ENOSPC;
      close(file);
      return -1;
    }
    left -= size;
  }
  int failed = futimens(file, UNTOUCHED);
  return close(file) || failed ? -1 : 0;
}

static int unpack(int folder) {
  record_t record;
  frame_open((off_t)(footer.at + footer.index_size), footer.data_size);
  for (size_t at = 0; (at = next_record(at, &record));)
    if (record.kind == 'D' ? mkdirat(folder, record.name, 0700) : unpack_file(folder, &record)) return -1;
  if (frame_read(0, 0)) return -1;
  for (size_t at = 0; (at = next_record(at, &record));) /* now that nothing is added to folders any more */
    if (record.kind == 'D' && utimensat(folder, record.name, UNTOUCHED, 0)) return -1;
  return 0;
}

static void remove_tree(int parent, const char *name) {
  struct dirent *entry;
  if (!unlinkat(parent, name, 0)) return;
  int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *listing = folder < 0 ? 0 : fdopendir(folder);
  while (listing && (entry = readdir(listing)))
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) remove_tree(folder, entry->d_name);
  if (listing) closedir(listing);
  unlinkat(parent, name, AT_REMOVEDIR);
}

/* One process unpacks, the others wait for it; the kernel drops the lock of one that is killed. */
static int lock(int parent, const char *name) {
  const struct timespec pause = {0, 100000000};
  int file = openat(parent, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return -1;
  for (int tries = 0; flock(file, LOCK_EX | LOCK_NB); tries++) {
    if (errno != EWOULDBLOCK || tries == LOCK_TRIES) {
      close(file);
      return -1;
    }
    nanosleep(&pause, 0);
  }
  return file;
}

/* ---- trust ---- */

/* `ours`: unpacked by us, so nobody else can have written to it; else a volume that only its owner can write to. */
static const char *flaw_of(const struct stat *seen, const record_t *record, int ours) {
  if (record->kind == 'D' ? !S_ISDIR(seen->st_mode) : !S_ISREG(seen->st_mode)) return "is no longer what it was";
  if (seen->st_uid != geteuid() && (ours || seen->st_uid)) return "belongs to another user";
  if (seen->st_mode & (ours ? 077 : 022)) return "is open to other users";
  if (record->kind != 'D' && seen->st_size != (off_t)record->size) return "has another size";
  if (ours && (seen->st_mtim.tv_sec || seen->st_mtim.tv_nsec)) return "was changed";
  return 0;
}

static int check_tree(int parent, const char *base, const char *name, int ours) {
  struct stat seen;
  record_t record = {.kind = 'D'};
  int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0 || fstat(folder, &seen)) {
    refuse("%s/%s is not used: %s", base, name, strerror(errno));
    if (folder >= 0) close(folder);
    return -1;
  }
  seen.st_mtim = UNTOUCHED[0]; /* the topmost folder got its time when it was renamed */
  const char *flaw = flaw_of(&seen, &record, ours);
  for (size_t at = 0; !flaw && (at = next_record(at, &record));)
    flaw = fstatat(folder, record.name, &seen, AT_SYMLINK_NOFOLLOW) ? strerror(errno) : flaw_of(&seen, &record, ours);
  close(folder);
  if (flaw)
    return refuse("%s/%s is not used, for it is foreign or damaged: %s/%s %s; remove the folder to have it made anew",
                  base, name, name, record.name, flaw);
  return 0;
}

static int can_execute(const char *tree) {
  char loader[PATH_MAX + 16];
  snprintf(loader, sizeof loader, "%s/lib/ld.so", tree);
  return access(loader, X_OK) ? refuse("%s cannot be executed: %s", loader, strerror(errno)) : 0;
}

/* ---- the places ---- */

static int make_tree(int parent, const char *base, const char *name) {
  char part[80], locked[80];
  struct stat seen;
  int folder = -1, failed = 0, held;
  snprintf(part, sizeof part, "%s.part", name);
  snprintf(locked, sizeof locked, "%s.lock", name);
  if ((held = lock(parent, locked)) < 0) return refuse("%s cannot be unpacked into: %s", base, strerror(errno));
  if (fstatat(parent, name, &seen, AT_SYMLINK_NOFOLLOW)) { /* nobody unpacked it while we waited */
    remove_tree(parent, part);                             /* what a start that was killed has left */
    failed = mkdirat(parent, part, 0700) || (folder = openat(parent, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
             unpack(folder) || renameat(parent, part, parent, name);
    if (failed) {
      refuse("%s cannot be unpacked into: %s", base, errno == EBADMSG ? "this file is damaged" : strerror(errno));
      remove_tree(parent, part);
    }
  }
  if (folder >= 0) close(folder);
  close(held);
  return failed ? -1 : 0;
}

static int use_folder(const char *given, char *tree) {
  char base[PATH_MAX], name[64];
  struct stat seen;
  snprintf(name, sizeof name, ".rollouts-router-%.*s", NAME_DIGITS, footer.id);
  if (!realpath(given, base)) return refuse("%s: %s", given, strerror(errno));
  int parent = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0) return refuse("%s: %s", base, strerror(errno));
  int failed = fstatat(parent, name, &seen, AT_SYMLINK_NOFOLLOW) ? make_tree(parent, base, name) : 0;
  failed = failed || check_tree(parent, base, name, 1);
  close(parent);
  if (failed || snprintf(tree, PATH_MAX, "%s/%s", base, name) >= PATH_MAX) return -1;
  return can_execute(tree);
}

static int use_volume(const char *given, char *tree) {
  char path[PATH_MAX + 8], id[ID_DIGITS];
  if (!realpath(given, tree)) return refuse("ROLLOUTS_ROUTER_RUNTIME: %s: %s", given, strerror(errno));
  snprintf(path, sizeof path, "%s/ID", tree);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  int same = file >= 0 && read(file, id, sizeof id) == sizeof id && !memcmp(id, footer.id, sizeof id);
  if (file >= 0) close(file);
  if (!same) return refuse("ROLLOUTS_ROUTER_RUNTIME: %s is no runtime tree of this build", tree);
  return check_tree(AT_FDCWD, "", tree, 0) || can_execute(tree) ? -1 : 0;
}

static int find_tree(char *tree) {
  static char here[PATH_MAX] = ".";
  const char *name = (const char *)getauxval(AT_EXECFN), *volume = getenv("ROLLOUTS_ROUTER_RUNTIME");
  if (volume && *volume) return use_volume(volume, tree);
  if (name && strrchr(name, '/') && strlen(name) < sizeof here) {
    strcpy(here, name);
    strrchr(here, '/')[here[0] == '/' && !strchr(here + 1, '/')] = 0; /* of "/name" the slash stays */
  }
  const char *places[] = {getenv("ROLLOUTS_ROUTER_UNPACK_DIR"), here, getenv("TMPDIR"), "/tmp"};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    if (places[i] && *places[i] && !use_folder(places[i], tree)) return 0;
  return refuse("there is no folder to unpack into: set ROLLOUTS_ROUTER_UNPACK_DIR to one that can be written to "
                "and executed from");
}

/* ---- install: an image with nothing else in it has no cp ---- */

static int copy_self(int to) {
  static char chunk[CHUNK];
  ssize_t got;
  for (off_t at = 0; (got = pread(self, chunk, sizeof chunk, at)) > 0; at += got)
    if (write(to, chunk, (size_t)got) != got) return -1;
  return got < 0 || fchmod(to, 0755) || fsync(to) ? -1 : 0;
}

static int install(const char *folder) {
  char draft[PATH_MAX], target[PATH_MAX];
  snprintf(target, sizeof target, "%s/rollouts-router", folder);
  if (snprintf(draft, sizeof draft, "%s/.rollouts-router.XXXXXX", folder) >= (int)sizeof draft) errno = ENAMETOOLONG;
  else {
    int to = mkstemp(draft);
    if (to >= 0 && !copy_self(to) && !close(to) && !rename(draft, target)) {
      dprintf(1, "%s is installed; register it with location: file://%s\n", target, target);
      return 0;
    }
    if (to >= 0) {
      int reason = errno;
      unlink(draft);
      errno = reason;
    }
  }
  dprintf(2, "[ERROR] rollouts-router: cannot install into %s: %s\n", folder, strerror(errno));
  return 1;
}

/* ---- the program ---- */

static int become(const char *tree, int count, char **words) {
  char loader[PATH_MAX + 16], libraries[PATH_MAX + 16], python[PATH_MAX + 16];
  snprintf(loader, sizeof loader, "%s/lib/ld.so", tree);
  snprintf(libraries, sizeof libraries, "%s/lib", tree);
  snprintf(python, sizeof python, "%s/bin/python3", tree);
  char *first[] = {loader, "--inhibit-cache", "--library-path", libraries, python, "-I", "-B", "-X", "utf8", "-m", "rollouts_router"};
  size_t own = sizeof first / sizeof *first;
  char **all = calloc(own + (size_t)count + 1, sizeof *all);
  if (!all) return refuse("out of memory");
  memcpy(all, first, sizeof first);
  memcpy(all + own, words, (size_t)count * sizeof *words);
  setenv("HOME", "/", 0); /* user 999 has no entry in passwd, and libraries ask for his home */
  setenv("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt", 0); /* Debian's own place is not there */
  unsetenv("LD_LIBRARY_PATH"); /* meant for another libc than the one in the tree */
  unsetenv("LD_PRELOAD");
  execv(loader, all);
  return refuse("%s cannot be executed: %s", loader, strerror(errno));
}

int main(int count, char **words) {
  static char tree[PATH_MAX];
  if (open_self()) return CANNOT_RUN;
  if (count > 1 && !strcmp(words[1], "install")) {
    if (count == 3) return install(words[2]);
    dprintf(2, "usage: rollouts-router install FOLDER\n");
    return 2;
  }
  if (read_index() || find_tree(tree)) return CANNOT_RUN;
  become(tree, count - 1, words + 1);
  return CANNOT_RUN;
}
