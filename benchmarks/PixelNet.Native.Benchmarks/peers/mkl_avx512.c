/* Makes MKL, which libtorch brings, take its AVX-512 code on processors that are not Intel's too: preloaded for the peer "libtorch tuned". */
int mkl_serv_intel_cpu_true(void) { return 1; }
int mkl_serv_intel_cpu(void) { return 1; }
