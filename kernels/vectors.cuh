// A 16-byte store that stays one: from a float4 made of registers NVRTC 11.8 may make four stores of a word each. Loads may be moved across it, so
// the kernel must not read what it stores.
#pragma once

__device__ __forceinline__ void store4(float* p, float x, float y, float z, float w)
{
    asm volatile("{ .reg .u64 a; cvta.to.global.u64 a, %0; st.global.v4.f32 [a], {%1, %2, %3, %4}; }" :: "l"(p), "f"(x), "f"(y), "f"(z), "f"(w));
}
