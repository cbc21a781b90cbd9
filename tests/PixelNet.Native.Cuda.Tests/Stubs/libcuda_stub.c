// libcuda without a GPU: devices, modules, memory, streams, events and graphs behave as the driver API says, but for kernels, which are checked and
// written down and not run, fill_forward_v1 excepted. Device memory is the host's, so that fills and copies do what they should; work is done when it is queued.
//
// Settings (see stub.h): driver_version, devices, compute_capability, memory_mib, fill_is_wrong.
// With -DWITH_CUDA_H the prototypes here are compared with NVIDIA's header by the compiler.
#include "stub.h"

#ifdef WITH_CUDA_H
#include <cuda.h>
#else
#define CUDAAPI
typedef int CUresult, CUdevice, CUdevice_attribute, CUfunction_attribute, CUjit_option, CUstreamCaptureMode;
typedef unsigned long long CUdeviceptr;
typedef struct CUctx_st *CUcontext;
typedef struct CUmod_st *CUmodule;
typedef struct CUfunc_st *CUfunction;
typedef struct CUstream_st *CUstream;
typedef struct CUevent_st *CUevent;
typedef struct CUgraph_st *CUgraph;
typedef struct CUgraphExec_st *CUgraphExec;
#endif

enum
{
    SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, NO_DEVICE = 100, INVALID_DEVICE = 101, INVALID_CONTEXT = 201,
    INVALID_PTX = 218, UNSUPPORTED_PTX_VERSION = 222, INVALID_HANDLE = 400, NOT_FOUND = 500, CAPTURE_UNSUPPORTED = 900
};

// ---- What there is ---------------------------------------------------------------------------------------------------

#define MOST_OBJECTS 65536

// Every handle is the address of one of these; kind 0 = destroyed.
struct object
{
    char kind; // m module, f function, s stream, e event, g graph, x executable graph
    char *text, name[128];
    int parameter_bytes, shared_allowed, capturing, nodes;
    double milliseconds;
};

static struct object *objects[MOST_OBJECTS];
static int object_count, initialised, retained, current_device = -1, capturing;
static double clock_milliseconds;

struct allocation
{
    char *memory;
    size_t bytes;
    int pinned;
};

static struct allocation allocations[MOST_OBJECTS];
static int allocation_count;
static size_t allocated;

static void *new_object(char kind, const char *name)
{
    if (object_count == MOST_OBJECTS) abort();
    struct object *made = calloc(1, sizeof *made);
    made->kind = kind;
    if (name) snprintf(made->name, sizeof made->name, "%s", name);
    return objects[object_count++] = made;
}

static struct object *find(const void *handle, char kind)
{
    for (int i = object_count - 1; i >= 0; i--)
        if (objects[i] == handle) return objects[i]->kind == kind ? objects[i] : 0;
    return 0;
}

static int is_stream(CUstream stream)
{
    return stream == 0 || find(stream, 's') != 0;
}

static struct allocation *find_allocation(unsigned long long address, size_t bytes, int pinned)
{
    for (int i = 0; i < allocation_count; i++)
    {
        struct allocation *known = &allocations[i];
        unsigned long long start = (unsigned long long)(uintptr_t)known->memory;
        if (known->memory && known->pinned == pinned && address >= start && address - start + bytes <= known->bytes) return known;
    }
    return 0;
}

static void *new_allocation(size_t bytes, int pinned)
{
    if (allocation_count == MOST_OBJECTS) abort();
    char *memory = aligned_alloc(256, (bytes + 255) / 256 * 256);
    memset(memory, 0xFF, bytes);
    allocations[allocation_count++] = (struct allocation){ memory, bytes, pinned };
    return memory;
}

static int has_context(void)
{
    return initialised && retained > 0 && current_device >= 0;
}

#define NEED_CONTEXT() do { if (!has_context()) { complain("%s without a current context", __func__); return INVALID_CONTEXT; } } while (0)
#define NEED_STREAM(stream) do { if (!is_stream(stream)) return INVALID_HANDLE; } while (0)
#define NOT_IN_CAPTURE() do { if (capturing) { complain("%s while a stream is being captured", __func__); return CAPTURE_UNSUPPORTED; } } while (0)

// A node of a graph instead of work to do; only kernels, fills and copies on the device may be captured.
static int capture(CUstream stream)
{
    struct object *known = stream ? find(stream, 's') : 0;
    if (!known || !known->capturing) return 0;
    known->nodes++;
    return 1;
}

// ---- Errors, version, devices ----------------------------------------------------------------------------------------

static const struct { int code; const char *name, *text; } errors[] =
{
    { 0, "CUDA_SUCCESS", "no error" },
    { 1, "CUDA_ERROR_INVALID_VALUE", "invalid argument" },
    { 2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory" },
    { 3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error" },
    { 34, "CUDA_ERROR_STUB_LIBRARY", "CUDA driver is a stub library" },
    { 100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected" },
    { 101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal" },
    { 201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context" },
    { 218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed" },
    { 222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the provided PTX was compiled with an unsupported toolchain." },
    { 400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle" },
    { 500, "CUDA_ERROR_NOT_FOUND", "named symbol not found" },
    { 700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered" },
    { 701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch" },
    { 702, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated" },
    { 719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure" },
    { 803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination" },
    { 900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing" },
    { 999, "CUDA_ERROR_UNKNOWN", "unknown error" },
};

static int find_error(int code)
{
    for (int i = 0; i < (int)(sizeof errors / sizeof errors[0]); i++)
        if (errors[i].code == code) return i;
    return -1;
}

EXPORT CUresult CUDAAPI cuGetErrorName(CUresult error, const char **text)
{
    ENTER("error=%d", (int)error);
    int found = find_error((int)error);
    *text = found < 0 ? 0 : errors[found].name;
    return found < 0 ? INVALID_VALUE : SUCCESS;
}

EXPORT CUresult CUDAAPI cuGetErrorString(CUresult error, const char **text)
{
    ENTER("error=%d", (int)error);
    int found = find_error((int)error);
    *text = found < 0 ? 0 : errors[found].text;
    return found < 0 ? INVALID_VALUE : SUCCESS;
}

EXPORT CUresult CUDAAPI cuInit(unsigned int flags)
{
    ENTER("flags=%u", flags);
    EXPECT(flags == 0, "flags must be 0, not %u", flags);
    if (setting("devices", 1) == 0) return NO_DEVICE;
    initialised = 1;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuDriverGetVersion(int *version)
{
    ENTER("version");
    *version = (int)setting("driver_version", 12040);
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuDeviceGetCount(int *count)
{
    ENTER("count");
    if (!initialised) return NOT_INITIALIZED;
    *count = (int)setting("devices", 1);
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuDeviceGet(CUdevice *device, int ordinal)
{
    ENTER("ordinal=%d", ordinal);
    if (!initialised) return NOT_INITIALIZED;
    if (ordinal < 0 || ordinal >= setting("devices", 1)) return INVALID_DEVICE;
    *device = ordinal;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuDeviceGetName(char *name, int length, CUdevice device)
{
    ENTER("length=%d device=%d", length, device);
    EXPECT(length >= 64 && length <= 4096, "a name of %d bytes", length);
    snprintf(name, (size_t)length, "Stub GPU %d", device);
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuDeviceTotalMem_v2(size_t *bytes, CUdevice device)
{
    ENTER("device=%d", device);
    *bytes = (size_t)setting("memory_mib", 4096) << 20;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device)
{
    ENTER("attribute=%d device=%d", (int)attribute, device);
    int capability = (int)setting("compute_capability", 90);
    switch ((int)attribute)
    {
        case 1: *value = 1024; return SUCCESS;
        case 16: *value = 132; return SUCCESS;
        case 38: *value = 50 << 20; return SUCCESS;
        case 75: *value = capability / 10; return SUCCESS;
        case 76: *value = capability % 10; return SUCCESS;
        case 97: *value = 232448; return SUCCESS;
        default: EXPECT(0, "attribute %d is not known here", (int)attribute); return INVALID_VALUE;
    }
}

EXPORT CUresult CUDAAPI cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device)
{
    ENTER("device=%d", device);
    retained++;
    *context = (CUcontext)(uintptr_t)(0x1000 + device);
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuDevicePrimaryCtxRelease_v2(CUdevice device)
{
    ENTER("device=%d", device);
    EXPECT(retained > 0, "released more often than retained");
    if (--retained == 0) current_device = -1;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuCtxSetCurrent(CUcontext context)
{
    ENTER("context=%p", (void *)context);
    if (context && retained == 0) return INVALID_CONTEXT;
    current_device = context ? (int)((uintptr_t)context - 0x1000) : -1;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuCtxSynchronize(void)
{
    ENTER("all");
    NEED_CONTEXT();
    NOT_IN_CAPTURE();
    return SUCCESS;
}

// ---- Modules and kernels ---------------------------------------------------------------------------------------------

// Bytes of an entry's parameter block, read from the PTX: each parameter at its natural alignment. -1 = there is no such entry.
static int parameter_bytes(const char *ptx, const char *name)
{
    char head[160];
    snprintf(head, sizeof head, ".entry %s(", name);
    const char *at = strstr(ptx, head);
    if (!at) return -1;
    const char *end = strchr(at, ')');
    int bytes = 0;
    while ((at = strstr(at, ".param ")) && at < end)
    {
        int align = 0, count = 1, size;
        char type[16];
        at += strlen(".param ");
        if (sscanf(at, ".align %d", &align) == 1) at = strchr(at + 1, '.');
        if (sscanf(at, ".%15s", type) != 1) return -1;
        size = atoi(type + 1) / 8;
        const char *bracket = strchr(at, '['), *comma = strchr(at, ',');
        if (bracket && bracket < (comma && comma < end ? comma : end)) count = atoi(bracket + 1);
        if (!align) align = size;
        bytes = (bytes + align - 1) / align * align + size * count;
    }
    return bytes;
}

EXPORT CUresult CUDAAPI cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned int count, CUjit_option *options, void **values)
{
    const char *ptx = image;
    ENTER("bytes=%zu options=%u", strlen(ptx), count);
    NEED_CONTEXT();
    NOT_IN_CAPTURE();
    char *log = 0;
    size_t log_bytes = 0;
    for (unsigned int i = 0; i < count; i++)
    {
        if ((int)options[i] == 5) log = values[i];
        else if ((int)options[i] == 6) log_bytes = (size_t)(uintptr_t)values[i];
        else EXPECT(0, "option %d is not known here", (int)options[i]);
    }
    EXPECT(log && log_bytes >= 1024 && log_bytes <= 1 << 20, "a log of %zu bytes", log_bytes);
    int major, minor, target, capability = (int)setting("compute_capability", 90);
    const char *version = strstr(ptx, ".version "), *architecture = strstr(ptx, ".target sm_");
    if (!version || !architecture || sscanf(version, ".version %d.%d", &major, &minor) != 2 || sscanf(architecture, ".target sm_%d", &target) != 1)
    {
        if (log) snprintf(log, log_bytes, "ptxas application ptx input, line 1; fatal   : Missing .version directive at start of file\n");
        return INVALID_PTX;
    }
    // PTX 7.8 came with CUDA 11.8, 8.0 with 12.0.
    if (10 * major + minor > (setting("driver_version", 12040) >= 11080 ? 78 : 75) && setting("driver_version", 12040) < 12000) return UNSUPPORTED_PTX_VERSION;
    if (target > capability)
    {
        if (log) snprintf(log, log_bytes, "ptxas fatal   : SM version specified by .target is higher than default SM version assumed\n");
        return INVALID_PTX;
    }
    struct object *made = new_object('m', 0);
    made->text = strdup(ptx);
    *module = (CUmodule)made;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuModuleUnload(CUmodule module)
{
    ENTER("module=%p", (void *)module);
    NEED_CONTEXT();
    struct object *known = find(module, 'm');
    if (!known) return INVALID_HANDLE;
    free(known->text);
    known->kind = 0;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name)
{
    ENTER("name=%s", name);
    NEED_CONTEXT();
    struct object *known = find(module, 'm');
    if (!known) return INVALID_HANDLE;
    int bytes = parameter_bytes(known->text, name);
    if (bytes < 0) return NOT_FOUND;
    struct object *made = new_object('f', name);
    made->parameter_bytes = bytes;
    made->shared_allowed = 48 << 10;
    *function = (CUfunction)made;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value)
{
    ENTER("attribute=%d value=%d", (int)attribute, value);
    NEED_CONTEXT();
    struct object *known = find(function, 'f');
    if (!known) return INVALID_HANDLE;
    EXPECT((int)attribute == 8, "attribute %d is not the dynamic shared memory", (int)attribute);
    if (value < 0 || value > 232448) return INVALID_VALUE;
    known->shared_allowed = value;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuLaunchKernel(CUfunction function, unsigned int grid_x, unsigned int grid_y, unsigned int grid_z, unsigned int block_x,
    unsigned int block_y, unsigned int block_z, unsigned int shared, CUstream stream, void **parameters, void **extra)
{
    struct object *known = find(function, 'f');
    const unsigned char *block = 0;
    size_t bytes = 0;
    for (void **at = extra; at && *at; at += 2)
    {
        if (*at == (void *)1) block = at[1];
        else if (*at == (void *)2) bytes = *(size_t *)at[1];
        else EXPECT(0, "%p is no kind of extra", *at);
    }
    char hex[2 * 4096 + 1] = "";
    for (size_t i = 0; i < bytes && i < 4096; i++) snprintf(hex + 2 * i, 3, "%02x", block[i]);
    ENTER("%s grid=%u,%u,%u block=%u,%u,%u shared=%u stream=%p parameters=%s", known ? known->name : "?", grid_x, grid_y, grid_z, block_x, block_y,
        block_z, shared, (void *)stream, hex);
    NEED_CONTEXT();
    if (!known) return INVALID_HANDLE;
    NEED_STREAM(stream);
    EXPECT(parameters == 0 && (extra != 0 || known->parameter_bytes == 0), "parameters come in one block, in extra");
    EXPECT(bytes == (size_t)known->parameter_bytes, "%s takes %d bytes of parameters, not %zu", known->name, known->parameter_bytes, bytes);
    if (grid_x == 0 || grid_y == 0 || grid_z == 0 || grid_x > 2147483647u || grid_y > 65535 || grid_z > 65535) return INVALID_VALUE;
    if (block_x == 0 || block_y == 0 || block_z == 0 || (unsigned long long)block_x * block_y * block_z > 1024) return INVALID_VALUE;
    if (shared > (unsigned int)known->shared_allowed) return INVALID_VALUE;
    if (capture(stream)) return SUCCESS;
    // The one kernel that runs, so that a program can see that kernels do: y [count] = value, where y is memory.
    if (strcmp(known->name, "fill_forward_v1") == 0 && !setting("fill_is_wrong", 0))
    {
        unsigned long long y = *(const unsigned long long *)block;
        long long count = *(const long long *)(block + 8);
        if (find_allocation(y, (size_t)count * sizeof(float), 0))
            for (long long i = 0; i < count; i++) ((float *)(uintptr_t)y)[i] = *(const float *)(block + 16);
    }
    return SUCCESS;
}

// ---- Memory ----------------------------------------------------------------------------------------------------------

EXPORT CUresult CUDAAPI cuMemGetInfo_v2(size_t *free_bytes, size_t *total)
{
    ENTER("free total");
    NEED_CONTEXT();
    *total = (size_t)setting("memory_mib", 4096) << 20;
    *free_bytes = *total - allocated;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuMemAlloc_v2(CUdeviceptr *address, size_t bytes)
{
    ENTER("bytes=%zu", bytes);
    NEED_CONTEXT();
    NOT_IN_CAPTURE();
    if (bytes == 0) return INVALID_VALUE;
    if (bytes + allocated > (size_t)setting("memory_mib", 4096) << 20) return OUT_OF_MEMORY;
    *address = (unsigned long long)(uintptr_t)new_allocation(bytes, 0);
    allocated += bytes;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuMemFree_v2(CUdeviceptr address)
{
    ENTER("address=%llx", (unsigned long long)address);
    NEED_CONTEXT();
    struct allocation *known = find_allocation(address, 0, 0);
    if (!known || (uintptr_t)known->memory != address) return INVALID_VALUE;
    allocated -= known->bytes;
    free(known->memory);
    *known = (struct allocation){ 0 };
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuMemHostAlloc(void **memory, size_t bytes, unsigned int flags)
{
    ENTER("bytes=%zu flags=%u", bytes, flags);
    NEED_CONTEXT();
    NOT_IN_CAPTURE();
    if (bytes == 0 || flags > 7) return INVALID_VALUE;
    *memory = new_allocation(bytes, 1);
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuMemFreeHost(void *memory)
{
    ENTER("memory=%p", memory);
    NEED_CONTEXT();
    struct allocation *known = find_allocation((uintptr_t)memory, 0, 1);
    if (!known || known->memory != memory) return INVALID_VALUE;
    free(known->memory);
    *known = (struct allocation){ 0 };
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuMemcpyHtoDAsync_v2(CUdeviceptr destination, const void *source, size_t bytes, CUstream stream)
{
    ENTER("bytes=%zu pinned=%d stream=%p", bytes, find_allocation((uintptr_t)source, bytes, 1) != 0, (void *)stream);
    NEED_CONTEXT();
    NEED_STREAM(stream);
    if (!find_allocation(destination, bytes, 0)) return INVALID_VALUE;
    EXPECT(!capture(stream), "a copy from the host in a graph reads what lies there when the graph runs");
    memcpy((void *)(uintptr_t)destination, source, bytes);
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuMemcpyDtoHAsync_v2(void *destination, CUdeviceptr source, size_t bytes, CUstream stream)
{
    ENTER("bytes=%zu stream=%p", bytes, (void *)stream);
    NEED_CONTEXT();
    NEED_STREAM(stream);
    if (!find_allocation(source, bytes, 0)) return INVALID_VALUE;
    EXPECT(!capture(stream), "a copy to the host in a graph");
    memcpy(destination, (void *)(uintptr_t)source, bytes);
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuMemcpyDtoDAsync_v2(CUdeviceptr destination, CUdeviceptr source, size_t bytes, CUstream stream)
{
    ENTER("bytes=%zu stream=%p", bytes, (void *)stream);
    NEED_CONTEXT();
    NEED_STREAM(stream);
    if (!find_allocation(source, bytes, 0) || !find_allocation(destination, bytes, 0)) return INVALID_VALUE;
    if (!capture(stream)) memcpy((void *)(uintptr_t)destination, (void *)(uintptr_t)source, bytes);
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuMemsetD8Async(CUdeviceptr address, unsigned char value, size_t count, CUstream stream)
{
    ENTER("value=%u count=%zu stream=%p", value, count, (void *)stream);
    NEED_CONTEXT();
    NEED_STREAM(stream);
    if (!find_allocation(address, count, 0)) return INVALID_VALUE;
    if (!capture(stream)) memset((void *)(uintptr_t)address, value, count);
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuMemsetD32Async(CUdeviceptr address, unsigned int value, size_t count, CUstream stream)
{
    ENTER("value=%u count=%zu stream=%p", value, count, (void *)stream);
    NEED_CONTEXT();
    NEED_STREAM(stream);
    if (address % 4 != 0 || !find_allocation(address, 4 * count, 0)) return INVALID_VALUE;
    if (capture(stream)) return SUCCESS;
    for (size_t i = 0; i < count; i++) ((unsigned int *)(uintptr_t)address)[i] = value;
    return SUCCESS;
}

// ---- Streams and events ----------------------------------------------------------------------------------------------

EXPORT CUresult CUDAAPI cuStreamCreate(CUstream *stream, unsigned int flags)
{
    ENTER("flags=%u", flags);
    NEED_CONTEXT();
    if (flags > 1) return INVALID_VALUE;
    *stream = new_object('s', 0);
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuStreamDestroy_v2(CUstream stream)
{
    ENTER("stream=%p", (void *)stream);
    NEED_CONTEXT();
    struct object *known = find(stream, 's');
    if (!known) return INVALID_HANDLE;
    known->kind = 0;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuStreamSynchronize(CUstream stream)
{
    ENTER("stream=%p", (void *)stream);
    NEED_CONTEXT();
    NEED_STREAM(stream);
    NOT_IN_CAPTURE();
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuStreamWaitEvent(CUstream stream, CUevent event, unsigned int flags)
{
    ENTER("stream=%p event=%p flags=%u", (void *)stream, (void *)event, flags);
    NEED_CONTEXT();
    NEED_STREAM(stream);
    return flags > 1 ? INVALID_VALUE : find(event, 'e') ? SUCCESS : INVALID_HANDLE;
}

EXPORT CUresult CUDAAPI cuEventCreate(CUevent *event, unsigned int flags)
{
    ENTER("flags=%u", flags);
    NEED_CONTEXT();
    if (flags > 7) return INVALID_VALUE;
    *event = new_object('e', 0);
    ((struct object *)*event)->milliseconds = -1;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuEventDestroy_v2(CUevent event)
{
    ENTER("event=%p", (void *)event);
    NEED_CONTEXT();
    struct object *known = find(event, 'e');
    if (!known) return INVALID_HANDLE;
    known->kind = 0;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuEventRecord(CUevent event, CUstream stream)
{
    ENTER("event=%p stream=%p", (void *)event, (void *)stream);
    NEED_CONTEXT();
    NEED_STREAM(stream);
    struct object *known = find(event, 'e');
    if (!known) return INVALID_HANDLE;
    known->milliseconds = clock_milliseconds += 1.5;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuEventSynchronize(CUevent event)
{
    ENTER("event=%p", (void *)event);
    NEED_CONTEXT();
    NOT_IN_CAPTURE();
    return find(event, 'e') ? SUCCESS : INVALID_HANDLE;
}

EXPORT CUresult CUDAAPI cuEventElapsedTime(float *milliseconds, CUevent start, CUevent end)
{
    ENTER("start=%p end=%p", (void *)start, (void *)end);
    NEED_CONTEXT();
    struct object *first = find(start, 'e'), *last = find(end, 'e');
    if (!first || !last || first->milliseconds < 0 || last->milliseconds < 0) return INVALID_HANDLE;
    *milliseconds = (float)(last->milliseconds - first->milliseconds);
    return SUCCESS;
}

// ---- Graphs ----------------------------------------------------------------------------------------------------------

EXPORT CUresult CUDAAPI cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode mode)
{
    ENTER("stream=%p mode=%d", (void *)stream, (int)mode);
    NEED_CONTEXT();
    NOT_IN_CAPTURE();
    struct object *known = find(stream, 's');
    if (!known) return CAPTURE_UNSUPPORTED; // the default stream cannot be captured
    if ((int)mode < 0 || (int)mode > 2) return INVALID_VALUE;
    known->capturing = capturing = 1;
    known->nodes = 0;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuStreamEndCapture(CUstream stream, CUgraph *graph)
{
    ENTER("stream=%p", (void *)stream);
    NEED_CONTEXT();
    struct object *known = find(stream, 's');
    if (!known || !known->capturing) return INVALID_VALUE;
    known->capturing = capturing = 0;
    struct object *made = new_object('g', 0);
    made->nodes = known->nodes;
    *graph = (CUgraph)made;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuGraphInstantiateWithFlags(CUgraphExec *executable, CUgraph graph, unsigned long long flags)
{
    struct object *known = find(graph, 'g');
    ENTER("nodes=%d flags=%llu", known ? known->nodes : -1, flags);
    NEED_CONTEXT();
    if (!known) return INVALID_VALUE;
    struct object *made = new_object('x', 0);
    made->nodes = known->nodes;
    *executable = (CUgraphExec)made;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuGraphLaunch(CUgraphExec executable, CUstream stream)
{
    struct object *known = find(executable, 'x');
    ENTER("nodes=%d stream=%p", known ? known->nodes : -1, (void *)stream);
    NEED_CONTEXT();
    NEED_STREAM(stream);
    NOT_IN_CAPTURE();
    return known ? SUCCESS : INVALID_VALUE;
}

EXPORT CUresult CUDAAPI cuGraphExecDestroy(CUgraphExec executable)
{
    ENTER("graph=%p", (void *)executable);
    NEED_CONTEXT();
    struct object *known = find(executable, 'x');
    if (!known) return INVALID_VALUE;
    known->kind = 0;
    return SUCCESS;
}

EXPORT CUresult CUDAAPI cuGraphDestroy(CUgraph graph)
{
    ENTER("graph=%p", (void *)graph);
    NEED_CONTEXT();
    struct object *known = find(graph, 'g');
    if (!known) return INVALID_VALUE;
    known->kind = 0;
    return SUCCESS;
}
