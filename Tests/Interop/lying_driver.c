// A library to load before OpenCL's (LD_PRELOAD), which does what drivers do that lie or fail. By environment variable:
//
//   LYING_MEMORY=BYTES       buffers of more than so many bytes together are refused: CL_MEM_OBJECT_ALLOCATION_FAILURE
//   LYING_CALL=NAME:N:CODE   from the Nth call of the function on, each call of any of those below gives CODE
//   LYING_SOURCE=OLD=>NEW    in programs that are built from source, NEW stands for OLD; a program with OLD in its binary is
//                            built from source
//   LYING_COUNTS=FILE        how often each function was called is written there at the end
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { launch, finish, wait_for, map_buffer, unmap, read_buffer, write_buffer, copy_buffer, flush, function_count };
static const char *const names[function_count] = {
    "clEnqueueNDRangeKernel", "clFinish", "clWaitForEvents", "clEnqueueMapBuffer", "clEnqueueUnmapMemObject",
    "clEnqueueReadBuffer", "clEnqueueWriteBuffer", "clEnqueueCopyBuffer", "clFlush",
};
static long calls[function_count];
static int is_lost;
static cl_int lost_code;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void write_counts(void)
{
    const char *path = getenv("LYING_COUNTS");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    for (int i = 0; i < function_count; i++) fprintf(file, "%s %ld\n", names[i], calls[i]);
    fclose(file);
}

__attribute__((constructor)) static void begin(void) { atexit(write_counts); }

// Whether this call is to fail, with *code.
static int fails(int function, cl_int *code)
{
    static char name[64];
    static long at = -1;
    if (at < 0) {
        const char *order = getenv("LYING_CALL");
        at = 0;
        if (order) sscanf(order, "%63[^:]:%ld:%d", name, &at, &lost_code);
    }
    calls[function]++;
    if (at > 0 && calls[function] == at && strcmp(name, names[function]) == 0) is_lost = 1;
    *code = lost_code;
    return is_lost;
}

cl_int clEnqueueNDRangeKernel(
    cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset, const size_t *global,
    const size_t *local, cl_uint count, const cl_event *waits, cl_event *event)
{
    cl_int code;
    if (fails(launch, &code)) return code;
    return REAL(clEnqueueNDRangeKernel)(queue, kernel, dimensions, offset, global, local, count, waits, event);
}

cl_int clFinish(cl_command_queue queue)
{
    cl_int code;
    return fails(finish, &code) ? code : REAL(clFinish)(queue);
}

cl_int clFlush(cl_command_queue queue)
{
    cl_int code;
    return fails(flush, &code) ? code : REAL(clFlush)(queue);
}

cl_int clWaitForEvents(cl_uint count, const cl_event *events)
{
    cl_int code;
    // As where a command before ended with a negative status.
    return fails(wait_for, &code) ? code : REAL(clWaitForEvents)(count, events);
}

void *clEnqueueMapBuffer(
    cl_command_queue queue, cl_mem buffer, cl_bool blocks, cl_map_flags flags, size_t offset, size_t size, cl_uint count,
    const cl_event *waits, cl_event *event, cl_int *result)
{
    cl_int code;
    if (!fails(map_buffer, &code))
        return REAL(clEnqueueMapBuffer)(queue, buffer, blocks, flags, offset, size, count, waits, event, result);
    if (result) *result = code;
    return NULL;
}

cl_int clEnqueueUnmapMemObject(
    cl_command_queue queue, cl_mem buffer, void *mapped, cl_uint count, const cl_event *waits, cl_event *event)
{
    cl_int code;
    if (fails(unmap, &code)) return code;
    return REAL(clEnqueueUnmapMemObject)(queue, buffer, mapped, count, waits, event);
}

cl_int clEnqueueReadBuffer(
    cl_command_queue queue, cl_mem buffer, cl_bool blocks, size_t offset, size_t size, void *to, cl_uint count,
    const cl_event *waits, cl_event *event)
{
    cl_int code;
    if (fails(read_buffer, &code)) return code;
    return REAL(clEnqueueReadBuffer)(queue, buffer, blocks, offset, size, to, count, waits, event);
}

cl_int clEnqueueWriteBuffer(
    cl_command_queue queue, cl_mem buffer, cl_bool blocks, size_t offset, size_t size, const void *from, cl_uint count,
    const cl_event *waits, cl_event *event)
{
    cl_int code;
    if (fails(write_buffer, &code)) return code;
    return REAL(clEnqueueWriteBuffer)(queue, buffer, blocks, offset, size, from, count, waits, event);
}

cl_int clEnqueueCopyBuffer(
    cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset, size_t size, cl_uint count,
    const cl_event *waits, cl_event *event)
{
    cl_int code;
    if (fails(copy_buffer, &code)) return code;
    return REAL(clEnqueueCopyBuffer)(queue, from, to, from_offset, to_offset, size, count, waits, event);
}

static size_t in_use;

static size_t size_of(cl_mem buffer)
{
    size_t size = 0;
    clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof size, &size, NULL);
    return size;
}

cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *result)
{
    const char *limit = getenv("LYING_MEMORY");
    if (limit && in_use + size > strtoull(limit, NULL, 10)) {
        if (result) *result = CL_MEM_OBJECT_ALLOCATION_FAILURE;
        return NULL;
    }
    cl_mem buffer = REAL(clCreateBuffer)(context, flags, size, host, result);
    if (buffer) in_use += size;
    return buffer;
}

cl_int clReleaseMemObject(cl_mem buffer)
{
    const size_t size = size_of(buffer);
    const cl_int code = REAL(clReleaseMemObject)(buffer);
    if (code == CL_SUCCESS) in_use -= size;
    return code;
}

// The two sides of LYING_SOURCE in memory of their own; NULL where there are none.
static char *lie(char **new)
{
    const char *order = getenv("LYING_SOURCE");
    if (!order) return NULL;
    char *old = strdup(order);
    char *arrow = strstr(old, "=>");
    if (!arrow) return NULL;
    *arrow = 0;
    *new = arrow + 2;
    return old;
}

cl_program clCreateProgramWithSource(
    cl_context context, cl_uint count, const char **strings, const size_t *lengths, cl_int *result)
{
    char *new, *old = lie(&new), *found = NULL;
    // mlpack hands over one string.
    if (old && count == 1 && !lengths) found = strstr(strings[0], old);
    if (!found) return REAL(clCreateProgramWithSource)(context, count, strings, lengths, result);
    const size_t before = found - strings[0];
    char *text = malloc(strlen(strings[0]) + strlen(new) + 1);
    memcpy(text, strings[0], before);
    strcpy(text + before, new);
    strcat(text, found + strlen(old));
    const char *lied = text;
    return REAL(clCreateProgramWithSource)(context, 1, &lied, NULL, result);
}
