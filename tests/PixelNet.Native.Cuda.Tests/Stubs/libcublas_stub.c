// libcublas without a GPU: products are computed by plain loops, column-major as cuBLAS has them, rounded to TF32 where the math mode says so.
//
// Settings (see stub.h): cublas_version. With -DWITH_CUBLAS_H the prototypes here are compared with NVIDIA's header by the compiler.
#include "stub_memory.h"

#ifdef WITH_CUBLAS_H
#include <cublas_v2.h>
#else
#define CUBLASWINAPI
typedef int cublasStatus_t, cublasMath_t, cublasOperation_t;
typedef struct cublasContext *cublasHandle_t;
typedef struct CUstream_st *cudaStream_t;
#endif

enum { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, ARCH_MISMATCH = 8, EXECUTION_FAILED = 13, NOT_SUPPORTED = 15 };

struct handle
{
    int live, math;
    void *workspace;
    size_t bytes;
};

static struct handle *as(cublasHandle_t handle)
{
    struct handle *known = (struct handle *)handle;
    if (!known || !known->live) { complain("the handle is not live"); abort(); }
    return known;
}

EXPORT cublasStatus_t CUBLASWINAPI cublasCreate_v2(cublasHandle_t *handle)
{
    ENTER(" ");
    struct handle *made = calloc(1, sizeof *made);
    made->live = 1;
    *handle = (cublasHandle_t)made;
    return SUCCESS;
}

EXPORT cublasStatus_t CUBLASWINAPI cublasDestroy_v2(cublasHandle_t handle)
{
    ENTER(" ");
    as(handle)->live = 0;
    return SUCCESS;
}

EXPORT cublasStatus_t CUBLASWINAPI cublasGetVersion_v2(cublasHandle_t handle, int *version)
{
    ENTER(" ");
    as(handle);
    *version = (int)setting("cublas_version", 120405);
    return SUCCESS;
}

EXPORT cublasStatus_t CUBLASWINAPI cublasSetStream_v2(cublasHandle_t handle, cudaStream_t streamId)
{
    ENTER(" ");
    as(handle);
    EXPECT(streamId != 0, "the default stream");
    return SUCCESS;
}

EXPORT cublasStatus_t CUBLASWINAPI cublasSetWorkspace_v2(cublasHandle_t handle, void *workspace, size_t workspaceSizeInBytes)
{
    ENTER("bytes=%zu", workspaceSizeInBytes);
    EXPECT(((uintptr_t)workspace & 255) == 0, "the workspace is not aligned to 256 bytes");
    as(handle)->workspace = workspace;
    as(handle)->bytes = workspaceSizeInBytes;
    return SUCCESS;
}

EXPORT cublasStatus_t CUBLASWINAPI cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode)
{
    ENTER("mode=%d", (int)mode);
    if ((int)mode != 0 && (int)mode != 3) return INVALID_VALUE;
    as(handle)->math = (int)mode;
    return SUCCESS;
}

EXPORT const char *CUBLASWINAPI cublasGetStatusString(cublasStatus_t status)
{
    enter(__func__, "status=%d", (int)status);
    switch ((int)status)
    {
        case SUCCESS: return "success";
        case NOT_INITIALIZED: return "the library was not initialized";
        case INVALID_VALUE: return "an unsupported value or parameter was passed to the function";
        case ARCH_MISMATCH: return "the function requires a feature absent from the device architecture";
        case EXECUTION_FAILED: return "the GPU program failed to execute";
        case NOT_SUPPORTED: return "the functionality requested is not supported";
        default: return "unknown cublasStatus_t value";
    }
}

EXPORT cublasStatus_t CUBLASWINAPI cublasSgemm_v2(cublasHandle_t handle, cublasOperation_t transa, cublasOperation_t transb, int m, int n, int k, const float *alpha,
    const float *A, int lda, const float *B, int ldb, const float *beta, float *C, int ldc)
{
    ENTER("transa=%d transb=%d m=%d n=%d k=%d alpha=%g lda=%d ldb=%d beta=%g ldc=%d", (int)transa, (int)transb, m, n, k, *alpha, lda, ldb, *beta, ldc);
    struct handle *known = as(handle);
    int rowsA = (int)transa ? k : m, columnsA = (int)transa ? m : k, rowsB = (int)transb ? n : k, columnsB = (int)transb ? k : n;
    if (lda < rowsA || ldb < rowsB || ldc < m || m < 0 || n < 0 || k < 0) return INVALID_VALUE;
    EXPECT(known->bytes == 0 || known->bytes >= 4u << 20, "a workspace that is too small to be of use");
    float *a = fetch(A, (long long)lda * columnsA), *b = fetch(B, (long long)ldb * columnsB);
    long long elements = (long long)ldc * n;
    float *c = *beta != 0 ? fetch(C, elements) : malloc((size_t)(elements + 1) * sizeof(float));
    for (int j = 0; j < n; j++)
        for (int i = 0; i < m; i++)
        {
            double sum = 0;
            for (int l = 0; l < k; l++)
            {
                float x = (int)transa ? a[l + (long long)i * lda] : a[i + (long long)l * lda], y = (int)transb ? b[j + (long long)l * ldb] : b[l + (long long)j * ldb];
                if (known->math == 3) x = tf32(x), y = tf32(y);
                sum += (double)x * y;
            }
            float *to = &c[i + (long long)j * ldc];
            *to = (float)(*alpha * sum + (*beta != 0 ? *beta * *to : 0));
        }
    free(a), free(b);
    store(C, c, elements);
    return SUCCESS;
}
