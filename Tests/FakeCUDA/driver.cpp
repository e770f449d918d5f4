// SPDX-License-Identifier: Apache-2.0
// A libcuda.so.1 that runs the kernels on the processor, for tests without a GPU. It is as strict as a GPU: addresses of device
// memory trap where the host uses them, and what was written by a kernel has to be copied. Environment variables say what it
// is to be like:
//   FAKE_CUDA_DEVICES  the number of GPUs (1)
//   FAKE_CUDA_VERSION  the version of the driver (12040)
//   FAKE_CUDA_ERROR    the error that cuInit fails with
//   FAKE_CUDA_MEMORY   bytes of memory of a GPU
//   FAKE_CUDA_LAUNCHES launches that succeed; later ones fail, as on a GPU that broke
//   FAKE_CUDA_LOG      a file that gets a line for each kernel and each copy
#include "cuda.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

#define API extern "C" __attribute__((visibility("default")))

dim3 threadIdx, blockIdx, blockDim, gridDim;

extern FakeKernel *const fake_kernels[];
extern const int fake_kernel_count;

namespace {

typedef unsigned long long Handle;
enum { OUT_OF_MEMORY = 2, INVALID_VALUE = 1, NOT_FOUND = 500, LAUNCH_FAILED = 719 };

long long number(const char *name, long long otherwise) {
    const char *text = getenv(name);
    return text ? atoll(text) : otherwise;
}

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
struct Lock {
    Lock() { pthread_mutex_lock(&mutex); }
    ~Lock() { pthread_mutex_unlock(&mutex); }
};

void log(const char *what, size_t amount) {
    static FILE *file = getenv("FAKE_CUDA_LOG") ? fopen(getenv("FAKE_CUDA_LOG"), "a") : NULL;
    if (!file) return;
    fprintf(file, "%s %zu\n", what, amount);
    fflush(file);
}

// Memory

long long bytes_in_use = 0;


char *on_host(Handle address) {
    if (!(address >> DEVICE_BIT)) {
        fprintf(stderr, "fake CUDA: %llx is not an address of the device\n", address);
        abort();
    }
    return (char *)(address & ~(1ull << DEVICE_BIT));
}

// Fibres: the threads of a block that wait for each other.

enum { STACK = 128 << 10, MOST_THREADS = 1024 };

#if defined(__x86_64__)
extern "C" void fake_cuda_switch(void **own, void *next);
asm(".text\n"
    ".globl fake_cuda_switch\n"
    ".hidden fake_cuda_switch\n"
    "fake_cuda_switch:\n"
    "    pushq %rbp\n    pushq %rbx\n    pushq %r12\n    pushq %r13\n    pushq %r14\n    pushq %r15\n"
    "    movq %rsp, (%rdi)\n"
    "    movq %rsi, %rsp\n"
    "    popq %r15\n    popq %r14\n    popq %r13\n    popq %r12\n    popq %rbx\n    popq %rbp\n"
    "    ret\n");
#endif

struct Fibre {
#if defined(__x86_64__)
    void *stack_pointer;
#else
    ucontext_t context;
#endif
    char *stack;
    dim3 thread;
    bool is_done;
};

Fibre fibres[MOST_THREADS], scheduler;
Fibre *current = NULL;
const FakeKernel *running;
void *running_arguments;

void go(Fibre *from, Fibre *to) {
#if defined(__x86_64__)
    fake_cuda_switch(&from->stack_pointer, to->stack_pointer);
#else
    swapcontext(&from->context, &to->context);
#endif
}

void run_fibre() {
    running->run(running_arguments);
    current->is_done = true;
    go(current, &scheduler);
    abort();
}

void prepare(Fibre &fibre) {
    if (!fibre.stack && posix_memalign((void **)&fibre.stack, 64, STACK) != 0) abort();
    fibre.is_done = false;
#if defined(__x86_64__)
    // What fake_cuda_switch takes from the stack: six registers, and where to go on. As at a call, the stack is 8 bytes from a
    // multiple of 16 there.
    void **top = (void **)(fibre.stack + STACK - 64);
    top[6] = (void *)run_fibre;
    fibre.stack_pointer = top;
#else
    getcontext(&fibre.context);
    fibre.context.uc_stack.ss_sp = fibre.stack;
    fibre.context.uc_stack.ss_size = STACK;
    fibre.context.uc_link = NULL;
    makecontext(&fibre.context, run_fibre, 0);
#endif
}

void run_block_of_fibres(int threads) {
    for (int i = 0; i < threads; i++) {
        prepare(fibres[i]);
        fibres[i].thread = {(unsigned)i % blockDim.x, (unsigned)i / blockDim.x % blockDim.y, (unsigned)i / blockDim.x / blockDim.y};
    }
    for (int left = threads; left > 0;) {
        left = 0;
        for (int i = 0; i < threads; i++) {
            if (fibres[i].is_done) continue;
            current = &fibres[i];
            threadIdx = current->thread;
            go(&scheduler, current);
            if (!fibres[i].is_done) left++;
        }
    }
    current = NULL;
}

void run_block_in_turn() {
    for (threadIdx.z = 0; threadIdx.z < blockDim.z; threadIdx.z++)
        for (threadIdx.y = 0; threadIdx.y < blockDim.y; threadIdx.y++)
            for (threadIdx.x = 0; threadIdx.x < blockDim.x; threadIdx.x++) running->run(running_arguments);
}

}  // namespace

extern "C" void fake_cuda_wait() {
    if (!current) {
        fprintf(stderr, "fake CUDA: %s waits, but is no BLOCK_KERNEL\n", running->name);
        abort();
    }
    go(current, &scheduler);
    threadIdx = current->thread;
}

API int cuInit(unsigned flags) { return flags ? INVALID_VALUE : (int)number("FAKE_CUDA_ERROR", 0); }
API int cuDriverGetVersion(int *version) { *version = (int)number("FAKE_CUDA_VERSION", 12040); return 0; }
API int cuGetErrorName(int error, const char **name) {
    *name = error == 803             ? "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"
            : error == OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY"
            : error == LAUNCH_FAILED ? "CUDA_ERROR_LAUNCH_FAILED"
                                     : NULL;
    return *name ? 0 : INVALID_VALUE;
}
API int cuGetErrorString(int error, const char **text) {
    *text = error == 803             ? "driver and library differ"
            : error == OUT_OF_MEMORY ? "out of memory"
            : error == LAUNCH_FAILED ? "unspecified launch failure"
                                     : NULL;
    return *text ? 0 : INVALID_VALUE;
}

API int cuDeviceGetCount(int *count) { *count = (int)number("FAKE_CUDA_DEVICES", 1); return 0; }
API int cuDeviceGet(int *device, int ordinal) { *device = 100 + ordinal; return 0; }
API int cuDeviceGetName(char *name, int size, int device) { snprintf(name, (size_t)size, "Card %d", device); return 0; }
API int cuDeviceTotalMem_v2(size_t *bytes, int device) {
    *bytes = (size_t)number("FAKE_CUDA_MEMORY", (long long)(device - 99) << 30);
    return 0;
}
API int cuDeviceGetAttribute(int *value, int attribute, int) {
    *value = attribute == 75 ? 8 : attribute == 76 ? 6 : attribute == 16 ? 4 : attribute == 115 ? 1 : -1;
    return 0;
}

API int cuDevicePrimaryCtxRetain(Handle *context, int device) { *context = (Handle)device; return 0; }
API int cuCtxSetCurrent(Handle) { return 0; }
API int cuStreamCreate(Handle *stream, unsigned) { static Handle last = 0; *stream = ++last; return 0; }
API int cuStreamSynchronize(Handle) { log("synchronize", 0); return 0; }
API int cuStreamWaitEvent(Handle, Handle, unsigned) { return 0; }
API int cuEventCreate(Handle *event, unsigned) { static Handle last = 0; *event = ++last; return 0; }
API int cuEventRecord(Handle, Handle) { return 0; }
API int cuEventSynchronize(Handle) { return 0; }

API int cuDeviceGetDefaultMemPool(Handle *pool, int) { *pool = 1; return 0; }
API int cuMemPoolSetAttribute(Handle, int, void *) { return 0; }
API int cuMemPoolTrimTo(Handle, size_t) { return 0; }
API int cuMemGetInfo_v2(size_t *available, size_t *total) {
    Lock lock;
    *total = (size_t)number("FAKE_CUDA_MEMORY", 1ll << 30);
    *available = *total - (size_t)bytes_in_use;
    return 0;
}

// Exactly as many bytes as were asked for, so that the address sanitizer sees what a kernel touches beyond them.
API int cuMemAllocAsync(Handle *address, size_t bytes, Handle) {
    Lock lock;
    if (bytes == 0) return INVALID_VALUE;
    if (bytes_in_use + (long long)bytes > number("FAKE_CUDA_MEMORY", 1ll << 40)) return OUT_OF_MEMORY;
    void *block;
    if (posix_memalign(&block, 256, 256 + bytes) != 0) return OUT_OF_MEMORY;
    *(size_t *)block = bytes;
    // What nobody has written is not 0.
    memset((char *)block + 256, 0xFB, bytes);
    bytes_in_use += (long long)bytes;
    *address = ((Handle)block + 256) | 1ull << DEVICE_BIT;
    return 0;
}
API int cuMemFreeAsync(Handle address, Handle) {
    Lock lock;
    char *block = on_host(address) - 256;
    bytes_in_use -= (long long)*(size_t *)block;
    free(block);
    return 0;
}
API int cuMemAllocHost_v2(void **memory, size_t bytes) { *memory = malloc(bytes); return *memory ? 0 : OUT_OF_MEMORY; }

API int cuMemcpyHtoDAsync_v2(Handle to, const void *from, size_t bytes, Handle) {
    log("to-device", bytes);
    memcpy(on_host(to), from, bytes);
    return 0;
}
API int cuMemcpyDtoHAsync_v2(void *to, Handle from, size_t bytes, Handle) {
    log("to-host", bytes);
    memcpy(to, on_host(from), bytes);
    return 0;
}
API int cuMemsetD8Async(Handle to, unsigned char value, size_t bytes, Handle) {
    memset(on_host(to), value, bytes);
    return 0;
}

API int cuModuleLoadData(Handle *module, const void *ptx) { *module = (Handle)ptx; return 0; }

// A kernel is there if the PTX has it, and it was compiled into this library.
API int cuModuleGetFunction(Handle *function, Handle module, const char *name) {
    char entry[128];
    snprintf(entry, sizeof entry, ".entry %s(", name);
    if (!strstr((const char *)module, entry)) return NOT_FOUND;
    for (int i = 0; i < fake_kernel_count; i++) {
        if (strcmp(fake_kernels[i]->name, name) == 0) {
            *function = (Handle)fake_kernels[i];
            return 0;
        }
    }
    return NOT_FOUND;
}

API int cuLaunchKernel(Handle function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                       unsigned block_z, unsigned, Handle, void **, void **extra) {
    Lock lock;
    static long long launches = 0;
    if (launches++ >= number("FAKE_CUDA_LAUNCHES", 1ll << 62)) return LAUNCH_FAILED;
    unsigned long long threads = (unsigned long long)block_x * block_y * block_z;
    if (grid_x == 0 || grid_y == 0 || grid_z == 0 || threads == 0 || threads > MOST_THREADS || grid_x > 0x7FFFFFFF
        || grid_y > 65535 || grid_z > 65535)
        return INVALID_VALUE;
    running = (const FakeKernel *)function;
    running_arguments = extra[1];
    gridDim = {grid_x, grid_y, grid_z};
    blockDim = {block_x, block_y, block_z};
    log(running->name, threads * grid_x * grid_y * grid_z);
    for (blockIdx.z = 0; blockIdx.z < grid_z; blockIdx.z++) {
        for (blockIdx.y = 0; blockIdx.y < grid_y; blockIdx.y++) {
            for (blockIdx.x = 0; blockIdx.x < grid_x; blockIdx.x++) {
                if (running->waits) run_block_of_fibres((int)threads);
                else run_block_in_turn();
            }
        }
    }
    return 0;
}
