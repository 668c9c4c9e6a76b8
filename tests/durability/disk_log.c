/*
 * Writes down what a process tells its disk, for the test of power cuts: loaded before the C library (LD_PRELOAD), it
 * appends to the file $DISK_LOG every change under the folder $DISK_LOG_FOLDER, in the order in which they were made.
 * One lock around the change and its record keeps that order true. It knows nothing of what the files mean.
 *
 * A record: kind (1 byte), inode (8), offset or size (8), length of the path (4), length of the data (4), path, data.
 * Numbers are little-endian as the machine has them. Kinds: O open that may create, W write, T truncate, S sync of a
 * file or folder, U unlink, R rename (the data is the new path), M make a folder.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;
static const char *folder;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("DISK_LOG");
    folder = getenv("DISK_LOG_FOLDER");
    if (name && folder)
        journal = (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_ours(const char *path) {
    return journal >= 0 && path && !strncmp(path, folder, strlen(folder));
}

static int path_of(int fd, char *path, size_t size) {
    char link[64];
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    errno = saved;
    if (length < 0) return 0;
    path[length] = 0;
    return is_ours(path);
}

static uint64_t inode_of(int fd) {
    struct stat found;
    return fstat(fd, &found) ? 0 : (uint64_t)found.st_ino;
}

static void note(char kind, uint64_t inode, uint64_t number, const char *path, const void *data, uint32_t size) {
    char frame[25];
    uint32_t length = (uint32_t)strlen(path);
    frame[0] = kind;
    memcpy(frame + 1, &inode, 8);
    memcpy(frame + 9, &number, 8);
    memcpy(frame + 17, &length, 4);
    memcpy(frame + 21, &size, 4);
    struct iovec parts[3] = {{frame, sizeof frame}, {(void *)path, length}, {(void *)data, size}};
    size_t whole = sizeof frame + length + size;
    int saved = errno;
    if (syscall(SYS_writev, journal, parts, 3) != (long)whole) abort();
    errno = saved;
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define OPENS(name) \
    int name(const char *path, int flags, ...) { \
        REAL(int, #name, const char *, int, ...); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { \
            va_list more; \
            va_start(more, flags); \
            mode = va_arg(more, mode_t); \
            va_end(more); \
        } \
        if (!is_ours(path) || !(flags & (O_CREAT | O_TRUNC))) return real(path, flags, mode); \
        pthread_mutex_lock(&lock); \
        int fd = real(path, flags, mode); \
        if (fd >= 0) note('O', inode_of(fd), !!(flags & O_TRUNC), path, "", 0); \
        pthread_mutex_unlock(&lock); \
        return fd; \
    }
OPENS(open)
OPENS(open64)

#define WRITES(name, offset_type) \
    ssize_t name(int fd, const void *data, size_t size, offset_type offset) { \
        REAL(ssize_t, #name, int, const void *, size_t, offset_type); \
        char path[4096]; \
        if (!path_of(fd, path, sizeof path)) return real(fd, data, size, offset); \
        pthread_mutex_lock(&lock); \
        ssize_t done = real(fd, data, size, offset); \
        if (done > 0) note('W', inode_of(fd), (uint64_t)offset, path, data, (uint32_t)done); \
        pthread_mutex_unlock(&lock); \
        return done; \
    }
WRITES(pwrite, off_t)
WRITES(pwrite64, off64_t)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    char path[4096];
    if (!path_of(fd, path, sizeof path)) return real(fd, data, size);
    pthread_mutex_lock(&lock);
    ssize_t done = real(fd, data, size);
    /* The place is read afterwards, because a file opened to append is written at its end. */
    if (done > 0) note('W', inode_of(fd), (uint64_t)(lseek(fd, 0, SEEK_CUR) - done), path, data, (uint32_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

#define TRUNCATES(name, offset_type) \
    int name(int fd, offset_type size) { \
        REAL(int, #name, int, offset_type); \
        char path[4096]; \
        if (!path_of(fd, path, sizeof path)) return real(fd, size); \
        pthread_mutex_lock(&lock); \
        int failed = real(fd, size); \
        if (!failed) note('T', inode_of(fd), (uint64_t)size, path, "", 0); \
        pthread_mutex_unlock(&lock); \
        return failed; \
    }
TRUNCATES(ftruncate, off_t)
TRUNCATES(ftruncate64, off64_t)

#define SYNCS(name) \
    int name(int fd) { \
        REAL(int, #name, int); \
        char path[4096]; \
        if (!path_of(fd, path, sizeof path)) return real(fd); \
        pthread_mutex_lock(&lock); \
        int failed = real(fd); \
        if (!failed) note('S', inode_of(fd), 0, path, "", 0); \
        pthread_mutex_unlock(&lock); \
        return failed; \
    }
SYNCS(fsync)
SYNCS(fdatasync)

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    if (!is_ours(path)) return real(path);
    pthread_mutex_lock(&lock);
    int failed = real(path);
    if (!failed) note('U', 0, 0, path, "", 0);
    pthread_mutex_unlock(&lock);
    return failed;
}

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    if (!is_ours(from)) return real(from, to);
    pthread_mutex_lock(&lock);
    int failed = real(from, to);
    if (!failed) note('R', 0, 0, from, to, (uint32_t)strlen(to));
    pthread_mutex_unlock(&lock);
    return failed;
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    if (!is_ours(path)) return real(path, mode);
    pthread_mutex_lock(&lock);
    int failed = real(path, mode);
    if (!failed) note('M', 0, 0, path, "", 0);
    pthread_mutex_unlock(&lock);
    return failed;
}
