// A stub stands in for one of NVIDIA's libraries in tests: it has the real functions by name and prototype, checks what it is given, writes every call
// down, and fails where it is told to. One file a library, all state in that library:
//
//   #include "stub.h"
//   EXPORT status_t cudnnCreate(cudnnHandle_t *handle)
//   {
//       ENTER("handle=%d", handle != 0);            // counts and records the call; returns the status that a test set for it
//       EXPECT(handle != 0, "no place for the handle");   // a complaint, which every test ends by asking for
//       ...
//       return 0;
//   }
//
// ENTER needs a status type that converts from int. Settings are numbers by name, from C# (NativeStub.Set, Fail) or, for a program of its own, from
// the environment: PIXELNET_STUB="devices=0;driver_version=11040;fail.cuInit=999". setting("name", default) reads one.
// A stub is called by one thread at a time.
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

// What tests call.
EXPORT void stub_set(const char *name, long long value);
EXPORT long long stub_get(const char *name);
EXPORT const char *stub_record(void);
EXPORT const char *stub_complaints(void);
EXPORT void stub_reset(void);

#define MOST_SETTINGS 512

static struct { char name[80]; long long value; } settings[MOST_SETTINGS];
static int setting_count;
static char *record_text, *complaint_text;

static long long *setting_place(const char *name)
{
    for (int i = 0; i < setting_count; i++)
        if (strcmp(settings[i].name, name) == 0) return &settings[i].value;
    if (setting_count == MOST_SETTINGS) abort();
    snprintf(settings[setting_count].name, sizeof settings[0].name, "%s", name);
    settings[setting_count].value = 0;
    return &settings[setting_count++].value;
}

static long long setting(const char *name, long long otherwise)
{
    for (int i = 0; i < setting_count; i++)
        if (strcmp(settings[i].name, name) == 0) return settings[i].value;
    return otherwise;
}

static void append(char **text, const char *format, va_list arguments)
{
    char line[16384];
    vsnprintf(line, sizeof line, format, arguments);
    size_t before = *text ? strlen(*text) : 0, more = strlen(line);
    *text = realloc(*text, before + more + 2);
    memcpy(*text + before, line, more);
    memcpy(*text + before + more, "\n", 2);
}

// Counts a call, writes its line, and returns the status it is to fail with, or 0.
static int enter(const char *function, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int enter(const char *function, const char *format, ...)
{
    char name[80], text[16384];
    snprintf(name, sizeof name, "calls.%s", function);
    long long *calls = setting_place(name);
    ++*calls;
    snprintf(text, sizeof text, "%s %s", function, format);
    va_list arguments;
    va_start(arguments, format);
    append(&record_text, text, arguments);
    va_end(arguments);
    snprintf(name, sizeof name, "fail.%s", function);
    return (int)setting(name, 0);
}

static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(&complaint_text, format, arguments);
    va_end(arguments);
}

#define ENTER(...) do { int status_ = enter(__func__, __VA_ARGS__); if (status_ != 0) return status_; } while (0)
#define EXPECT(condition, ...) do { if (!(condition)) { complain("%s: ", __func__); complain(__VA_ARGS__); } } while (0)

void stub_set(const char *name, long long value)
{
    *setting_place(name) = value;
}

long long stub_get(const char *name)
{
    return setting(name, 0);
}

const char *stub_record(void)
{
    return record_text ? record_text : "";
}

const char *stub_complaints(void)
{
    return complaint_text ? complaint_text : "";
}

static void read_environment(void)
{
    const char *at = getenv("PIXELNET_STUB");
    while (at && *at)
    {
        const char *equals = strchr(at, '='), *end = strchr(at, ';');
        if (!equals) break;
        char name[80];
        snprintf(name, sizeof name, "%.*s", (int)(equals - at), at);
        *setting_place(name) = atoll(equals + 1);
        at = end ? end + 1 : 0;
    }
}

// Forgets record, complaints, counts and settings.
void stub_reset(void)
{
    free(record_text);
    free(complaint_text);
    record_text = complaint_text = 0;
    setting_count = 0;
    read_environment();
}

// A program of its own tells at its end what was wrong.
__attribute__((destructor)) static void stub_end(void)
{
    if (getenv("PIXELNET_STUB") && complaint_text) fprintf(stderr, "stub: %s", complaint_text);
}

__attribute__((constructor)) static void stub_start(void)
{
    read_environment();
}
