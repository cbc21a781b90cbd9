// libcudnn without a GPU: descriptors are kept and checked, and convolutions are computed by plain loops over whatever the descriptors say (layout,
// padding, factors, math type), so that a wrong description gives wrong numbers.
//
// Algorithms, of each of which measuring tells as cuDNN does (with the descriptor's math type, and with the default one where that differs):
//   forward   7: fastest, 1 GiB of workspace   6: not in the fused pass   1: 4 KiB   0: none
//   data      0: not deterministic             1: 4 KiB
//   filter    3, 0: not deterministic          1: 4 KiB
// Built with -DMAJOR=8 it is version 8.9.2, else 9.1.0. Settings (see stub.h): cudnn_version, cudnn_cudart, cudnn_parts (1 = cudnnCreate opens the part
// libcudnn_ops), cudnn_no_filter (1 = there is no deterministic filter algorithm), cudnn_wrong_sizes (1 = output sizes are off by one).
// With -DWITH_CUDNN_H the prototypes here are compared with NVIDIA's header by the compiler.
#define _GNU_SOURCE
#include "stub_memory.h"
#include <dlfcn.h>

#ifdef WITH_CUDNN_H
#include <cudnn.h>
#else
#define CUDNNWINAPI
typedef int cudnnStatus_t, cudnnDataType_t, cudnnTensorFormat_t, cudnnConvolutionMode_t, cudnnMathType_t, cudnnActivationMode_t, cudnnNanPropagation_t;
typedef int cudnnConvolutionFwdAlgo_t, cudnnConvolutionBwdDataAlgo_t, cudnnConvolutionBwdFilterAlgo_t, cudnnDeterminism_t;
typedef struct cudnnContext *cudnnHandle_t;
typedef struct CUstream_st *cudaStream_t;
typedef struct cudnnTensorStruct *cudnnTensorDescriptor_t;
typedef struct cudnnFilterStruct *cudnnFilterDescriptor_t;
typedef struct cudnnConvolutionStruct *cudnnConvolutionDescriptor_t;
typedef struct cudnnActivationStruct *cudnnActivationDescriptor_t;
typedef struct { int algo; cudnnStatus_t status; float time; size_t memory; cudnnDeterminism_t determinism; cudnnMathType_t mathType; int reserved[3]; } cudnnConvolutionFwdAlgoPerf_t;
typedef cudnnConvolutionFwdAlgoPerf_t cudnnConvolutionBwdDataAlgoPerf_t, cudnnConvolutionBwdFilterAlgoPerf_t;
#endif

#ifndef MAJOR
#define MAJOR 9
#endif

// The numbers of the two versions; the names are one.
#if MAJOR == 8
enum { SUCCESS = 0, NOT_INITIALIZED = 1, ALLOC_FAILED = 2, BAD_PARAM = 3, INTERNAL_ERROR = 4, EXECUTION_FAILED = 8, NOT_SUPPORTED = 9, SUBLIBRARY = 13 };
#define VERSION 8902
#else
enum { SUCCESS = 0, NOT_INITIALIZED = 1001, SUBLIBRARY = 1008, BAD_PARAM = 2000, NOT_SUPPORTED = 3000, INTERNAL_ERROR = 4000, ALLOC_FAILED = 4003, EXECUTION_FAILED = 5000 };
#define VERSION 90100
#endif

struct descriptor
{
    char kind; // h handle, t tensor, f filters, c convolution, a activation; 0 = destroyed
    int format, type, size[4]; // n c h w, or k c h w
    int pad[2], math, mode, activation, nan;
    cudaStream_t stream;
};

typedef struct descriptor descriptor;

static long long live;

static cudnnStatus_t create(void *place, char kind)
{
    EXPECT(place != 0, "no place for the handle");
    descriptor *made = calloc(1, sizeof *made);
    made->kind = kind;
    *(void **)place = made;
    live++;
    return SUCCESS;
}

static cudnnStatus_t destroy(void *handle, char kind)
{
    descriptor *known = handle;
    EXPECT(known && known->kind == kind, "not a live handle of its kind");
    if (known) known->kind = 0;
    live--;
    return SUCCESS;
}

static descriptor *as(const void *handle, char kind)
{
    descriptor *known = (descriptor *)handle;
    if (!known || known->kind != kind) { complain("a handle of kind %c is not live", kind); abort(); }
    return known;
}

// Descriptors and handles that nobody has destroyed.
EXPORT long long stub_live(void)
{
    return live;
}

// ---- Library ---------------------------------------------------------------------------------------------------------

EXPORT size_t CUDNNWINAPI cudnnGetVersion(void)
{
    enter(__func__, " ");
    return (size_t)setting("cudnn_version", VERSION);
}

EXPORT size_t CUDNNWINAPI cudnnGetCudartVersion(void)
{
    enter(__func__, " ");
    return (size_t)setting("cudnn_cudart", 12040);
}

EXPORT const char *CUDNNWINAPI cudnnGetErrorString(cudnnStatus_t status)
{
    enter(__func__, "status=%d", (int)status);
    switch ((int)status)
    {
        case SUCCESS: return "CUDNN_STATUS_SUCCESS";
        case NOT_INITIALIZED: return "CUDNN_STATUS_NOT_INITIALIZED";
        case ALLOC_FAILED: return MAJOR == 8 ? "CUDNN_STATUS_ALLOC_FAILED" : "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED";
        case BAD_PARAM: return "CUDNN_STATUS_BAD_PARAM";
        case INTERNAL_ERROR: return "CUDNN_STATUS_INTERNAL_ERROR";
        case EXECUTION_FAILED: return "CUDNN_STATUS_EXECUTION_FAILED";
        case NOT_SUPPORTED: return "CUDNN_STATUS_NOT_SUPPORTED";
        case SUBLIBRARY: return MAJOR == 8 ? "CUDNN_STATUS_VERSION_MISMATCH" : "CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED";
        default: return "CUDNN_UNKNOWN_STATUS";
    }
}

#if MAJOR == 9
EXPORT void CUDNNWINAPI cudnnGetLastErrorString(char *message, size_t max_size)
{
    enter(__func__, "max_size=%zu", max_size);
    if (max_size) snprintf(message, max_size, "%s", "the stub was told to fail");
}
#endif

EXPORT cudnnStatus_t CUDNNWINAPI cudnnCreate(cudnnHandle_t *handle)
{
    ENTER(" ");
    const char *part = MAJOR == 8 ? "libcudnn_ops_infer.so.8" : "libcudnn_ops.so.9";
    if (setting("cudnn_parts", 0) && !dlopen(part, RTLD_NOW)) return SUBLIBRARY;
    return create(handle, 'h');
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnDestroy(cudnnHandle_t handle)
{
    ENTER(" ");
    return destroy(handle, 'h');
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream)
{
    ENTER(" ");
    EXPECT(stream != 0, "the default stream");
    as(handle, 'h')->stream = stream;
    return SUCCESS;
}

// ---- Descriptors -----------------------------------------------------------------------------------------------------

EXPORT cudnnStatus_t CUDNNWINAPI cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t *descriptor)
{
    ENTER(" ");
    return create(descriptor, 't');
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t descriptor, cudnnTensorFormat_t format, cudnnDataType_t type, int n, int c, int h, int w)
{
    ENTER("format=%d type=%d n=%d c=%d h=%d w=%d", (int)format, (int)type, n, c, h, w);
    struct descriptor *known = as(descriptor, 't');
    if (n < 1 || c < 1 || h < 1 || w < 1) return BAD_PARAM;
    EXPECT((int)format == 1 && (int)type == 0, "not NHWC floats");
    *known = (struct descriptor){ .kind = 't', .format = (int)format, .type = (int)type, .size = { n, c, h, w } };
    return SUCCESS;
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t descriptor)
{
    ENTER(" ");
    return destroy(descriptor, 't');
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t *descriptor)
{
    ENTER(" ");
    return create(descriptor, 'f');
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t descriptor, cudnnDataType_t type, cudnnTensorFormat_t format, int k, int c, int h, int w)
{
    ENTER("type=%d format=%d k=%d c=%d h=%d w=%d", (int)type, (int)format, k, c, h, w);
    struct descriptor *known = as(descriptor, 'f');
    if (k < 1 || c < 1 || h < 1 || w < 1) return BAD_PARAM;
    EXPECT((int)format == 1 && (int)type == 0, "not KRSC floats");
    *known = (struct descriptor){ .kind = 'f', .format = (int)format, .type = (int)type, .size = { k, c, h, w } };
    return SUCCESS;
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t descriptor)
{
    ENTER(" ");
    return destroy(descriptor, 'f');
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t *descriptor)
{
    ENTER(" ");
    return create(descriptor, 'c');
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t descriptor, int pad_h, int pad_w, int u, int v, int dilation_h, int dilation_w,
    cudnnConvolutionMode_t mode, cudnnDataType_t computeType)
{
    ENTER("pad=%d,%d stride=%d,%d dilation=%d,%d mode=%d type=%d", pad_h, pad_w, u, v, dilation_h, dilation_w, (int)mode, (int)computeType);
    struct descriptor *known = as(descriptor, 'c');
    EXPECT(u == 1 && v == 1 && dilation_h == 1 && dilation_w == 1, "stride or dilation is not 1");
    EXPECT((int)computeType == 0, "sums are not floats");
    *known = (struct descriptor){ .kind = 'c', .pad = { pad_h, pad_w }, .mode = (int)mode };
    return SUCCESS;
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t descriptor, cudnnMathType_t mathType)
{
    ENTER("math=%d", (int)mathType);
    as(descriptor, 'c')->math = (int)mathType;
    return SUCCESS;
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t descriptor)
{
    ENTER(" ");
    return destroy(descriptor, 'c');
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnCreateActivationDescriptor(cudnnActivationDescriptor_t *descriptor)
{
    ENTER(" ");
    return create(descriptor, 'a');
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnSetActivationDescriptor(cudnnActivationDescriptor_t descriptor, cudnnActivationMode_t mode, cudnnNanPropagation_t nan, double coefficient)
{
    ENTER("mode=%d nan=%d coefficient=%g", (int)mode, (int)nan, coefficient);
    struct descriptor *known = as(descriptor, 'a');
    EXPECT(coefficient == 0, "a coefficient");
    known->activation = (int)mode;
    known->nan = (int)nan;
    return SUCCESS;
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnDestroyActivationDescriptor(cudnnActivationDescriptor_t descriptor)
{
    ENTER(" ");
    return destroy(descriptor, 'a');
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnGetConvolution2dForwardOutputDim(const cudnnConvolutionDescriptor_t convDesc, const cudnnTensorDescriptor_t inputTensorDesc,
    const cudnnFilterDescriptor_t filterDesc, int *n, int *c, int *h, int *w)
{
    ENTER(" ");
    struct descriptor *conv = as(convDesc, 'c'), *x = as(inputTensorDesc, 't'), *f = as(filterDesc, 'f');
    *n = x->size[0];
    *c = f->size[0];
    *h = x->size[2] + 2 * conv->pad[0] - f->size[2] + 1 + (int)setting("cudnn_wrong_sizes", 0);
    *w = x->size[3] + 2 * conv->pad[1] - f->size[3] + 1;
    return SUCCESS;
}

// ---- Convolutions ----------------------------------------------------------------------------------------------------

static long long count(const descriptor *t)
{
    return (long long)t->size[0] * t->size[1] * t->size[2] * t->size[3];
}

// Where element (n, c, h, w) lies, by the descriptor's format.
static long long at(const descriptor *t, int n, int c, int h, int w)
{
    long long C = t->size[1], H = t->size[2], W = t->size[3];
    return t->format == 1 ? ((n * H + h) * W + w) * C + c : ((n * C + c) * H + h) * W + w;
}

// Walks all products y[n,k,p,q] += w[k,c,r,s] x[n,c,p+r-pad,q+s-pad] and adds each one to what `into` names.
static void convolve(double *sums, char into, const float *x, const float *w, const float *y, const descriptor *dx, const descriptor *dw, const descriptor *dy, const descriptor *conv)
{
    EXPECT(dx->size[0] == dy->size[0] && dw->size[0] == dy->size[1] && dw->size[1] == dx->size[1], "sizes of x, w and y do not fit");
    EXPECT(dy->size[2] == dx->size[2] + 2 * conv->pad[0] - dw->size[2] + 1 && dy->size[3] == dx->size[3] + 2 * conv->pad[1] - dw->size[3] + 1, "the size of y is not that of the convolution");
    EXPECT(conv->mode == 1, "not a cross-correlation");
    int exact = conv->math == 3;
    for (int n = 0; n < dy->size[0]; n++)
        for (int k = 0; k < dy->size[1]; k++)
            for (int p = 0; p < dy->size[2]; p++)
                for (int q = 0; q < dy->size[3]; q++)
                    for (int c = 0; c < dw->size[1]; c++)
                        for (int r = 0; r < dw->size[2]; r++)
                            for (int s = 0; s < dw->size[3]; s++)
                            {
                                int h = p + r - conv->pad[0], v = q + s - conv->pad[1];
                                if (h < 0 || h >= dx->size[2] || v < 0 || v >= dx->size[3]) continue;
                                long long i = at(dx, n, c, h, v), j = at(dw, k, c, r, s), o = at(dy, n, k, p, q);
                                float a = into == 'x' ? y[o] : x[i], b = into == 'w' ? y[o] : w[j];
                                if (!exact) a = tf32(a), b = tf32(b);
                                sums[into == 'y' ? o : into == 'x' ? i : j] += (double)a * b;
                            }
}

static const struct algorithm { char pass; int number, deterministic, fused; float milliseconds; size_t bytes; } algorithms[] =
{
    { 'y', 7, 1, 1, 0.1f, (size_t)1 << 30 }, { 'y', 6, 1, 0, 0.2f, 0 }, { 'y', 1, 1, 1, 0.3f, 4096 }, { 'y', 0, 1, 1, 0.4f, 0 },
    { 'x', 0, 0, 0, 0.1f, 0 }, { 'x', 1, 1, 0, 0.2f, 4096 },
    { 'w', 3, 0, 0, 0.1f, 0 }, { 'w', 0, 0, 0, 0.2f, 0 }, { 'w', 1, 1, 0, 0.3f, 4096 },
};

static const struct algorithm *find_algorithm(char pass, int number)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (algorithms[i].pass == pass && algorithms[i].number == number)
            return pass == 'w' && algorithms[i].deterministic && setting("cudnn_no_filter", 0) ? 0 : &algorithms[i];
    return 0;
}

// What is measured: each algorithm with the descriptor's math type and, where that is another, with the default one, which is faster.
static cudnnStatus_t measure(char pass, const descriptor *conv, int requested, int *returned, cudnnConvolutionFwdAlgoPerf_t *results, size_t bytes)
{
    EXPECT(requested >= 16, "fewer results than there are algorithms and math types");
    *returned = 0;
    for (int other = 1; other >= 0; other--)
        for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        {
            if (algorithms[i].pass != pass || !find_algorithm(pass, algorithms[i].number) || (other && conv->math == 0) || *returned == requested) continue;
            const struct algorithm *known = &algorithms[i];
            memset(&results[*returned], 0xEE, sizeof results[0]);
            results[*returned].algo = known->number;
            results[*returned].status = known->bytes > bytes ? ALLOC_FAILED : SUCCESS;
            results[*returned].time = known->bytes > bytes ? -1 : known->milliseconds * (other ? 0.5f : 1);
            results[*returned].memory = known->bytes;
            results[*returned].determinism = known->deterministic;
            results[*returned].mathType = other ? 0 : conv->math;
            ++*returned;
        }
    return SUCCESS;
}

static cudnnStatus_t workspace_of(char pass, int number, size_t *bytes)
{
    const struct algorithm *known = find_algorithm(pass, number);
    if (!known) return NOT_SUPPORTED;
    *bytes = known->bytes;
    return SUCCESS;
}

static cudnnStatus_t check_run(char pass, int number, const void *workspace, size_t bytes, const void *p, const void *q, const void *r)
{
    const struct algorithm *known = find_algorithm(pass, number);
    if (!known) return NOT_SUPPORTED;
    EXPECT(known->deterministic, "algorithm %d is not deterministic", number);
    EXPECT(bytes >= known->bytes && (known->bytes == 0 || workspace != 0), "algorithm %d needs %zu bytes of workspace and got %zu", number, known->bytes, bytes);
    EXPECT((((uintptr_t)p | (uintptr_t)q | (uintptr_t)r) & 15) == 0, "a tensor is not aligned to 16 bytes");
    return SUCCESS;
}

#define ALGORITHM_RUNS(pass, number, a, b, c) do { int run_ = check_run(pass, number, workSpace, workSpaceSizeInBytes, a, b, c); if (run_ != SUCCESS) return run_; } while (0)

EXPORT cudnnStatus_t CUDNNWINAPI cudnnFindConvolutionForwardAlgorithmEx(cudnnHandle_t handle, const cudnnTensorDescriptor_t xDesc, const void *x, const cudnnFilterDescriptor_t wDesc,
    const void *w, const cudnnConvolutionDescriptor_t convDesc, const cudnnTensorDescriptor_t yDesc, void *y, const int requestedAlgoCount, int *returnedAlgoCount,
    cudnnConvolutionFwdAlgoPerf_t *perfResults, void *workSpace, size_t workSpaceSizeInBytes)
{
    ENTER("workspace=%zu", workSpaceSizeInBytes);
    as(handle, 'h'), as(wDesc, 'f');
    EXPECT(x && w && workSpace, "no memory to measure on");
    store(y, fetch(x, 1), 1); // what y held is lost
    (void)as(xDesc, 't'), (void)as(yDesc, 't');
    return measure('y', as(convDesc, 'c'), requestedAlgoCount, returnedAlgoCount, perfResults, workSpaceSizeInBytes);
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnFindConvolutionBackwardDataAlgorithmEx(cudnnHandle_t handle, const cudnnFilterDescriptor_t wDesc, const void *w, const cudnnTensorDescriptor_t dyDesc,
    const void *dy, const cudnnConvolutionDescriptor_t convDesc, const cudnnTensorDescriptor_t dxDesc, void *dx, const int requestedAlgoCount, int *returnedAlgoCount,
    cudnnConvolutionBwdDataAlgoPerf_t *perfResults, void *workSpace, size_t workSpaceSizeInBytes)
{
    ENTER("workspace=%zu", workSpaceSizeInBytes);
    as(handle, 'h'), as(wDesc, 'f'), as(dyDesc, 't'), as(dxDesc, 't');
    EXPECT(w && dy && dx && workSpace, "no memory to measure on");
    return measure('x', as(convDesc, 'c'), requestedAlgoCount, returnedAlgoCount, (cudnnConvolutionFwdAlgoPerf_t *)perfResults, workSpaceSizeInBytes);
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnFindConvolutionBackwardFilterAlgorithmEx(cudnnHandle_t handle, const cudnnTensorDescriptor_t xDesc, const void *x, const cudnnTensorDescriptor_t dyDesc,
    const void *y, const cudnnConvolutionDescriptor_t convDesc, const cudnnFilterDescriptor_t dwDesc, void *dw, const int requestedAlgoCount, int *returnedAlgoCount,
    cudnnConvolutionBwdFilterAlgoPerf_t *perfResults, void *workSpace, size_t workSpaceSizeInBytes)
{
    ENTER("workspace=%zu", workSpaceSizeInBytes);
    as(handle, 'h'), as(dwDesc, 'f'), as(dyDesc, 't'), as(xDesc, 't');
    EXPECT(x && y && dw && workSpace, "no memory to measure on");
    return measure('w', as(convDesc, 'c'), requestedAlgoCount, returnedAlgoCount, (cudnnConvolutionFwdAlgoPerf_t *)perfResults, workSpaceSizeInBytes);
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnGetConvolutionForwardWorkspaceSize(cudnnHandle_t handle, const cudnnTensorDescriptor_t xDesc, const cudnnFilterDescriptor_t wDesc,
    const cudnnConvolutionDescriptor_t convDesc, const cudnnTensorDescriptor_t yDesc, cudnnConvolutionFwdAlgo_t algo, size_t *sizeInBytes)
{
    ENTER("algo=%d", (int)algo);
    as(handle, 'h'), as(xDesc, 't'), as(wDesc, 'f'), as(convDesc, 'c'), as(yDesc, 't');
    return workspace_of('y', (int)algo, sizeInBytes);
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnGetConvolutionBackwardDataWorkspaceSize(cudnnHandle_t handle, const cudnnFilterDescriptor_t wDesc, const cudnnTensorDescriptor_t dyDesc,
    const cudnnConvolutionDescriptor_t convDesc, const cudnnTensorDescriptor_t dxDesc, cudnnConvolutionBwdDataAlgo_t algo, size_t *sizeInBytes)
{
    ENTER("algo=%d", (int)algo);
    as(handle, 'h'), as(wDesc, 'f'), as(dyDesc, 't'), as(convDesc, 'c'), as(dxDesc, 't');
    return workspace_of('x', (int)algo, sizeInBytes);
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnGetConvolutionBackwardFilterWorkspaceSize(cudnnHandle_t handle, const cudnnTensorDescriptor_t xDesc, const cudnnTensorDescriptor_t dyDesc,
    const cudnnConvolutionDescriptor_t convDesc, const cudnnFilterDescriptor_t gradDesc, cudnnConvolutionBwdFilterAlgo_t algo, size_t *sizeInBytes)
{
    ENTER("algo=%d", (int)algo);
    as(handle, 'h'), as(xDesc, 't'), as(dyDesc, 't'), as(convDesc, 'c'), as(gradDesc, 'f');
    return workspace_of('w', (int)algo, sizeInBytes);
}

// out = alpha * sums + beta * out, then a bias a channel and a ReLU.
static void finish(void *place, const double *sums, const descriptor *d, float alpha, float beta, const float *bias, int relu)
{
    long long elements = count(d);
    float *out = beta != 0 ? fetch(place, elements) : malloc((size_t)elements * sizeof(float));
    for (long long i = 0; i < elements; i++)
    {
        double value = alpha * sums[i] + (beta != 0 ? beta * out[i] : 0) + (bias ? bias[d->format == 1 ? i % d->size[1] : i / (d->size[2] * d->size[3]) % d->size[1]] : 0);
        out[i] = (float)(relu && value < 0 ? 0 : value);
    }
    store(place, out, elements);
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnConvolutionForward(cudnnHandle_t handle, const void *alpha, const cudnnTensorDescriptor_t xDesc, const void *x, const cudnnFilterDescriptor_t wDesc,
    const void *w, const cudnnConvolutionDescriptor_t convDesc, cudnnConvolutionFwdAlgo_t algo, void *workSpace, size_t workSpaceSizeInBytes, const void *beta,
    const cudnnTensorDescriptor_t yDesc, void *y)
{
    ENTER("alpha=%g algo=%d workspace=%zu beta=%g", *(const float *)alpha, (int)algo, workSpaceSizeInBytes, *(const float *)beta);
    ALGORITHM_RUNS('y', (int)algo, x, w, y);
    descriptor *dx = as(xDesc, 't'), *dw = as(wDesc, 'f'), *dy = as(yDesc, 't');
    as(handle, 'h');
    float *xs = fetch(x, count(dx)), *ws = fetch(w, count(dw));
    double *sums = calloc((size_t)count(dy), sizeof *sums);
    convolve(sums, 'y', xs, ws, 0, dx, dw, dy, as(convDesc, 'c'));
    finish(y, sums, dy, *(const float *)alpha, *(const float *)beta, 0, 0);
    free(xs), free(ws), free(sums);
    return SUCCESS;
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnConvolutionBiasActivationForward(cudnnHandle_t handle, const void *alpha1, const cudnnTensorDescriptor_t xDesc, const void *x,
    const cudnnFilterDescriptor_t wDesc, const void *w, const cudnnConvolutionDescriptor_t convDesc, cudnnConvolutionFwdAlgo_t algo, void *workSpace, size_t workSpaceSizeInBytes,
    const void *alpha2, const cudnnTensorDescriptor_t zDesc, const void *z, const cudnnTensorDescriptor_t biasDesc, const void *bias, const cudnnActivationDescriptor_t activationDesc,
    const cudnnTensorDescriptor_t yDesc, void *y)
{
    ENTER("alpha1=%g algo=%d workspace=%zu alpha2=%g", *(const float *)alpha1, (int)algo, workSpaceSizeInBytes, *(const float *)alpha2);
    ALGORITHM_RUNS('y', (int)algo, x, w, y);
    descriptor *dx = as(xDesc, 't'), *dw = as(wDesc, 'f'), *dy = as(yDesc, 't'), *dz = as(zDesc, 't'), *db = as(biasDesc, 't'), *activation = as(activationDesc, 'a');
    as(handle, 'h');
    if (!find_algorithm('y', (int)algo)->fused) return NOT_SUPPORTED;
    if (activation->activation == 5 && (int)algo != 1) return NOT_SUPPORTED;
    if ((activation->activation != 1 && activation->activation != 5) || activation->nan != 0) return NOT_SUPPORTED;
    EXPECT(z != 0 && memcmp(dz->size, dy->size, sizeof dz->size) == 0, "z is no tensor of y's sizes");
    EXPECT(*(const float *)alpha2 == 0, "z has a factor");
    EXPECT(db->size[0] == 1 && db->size[1] == dy->size[1] && db->size[2] == 1 && db->size[3] == 1, "the bias is not [1,K,1,1]");
    float *xs = fetch(x, count(dx)), *ws = fetch(w, count(dw)), *bs = fetch(bias, count(db));
    double *sums = calloc((size_t)count(dy), sizeof *sums);
    convolve(sums, 'y', xs, ws, 0, dx, dw, dy, as(convDesc, 'c'));
    finish(y, sums, dy, *(const float *)alpha1, 0, bs, activation->activation == 1);
    free(xs), free(ws), free(bs), free(sums);
    return SUCCESS;
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnConvolutionBackwardData(cudnnHandle_t handle, const void *alpha, const cudnnFilterDescriptor_t wDesc, const void *w, const cudnnTensorDescriptor_t dyDesc,
    const void *dy, const cudnnConvolutionDescriptor_t convDesc, cudnnConvolutionBwdDataAlgo_t algo, void *workSpace, size_t workSpaceSizeInBytes, const void *beta,
    const cudnnTensorDescriptor_t dxDesc, void *dx)
{
    ENTER("alpha=%g algo=%d workspace=%zu beta=%g", *(const float *)alpha, (int)algo, workSpaceSizeInBytes, *(const float *)beta);
    ALGORITHM_RUNS('x', (int)algo, w, dy, dx);
    descriptor *ddx = as(dxDesc, 't'), *dw = as(wDesc, 'f'), *ddy = as(dyDesc, 't');
    as(handle, 'h');
    float *ws = fetch(w, count(dw)), *ys = fetch(dy, count(ddy));
    double *sums = calloc((size_t)count(ddx), sizeof *sums);
    convolve(sums, 'x', 0, ws, ys, ddx, dw, ddy, as(convDesc, 'c'));
    finish(dx, sums, ddx, *(const float *)alpha, *(const float *)beta, 0, 0);
    free(ws), free(ys), free(sums);
    return SUCCESS;
}

EXPORT cudnnStatus_t CUDNNWINAPI cudnnConvolutionBackwardFilter(cudnnHandle_t handle, const void *alpha, const cudnnTensorDescriptor_t xDesc, const void *x, const cudnnTensorDescriptor_t dyDesc,
    const void *dy, const cudnnConvolutionDescriptor_t convDesc, cudnnConvolutionBwdFilterAlgo_t algo, void *workSpace, size_t workSpaceSizeInBytes, const void *beta,
    const cudnnFilterDescriptor_t dwDesc, void *dw)
{
    ENTER("alpha=%g algo=%d workspace=%zu beta=%g", *(const float *)alpha, (int)algo, workSpaceSizeInBytes, *(const float *)beta);
    ALGORITHM_RUNS('w', (int)algo, x, dy, dw);
    descriptor *dx = as(xDesc, 't'), *ddw = as(dwDesc, 'f'), *ddy = as(dyDesc, 't');
    as(handle, 'h');
    float *xs = fetch(x, count(dx)), *ys = fetch(dy, count(ddy));
    double *sums = calloc((size_t)count(ddw), sizeof *sums);
    convolve(sums, 'w', xs, 0, ys, dx, ddw, ddy, as(convDesc, 'c'));
    finish(dw, sums, ddw, *(const float *)alpha, *(const float *)beta, 0, 0);
    free(xs), free(ys), free(sums);
    return SUCCESS;
}
