// What CUDA C++ declares for kernels, for clang without CUDA's headers and without libdevice. Included before the source.
#pragma once
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __host__ __attribute__((host))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __noinline__ __attribute__((noinline))
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(n) __attribute__((aligned(n)))
#define CUDA_FN static __device__ __forceinline__

typedef __SIZE_TYPE__ size_t;
struct uint3 { unsigned x, y, z; };
struct dim3 { unsigned x, y, z; __device__ dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {} };

#define CUDA_INDEX(name, sreg) \
    struct name##_t { \
        __declspec(property(get = get_x)) unsigned x; __declspec(property(get = get_y)) unsigned y; __declspec(property(get = get_z)) unsigned z; \
        CUDA_FN_MEMBER unsigned get_x() { return __nvvm_read_ptx_sreg_##sreg##_x(); } \
        CUDA_FN_MEMBER unsigned get_y() { return __nvvm_read_ptx_sreg_##sreg##_y(); } \
        CUDA_FN_MEMBER unsigned get_z() { return __nvvm_read_ptx_sreg_##sreg##_z(); } \
    }; \
    extern const __device__ __attribute__((weak)) name##_t name;
#define CUDA_FN_MEMBER static __device__ __forceinline__
CUDA_INDEX(threadIdx, tid)
CUDA_INDEX(blockIdx, ctaid)
CUDA_INDEX(blockDim, ntid)
CUDA_INDEX(gridDim, nctaid)
static const __device__ int warpSize = 32;

#define CUDA_VECTOR(T, N, two, four) \
    struct __align__(two) N##2 { T x, y; }; struct N##3 { T x, y, z; }; struct __align__(four) N##4 { T x, y, z, w; }; \
    CUDA_FN N##2 make_##N##2(T x, T y) { N##2 v; v.x = x; v.y = y; return v; } \
    CUDA_FN N##3 make_##N##3(T x, T y, T z) { N##3 v; v.x = x; v.y = y; v.z = z; return v; } \
    CUDA_FN N##4 make_##N##4(T x, T y, T z, T w) { N##4 v; v.x = x; v.y = y; v.z = z; v.w = w; return v; }
CUDA_VECTOR(float, float, 8, 16)
CUDA_VECTOR(int, int, 8, 16)
CUDA_VECTOR(double, double, 16, 16)
CUDA_VECTOR(short, short, 4, 8)
CUDA_VECTOR(unsigned short, ushort, 4, 8)
CUDA_VECTOR(char, char, 2, 4)
CUDA_VECTOR(unsigned char, uchar, 2, 4)
struct __align__(8) uint2 { unsigned x, y; };
struct __align__(16) uint4 { unsigned x, y, z, w; };
CUDA_FN uint2 make_uint2(unsigned x, unsigned y) { uint2 v; v.x = x; v.y = y; return v; }
CUDA_FN uint3 make_uint3(unsigned x, unsigned y, unsigned z) { uint3 v; v.x = x; v.y = y; v.z = z; return v; }
CUDA_FN uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { uint4 v; v.x = x; v.y = y; v.z = z; v.w = w; return v; }

// Barriers, fences, clocks. Clang's own __syncthreads does not keep it from moving loads of shared variables across (LLVM 14).
#define __syncthreads() asm volatile("bar.sync 0;" ::: "memory")
CUDA_FN void __syncwarp(unsigned mask = 0xffffffff) { asm volatile("bar.warp.sync %0;" :: "r"(mask) : "memory"); }
CUDA_FN size_t __cvta_generic_to_shared(const void* p) { size_t to; asm("cvta.to.shared.u64 %0, %1;" : "=l"(to) : "l"(p)); return to; }
CUDA_FN size_t __cvta_generic_to_global(const void* p) { size_t to; asm("cvta.to.global.u64 %0, %1;" : "=l"(to) : "l"(p)); return to; }
CUDA_FN int __syncthreads_count(int p) { return __nvvm_bar0_popc(p); }
CUDA_FN int __syncthreads_and(int p) { return __nvvm_bar0_and(p); }
CUDA_FN int __syncthreads_or(int p) { return __nvvm_bar0_or(p); }
CUDA_FN void __threadfence_block() { __nvvm_membar_cta(); }
CUDA_FN void __threadfence() { __nvvm_membar_gl(); }
CUDA_FN void __threadfence_system() { __nvvm_membar_sys(); }
CUDA_FN long long clock64() { long long t; asm volatile("mov.u64 %0, %%clock64;" : "=l"(t)); return t; }
CUDA_FN void __trap() { asm volatile("trap;"); }

// Bits of floats.
CUDA_FN int __float_as_int(float a) { return __builtin_bit_cast(int, a); }
CUDA_FN unsigned __float_as_uint(float a) { return __builtin_bit_cast(unsigned, a); }
CUDA_FN float __int_as_float(int a) { return __builtin_bit_cast(float, a); }
CUDA_FN float __uint_as_float(unsigned a) { return __builtin_bit_cast(float, a); }
CUDA_FN long long __double_as_longlong(double a) { return __builtin_bit_cast(long long, a); }
CUDA_FN double __longlong_as_double(long long a) { return __builtin_bit_cast(double, a); }

// Warps. 64-bit values go as two halves.
CUDA_FN unsigned __activemask() { unsigned m; asm volatile("activemask.b32 %0;" : "=r"(m)); return m; }
CUDA_FN unsigned __ballot_sync(unsigned mask, int p) { return __nvvm_vote_ballot_sync(mask, p); }
CUDA_FN int __any_sync(unsigned mask, int p) { return __nvvm_vote_any_sync(mask, p); }
CUDA_FN int __all_sync(unsigned mask, int p) { return __nvvm_vote_all_sync(mask, p); }
#define CUDA_SHUFFLE(name, mode, lane, clamp) \
    CUDA_FN int name(unsigned mask, int v, lane b, int width = 32) { return __nvvm_shfl_sync_##mode##_i32(mask, v, b, ((32 - width) << 8) | clamp); } \
    CUDA_FN unsigned name(unsigned mask, unsigned v, lane b, int width = 32) { return (unsigned)name(mask, (int)v, b, width); } \
    CUDA_FN float name(unsigned mask, float v, lane b, int width = 32) { return __int_as_float(name(mask, __float_as_int(v), b, width)); } \
    CUDA_FN long long name(unsigned mask, long long v, lane b, int width = 32) { \
        unsigned low = name(mask, (unsigned)v, b, width), high = name(mask, (unsigned)(v >> 32), b, width); return ((long long)high << 32) | low; } \
    CUDA_FN unsigned long long name(unsigned mask, unsigned long long v, lane b, int width = 32) { return (unsigned long long)name(mask, (long long)v, b, width); } \
    CUDA_FN double name(unsigned mask, double v, lane b, int width = 32) { return __longlong_as_double(name(mask, __double_as_longlong(v), b, width)); }
CUDA_SHUFFLE(__shfl_sync, idx, int, 0x1f)
CUDA_SHUFFLE(__shfl_up_sync, up, unsigned, 0)
CUDA_SHUFFLE(__shfl_down_sync, down, unsigned, 0x1f)
CUDA_SHUFFLE(__shfl_xor_sync, bfly, int, 0x1f)
CUDA_FN unsigned __match_any_sync(unsigned mask, unsigned v) { return __nvvm_match_any_sync_i32(mask, v); }

// Atomics.
CUDA_FN float atomicAdd(float* p, float v) { return __nvvm_atom_add_gen_f(p, v); }
CUDA_FN double atomicAdd(double* p, double v) { return __nvvm_atom_add_gen_d(p, v); }
// One 32- or 64-bit builtin serves signed and unsigned alike.
#define CUDA_ATOMICS(T, S, B) \
    CUDA_FN T atomicAdd(T* p, T v) { return (T)__nvvm_atom_add_gen_##S((B*)p, (B)v); } \
    CUDA_FN T atomicExch(T* p, T v) { return (T)__nvvm_atom_xchg_gen_##S((B*)p, (B)v); } \
    CUDA_FN T atomicCAS(T* p, T c, T v) { return (T)__nvvm_atom_cas_gen_##S((B*)p, (B)c, (B)v); } \
    CUDA_FN T atomicAnd(T* p, T v) { return (T)__nvvm_atom_and_gen_##S((B*)p, (B)v); } \
    CUDA_FN T atomicOr(T* p, T v) { return (T)__nvvm_atom_or_gen_##S((B*)p, (B)v); } \
    CUDA_FN T atomicXor(T* p, T v) { return (T)__nvvm_atom_xor_gen_##S((B*)p, (B)v); }
CUDA_ATOMICS(int, i, int)
CUDA_ATOMICS(unsigned, i, int)
CUDA_ATOMICS(unsigned long long, ll, long long)
CUDA_FN float atomicExch(float* p, float v) { return __int_as_float(atomicExch((int*)p, __float_as_int(v))); }
CUDA_FN int atomicSub(int* p, int v) { return atomicAdd(p, -v); }
CUDA_FN unsigned atomicSub(unsigned* p, unsigned v) { return atomicAdd(p, 0u - v); }
CUDA_FN int atomicMax(int* p, int v) { return __nvvm_atom_max_gen_i(p, v); }
CUDA_FN int atomicMin(int* p, int v) { return __nvvm_atom_min_gen_i(p, v); }
CUDA_FN unsigned atomicMax(unsigned* p, unsigned v) { return __nvvm_atom_max_gen_ui(p, v); }
CUDA_FN unsigned atomicMin(unsigned* p, unsigned v) { return __nvvm_atom_min_gen_ui(p, v); }
CUDA_FN unsigned atomicInc(unsigned* p, unsigned v) { return __nvvm_atom_inc_gen_ui(p, v); }
CUDA_FN unsigned atomicDec(unsigned* p, unsigned v) { return __nvvm_atom_dec_gen_ui(p, v); }

// Read-only loads.
template <typename T> CUDA_FN T __ldg(const T* p) { return *p; }

// Integers.
template <typename T> CUDA_FN T min(T a, T b) { return b < a ? b : a; }
template <typename T> CUDA_FN T max(T a, T b) { return a < b ? b : a; }
CUDA_FN unsigned min(unsigned a, int b) { return min(a, (unsigned)b); }
CUDA_FN unsigned min(int a, unsigned b) { return min((unsigned)a, b); }
CUDA_FN unsigned max(unsigned a, int b) { return max(a, (unsigned)b); }
CUDA_FN unsigned max(int a, unsigned b) { return max((unsigned)a, b); }
CUDA_FN int abs(int a) { return a < 0 ? -a : a; }
CUDA_FN int __popc(unsigned a) { return __builtin_popcount(a); }
CUDA_FN int __popcll(unsigned long long a) { return __builtin_popcountll(a); }
CUDA_FN int __clz(int a) { return a == 0 ? 32 : __builtin_clz(a); }
CUDA_FN int __clzll(long long a) { return a == 0 ? 64 : __builtin_clzll(a); }
CUDA_FN int __ffs(int a) { return __builtin_ffs(a); }
CUDA_FN int __ffsll(long long a) { return __builtin_ffsll(a); }
CUDA_FN unsigned __brev(unsigned a) { return __builtin_bitreverse32(a); }
CUDA_FN unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a * b) >> 32); }
CUDA_FN int __mulhi(int a, int b) { return (int)(((long long)a * b) >> 32); }
CUDA_FN unsigned long long __umul64hi(unsigned long long a, unsigned long long b) { return __nvvm_mulhi_ull(a, b); }
CUDA_FN int __mul24(int a, int b) { return __nvvm_mul24_i(a, b); }
CUDA_FN unsigned __byte_perm(unsigned a, unsigned b, unsigned s) { return __nvvm_prmt(a, b, s); }
CUDA_FN unsigned __funnelshift_l(unsigned low, unsigned high, unsigned n) { n &= 31; return n == 0 ? high : (high << n) | (low >> (32 - n)); }
CUDA_FN unsigned __funnelshift_r(unsigned low, unsigned high, unsigned n) { n &= 31; return n == 0 ? low : (low >> n) | (high << (32 - n)); }

// Singles.
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
CUDA_FN float fabsf(float a) { return __builtin_fabsf(a); }
CUDA_FN float fmaxf(float a, float b) { return __nvvm_fmax_f(a, b); }
CUDA_FN float fminf(float a, float b) { return __nvvm_fmin_f(a, b); }
CUDA_FN float fmaf(float a, float b, float c) { return __nvvm_fma_rn_f(a, b, c); }
CUDA_FN float floorf(float a) { return __nvvm_floor_f(a); }
CUDA_FN float ceilf(float a) { return __nvvm_ceil_f(a); }
CUDA_FN float truncf(float a) { return __nvvm_trunc_f(a); }
CUDA_FN float rintf(float a) { float r; asm("cvt.rni.f32.f32 %0, %1;" : "=f"(r) : "f"(a)); return r; }
CUDA_FN float copysignf(float a, float s) { return __uint_as_float((__float_as_uint(a) & 0x7fffffffu) | (__float_as_uint(s) & 0x80000000u)); }
CUDA_FN float roundf(float a) { return copysignf(truncf(fabsf(a) + 0.5f), a); }
CUDA_FN float sqrtf(float a) { return __nvvm_sqrt_rn_f(a); }
CUDA_FN float rsqrtf(float a) { return __nvvm_rsqrt_approx_f(a); }
CUDA_FN float __fdividef(float a, float b) { return __nvvm_div_approx_f(a, b); }
CUDA_FN float __frcp_rn(float a) { return __nvvm_rcp_rn_f(a); }
CUDA_FN float __fmul_rn(float a, float b) { return __nvvm_mul_rn_f(a, b); }
CUDA_FN float __fadd_rn(float a, float b) { return __nvvm_add_rn_f(a, b); }
CUDA_FN float __sinf(float a) { return __nvvm_sin_approx_f(a); }
CUDA_FN float __cosf(float a) { return __nvvm_cos_approx_f(a); }
CUDA_FN float exp2f(float a) { return __nvvm_ex2_approx_f(a); }
CUDA_FN float log2f(float a) { return __nvvm_lg2_approx_f(a); }
CUDA_FN float __expf(float a) { return exp2f(a * 1.4426950408889634f); }
CUDA_FN float __logf(float a) { return log2f(a) * 0.6931471805599453f; }
// exp(a) = 2^n 2^f with the fraction of a log2(e) taken in two parts, so that large arguments keep their digits.
CUDA_FN float expf(float a) {
    float n = rintf(a * 1.4426950408889634f);
    n = fmaxf(fminf(n, 256.0f), -256.0f);
    float f = fmaf(n, -0.693145751953125f, a);
    f = fmaf(n, -1.428606765330187e-06f, f);
    float r = exp2f(f * 1.4426950408889634f), half = truncf(n * 0.5f);
    return a != a ? a : r * exp2f(half) * exp2f(n - half);
}
CUDA_FN float logf(float a) { return log2f(a) * 0.6931471805599453f; }
CUDA_FN float powf(float a, float b) { return exp2f(b * log2f(a)); }
CUDA_FN float tanhf(float a) { float e = expf(-2.0f * fabsf(a)); return copysignf((1.0f - e) / (1.0f + e), a); }
CUDA_FN int __float2int_rn(float a) { return __nvvm_f2i_rn(a); }
CUDA_FN int __float2int_rz(float a) { return __nvvm_f2i_rz(a); }
CUDA_FN bool isnan(float a) { return a != a; }
CUDA_FN bool isinf(float a) { return fabsf(a) == INFINITY; }
CUDA_FN float sqrt(float a) { return sqrtf(a); }
CUDA_FN float exp(float a) { return expf(a); }
CUDA_FN float log(float a) { return logf(a); }
CUDA_FN float floor(float a) { return floorf(a); }
CUDA_FN float fabs(float a) { return fabsf(a); }
CUDA_FN float max(float a, float b) { return fmaxf(a, b); }
CUDA_FN float min(float a, float b) { return fminf(a, b); }

// Doubles.
CUDA_FN double fabs(double a) { return __builtin_fabs(a); }
CUDA_FN double fma(double a, double b, double c) { return __nvvm_fma_rn_d(a, b, c); }
CUDA_FN double sqrt(double a) { return __nvvm_sqrt_rn_d(a); }
CUDA_FN double floor(double a) { return __nvvm_floor_d(a); }
CUDA_FN double ceil(double a) { return __nvvm_ceil_d(a); }
CUDA_FN double fmax(double a, double b) { return __nvvm_fmax_d(a, b); }
CUDA_FN double fmin(double a, double b) { return __nvvm_fmin_d(a, b); }
CUDA_FN double max(double a, double b) { return fmax(a, b); }
CUDA_FN double min(double a, double b) { return fmin(a, b); }
