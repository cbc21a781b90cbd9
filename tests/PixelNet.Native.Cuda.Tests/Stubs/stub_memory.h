// Device memory as a library's stub sees it: the host's at the same address, as libcuda's stub hands it out, or what two functions of a test read and
// write, so that the library can be tried on the emulator's memory.
#pragma once
#include "stub.h"

typedef unsigned long long address_t;

static void (*read_device)(address_t device, void *host, size_t bytes);
static void (*write_device)(address_t device, const void *host, size_t bytes);

EXPORT void stub_memory(void (*read)(address_t, void *, size_t), void (*write)(address_t, const void *, size_t))
{
    read_device = read;
    write_device = write;
}

static float *fetch(const void *device, long long count)
{
    float *host = malloc((size_t)(count + 1) * sizeof(float));
    if (read_device) read_device((address_t)(uintptr_t)device, host, (size_t)count * sizeof(float));
    else memcpy(host, device, (size_t)count * sizeof(float));
    return host;
}

// Writes and frees what was fetched.
static void store(void *device, float *host, long long count)
{
    if (write_device) write_device((address_t)(uintptr_t)device, host, (size_t)count * sizeof(float));
    else memcpy(device, host, (size_t)count * sizeof(float));
    free(host);
}

// The value with the 10 bits of mantissa of TF32.
static float tf32(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = (bits + 0x1000) & 0xFFFFE000u;
    memcpy(&value, &bits, sizeof bits);
    return value;
}
