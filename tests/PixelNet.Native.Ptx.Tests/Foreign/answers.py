"""
Known answers of the kernels beside this file, worked out in plain Python: python3 answers.py writes answers.json, which holds for each launch its arguments and what must come out.
The PTX was compiled by NVRTC 11.8 (nvrtc/; fast/ with --use_fast_math; debug/ with -G) and clang 14 with cuda_for_clang.h (clang/ -O3, clang0/ -O0), all for compute_80, without line information.
"""
import json, math, os, random, struct, zlib

R = random.Random(7)
CASES = []
def f32(v): return struct.unpack('<f', struct.pack('<f', v))[0]
def half(v): return struct.unpack('<H', struct.pack('<e', v))[0]
def unhalf(b): return struct.unpack('<e', struct.pack('<H', b))[0]
def bf16(v):
    b = struct.unpack('<I', struct.pack('<f', v))[0]
    return ((b + 0x7fff + ((b >> 16) & 1)) >> 16) & 0xffff
def unbf16(b): return struct.unpack('<f', struct.pack('<I', b << 16))[0]
def u32(v): return v & 0xffffffff
def s32(v): return (v & 0xffffffff) - ((v & 0x80000000) << 1)
def u64(v): return v & 0xffffffffffffffff
def s64(v): return (v & (2**64-1)) - ((v >> 63 & 1) << 64)
def cdiv(a, b): q = abs(a) // abs(b); return q if (a < 0) == (b < 0) else -q
def crem(a, b): return a - b * cdiv(a, b)
def floats(n, low=-2, high=2): return [R.randrange(int(low * 256), int(high * 256)) / 256 for _ in range(n)]
def ints(n, low, high): return [R.randrange(low, high) for _ in range(n)]
def In(t, d): return {'in': t, 'data': d}
def short(t, d): return [float('%.9g' % v) for v in d] if t == 'f32' else d
def Out(t, expected, tol=0.0): return {'out': t, 'count': len(expected), 'expected': short(t, expected), 'tolerance': tol}
def InOut(t, d, expected, tol=0.0): return {'inout': t, 'data': d, 'expected': short(t, expected), 'tolerance': tol}
def Val(t, v): return {'val': t, 'value': v}
def case(source, entry, grid, block, args, shared=0, **more):
    CASES.append(dict(source=source, entry=entry, grid=grid if isinstance(grid, list) else [grid], block=block if isinstance(block, list) else [block], shared=shared, args=args, **more))

# gather
w, rows = 3, 50
table = floats(20 * w * 4); index = ints(rows, 0, 20)
case('gather', 'gather_rows', 2, 64, [Out('f32', [table[index[r] * w * 4 + c] for r in range(rows) for c in range(w * 4)]), In('f32', table), In('s32', index), Val('s32', rows), Val('s32', w)])
h, w, n = 9, 13, 70
image = floats(h * w); at = []
for i in range(n): at += [R.randrange(-64, 16 * 64) / 64, R.randrange(-64, 11 * 64) / 64]
def bilinear(x, y):
    x = min(max(x, 0), w - 1); y = min(max(y, 0), h - 1); x0 = int(x); y0 = int(y); x1 = min(x0 + 1, w - 1); y1 = min(y0 + 1, h - 1); a = x - x0; b = y - y0
    return (image[y0*w+x0]*(1-a)+image[y0*w+x1]*a)*(1-b)+(image[y1*w+x0]*(1-a)+image[y1*w+x1]*a)*b
case('gather', 'bilinear_sample', 3, 32, [Out('f32', [bilinear(at[2*i], at[2*i+1]) for i in range(n)], 1e-6), In('f32', image), In('f32', at), Val('s32', n), Val('s32', h), Val('s32', w)])
index = ints(100, 0, 10); values = floats(100); sums = [0.0] * 10
for i, v in zip(index, values): sums[i] += v
case('gather', 'scatter_add', 4, 32, [InOut('f32', [0.0] * 10, sums, 1e-6), In('f32', values), In('s32', index), Val('s32', 100)])
r, c = 45, 37; m = floats(r * c)
case('gather', 'transpose', [2, 2], [32, 8], [Out('f32', [m[i * c + j] for j in range(c) for i in range(r)]), In('f32', m), Val('s32', r), Val('s32', c)])
image = ints(20 * 16, 0, 256); win = struct.pack('<iiiifhbx', 3, 2, 11, 7, 0.5, -9, 1)
case('gather', 'crop', 8, 32, [Out('f32', [image[(y + 2) * 20 + x + 3] * 0.5 - 9 + 1000 for y in range(7) for x in range(11)]), In('u8', image), {'bytes': win.hex()}, Val('s32', 20)])

# gemm
m, n, k = 37, 29, 45
a, b = floats(m * k), floats(k * n); c = [math.fsum(a[i*k+l]*b[l*n+j] for l in range(k)) for i in range(m) for j in range(n)]
case('gemm', 'gemm_tiled', [2, 3], [16, 16], [Out('f32', c, 2e-5), In('f32', a), In('f32', b), Val('s32', m), Val('s32', n), Val('s32', k)])
case('gemm', 'gemm_double', [4, 10], [8, 4], [Out('f64', c, 1e-13), In('f64', a), In('f64', b), Val('s32', m), Val('s32', n), Val('s32', k)])
case('gemm', 'gemm_register', [1, 1], 256, [Out('f32', c, 2e-5), In('f32', a), In('f32', b), Val('s32', m), Val('s32', n), Val('s32', k)])
x = floats(k)
case('gemm', 'gemv', 10, 128, [Out('f32', [math.fsum(a[i*k+l]*x[l] for l in range(k)) for i in range(m)], 1e-5), In('f32', a), In('f32', x), Val('s32', m), Val('s32', k)])

# mma: few digits, so that TF32, bf16 and half hold all products and sums exactly
k = 24
a = [v / 16 for v in ints(16 * k, -32, 33)]; b = [v / 16 for v in ints(8 * k, -32, 33)]; c = [float(v) for v in ints(128, -5, 6)]
case('mma', 'mma_tf32', 1, 32, [Out('f32', [c[i*8+j] + sum(a[i*k+l]*b[j*k+l] for l in range(k)) for i in range(16) for j in range(8)]), In('f32', a), In('f32', b), In('f32', c), Val('s32', k)])
k = 48
a = [v / 8 for v in ints(16 * k, -32, 33)]; b = [v / 8 for v in ints(k * 16, -32, 33)]
case('mma', 'mma_bf16', 1, 32, [Out('f32', [sum(a[i*k+l]*b[l*16+j] for l in range(k)) for i in range(16) for j in range(16)]), In('u16', [bf16(v) for v in a]), In('u16', [bf16(v) for v in b]), Val('s32', k)])
a = [float(v) for v in ints(256, -3, 4)]; b = [float(v) for v in ints(128, -3, 4)]
case('mma', 'mma_f16', 1, 32, [Out('u16', [half(sum(a[i*16+l]*b[j*16+l] for l in range(16))) for i in range(16) for j in range(8)]), In('u16', [half(v) for v in a]), In('u16', [half(v) for v in b])])
a = ints(16 * 32, -128, 128); b = ints(8 * 32, -128, 128)
case('mma', 'mma_s8', 1, 32, [Out('s32', [[1, 2, 3, 4][(j & 1) + (2 if i >= 8 else 0)] + sum(a[i*32+l]*b[j*32+l] for l in range(32)) for i in range(16) for j in range(8)]), In('s8', a), In('s8', b)])
a = floats(32); b = floats(32)
case('mma', 'mma_f64', 1, 32, [Out('f64', [sum(a[i*4+l]*b[j*4+l] for l in range(4)) for i in range(8) for j in range(8)], 1e-15), In('f64', a), In('f64', b)])

# rows
rows, cols = 7, 75
x = floats(rows * cols, -6, 6)
def row(i): return x[i*cols:(i+1)*cols]
def softmax(v): top = max(v); e = [math.exp(t - top) for t in v]; s = math.fsum(e); return [t / s for t in e]
case('rows', 'softmax', 2, [32, 4], [Out('f32', [v for i in range(rows) for v in softmax(row(i))], 3e-6), In('f32', x), Val('s32', rows), Val('s32', cols)])
gain, bias = floats(cols), floats(cols)
def norm(v): mean = math.fsum(v)/cols; var = math.fsum((t-mean)**2 for t in v)/cols; return [(t-mean)/math.sqrt(var+1e-5)*g+b for t, g, b in zip(v, gain, bias)]
case('rows', 'layer_norm', rows, 96, [Out('f32', [v for i in range(rows) for v in norm(row(i))], 5e-6), In('f32', x), In('f32', gain), In('f32', bias), Val('s32', cols), Val('f32', 1e-5)])
case('rows', 'log_sum_exp', rows, 32, [Out('f32', [max(row(i)) + math.log(math.fsum(math.exp(t - max(row(i))) for t in row(i))) for i in range(rows)], 3e-6), In('f32', x), Val('s32', cols)])
case('rows', 'argmax', rows, 32, [Out('s32', [row(i).index(max(row(i))) for i in range(rows)]), In('f32', x), Val('s32', cols)])

# scan
def scan(v):
    s, r = 0, []
    for t in v: s += t; r.append(s)
    return r
x = ints(120, -50, 50)
case('scan', 'scan_hillis', 1, 128, [Out('s32', scan(x)), In('s32', x), Val('s32', 120)], shared=1024)
x = [float(v) for v in ints(128, -50, 50)]
case('scan', 'scan_blelloch', 1, 64, [Out('f32', [0.0] + scan(x)[:-1]), In('f32', x), Val('s32', 128)], shared=512)
x = ints(150, -50, 50)
case('scan', 'scan_warps', 1, 160, [Out('s32', scan(x)), In('s32', x), Val('s32', 150)])
x = ints(1000, -50, 50); s = scan(x); s1 = s + [s[-1]] * 24
case('scan', 'scan_chained', 8, 128, [Out('s32', s), In('s32', x), Val('s32', 1000), InOut('s32', [0]*8, [s1[128*(i+1)-1] for i in range(8)]), InOut('s32', [0]*8, [1]*8), InOut('s32', [0], [8])])

# sort
x = ints(256, -1000, 1000)
case('sort', 'bitonic', 1, 96, [InOut('s32', x, sorted(x)), Val('s32', 256)], shared=1024)
x = ints(32, 0, 256)
case('sort', 'radix_warp', 1, 32, [InOut('u32', x, sorted(x))])
x = floats(61)
case('sort', 'odd_even', 1, 64, [InOut('f32', x, sorted(x)), Val('s32', 61)])
a, b = sorted(ints(70, 0, 100)), sorted(ints(50, 0, 100))
case('sort', 'merge_ranks', 4, 32, [Out('s32', sorted(a + b)), In('s32', a), In('s32', b), Val('s32', 70), Val('s32', 50)])

# atomics
x = ints(3000, 0, 256)
case('atomics', 'histogram', 4, 128, [InOut('u32', [0]*256, [x.count(i) for i in range(256)]), In('u8', x), Val('s32', 3000)])
x = floats(200, -9, 9)
case('atomics', 'max_by_cas', 1, 64, [Out('f32', [max(x)]), In('f32', x), Val('s32', 200)])
x = ints(100, 0, 7)
case('atomics', 'aggregated', 2, 64, [InOut('u32', [0]*7, [x.count(i) for i in range(7)]), In('s32', x), Val('s32', 100)])
T = 64; xor = 0
for t in range(T): xor ^= t
inc, dec = 0, 0
for t in range(T): inc = 0 if inc >= 9 else inc + 1; dec = 6 if dec == 0 or dec > 6 else dec - 1
case('atomics', 'all_kinds', 1, T, [InOut('s32', [0, 0, 0, -1, 0, 0, 0], [sum(range(T)), -7, 3*(T-1), 0, -1, xor, -sum(range(T))]), InOut('u32', [100, 0, 0, 0, 0], [5, T-1, inc, dec, 77]),
    InOut('u64', [0], [sum(range(T)) << 33]), InOut('f32', [0.0], [0.5*sum(range(T))]), InOut('f64', [0.0], [0.25*sum(range(T))])])
x = floats(777)
parts = [0.0]*5
for i, v in enumerate(x): parts[(i // 64) % 5] += v
case('atomics', 'last_block', 5, 64, [Out('f64', [math.fsum(x)], 1e-12), InOut('f64', [0.0]*5, parts, 1e-12), In('f32', x), Val('s32', 777), InOut('u32', [0], [5])])
case('atomics', 'spin_lock', 3, 64, [InOut('s32', [0], [0]), InOut('s32', [0], [6])])

# calls
n = 40; x = floats(n)
def horner(c, v):
    r = 0
    for t in reversed(c): r = r * v + t
    return r
def call(i):
    c = [1, 2, 3, 4, 0.5]; c[i % 5] += 1
    return int(x[i]) + i + (horner(c, x[i]) if i % 3 == 0 else x[i] * i)
case('calls', 'calls', 2, 32, [Out('f32', [call(i) for i in range(n)], 2e-6), In('f32', x), Val('s32', n)])
case('calls', 'median', 2, 32, [Out('f32', [sorted(x[min(max(i + k - 4, 0), n - 1)] for k in range(9))[4] for i in range(n)]), In('f32', x), Val('s32', n)])
def machine(t):
    acc, stack = t, []
    for pc, op in enumerate(code):
        op += t % 3 if pc == 3 else 0
        if op == 0: acc += 3
        elif op == 1: acc *= 5
        elif op == 2: acc ^= 0x55
        elif op == 3: stack.append(acc)
        elif op == 4: acc -= stack.pop() if stack else 0
        elif op == 5: acc = s32((acc << 2) | (s32(acc) >> 30))
        elif op == 6: acc = -acc
        elif op == 7: acc = cdiv(acc, 3)
        elif op == 8: acc = crem(acc, 1000)
        else: acc += 1
        acc = s32(acc)
    return acc
# a balanced program for every start: pc 3 may be 2, 3 or 4
code = [0, 3, 3, 2, 5, 3, 7, 8, 4, 6, 9, 4, 1, 0]
case('calls', 'machine', 1, 64, [Out('s32', [machine(t) for t in range(64)]), In('s32', code), Val('s32', len(code))])
def collatz(v):
    k = 0
    while v != 1:
        v = 3 * v + 1 if v & 1 else v // 2
        k += 1
        if k > 500: break
    return k
case('calls', 'collatz', 3, 32, [Out('s32', [collatz(i + 1) for i in range(80)]), Val('s32', 80)])
case('pointers', 'pointers', 1, 32, [Out('f32', [[x[i]**2, 2*x[i], -x[i]][i % 3] for i in range(32)]), In('f32', x[:32]), Val('s32', 32)])
fibs = [0, 1]
for i in range(20): fibs.append(fibs[-1] + fibs[-2])
case('pointers', 'recursion', 1, 64, [Out('s32', [fibs[t % 10] for t in range(64)])])

# bits
n = 50; x = [R.getrandbits(32) for _ in range(n)]; x[3] = 0; x[4] = 0xffffffff
y = []
for i in range(n):
    v, q = x[i], x[(i + 1) % n]; both = [(v >> 8*j) & 255 for j in range(4)] + [(q >> 8*j) & 255 for j in range(4)]
    sel = [0x7, 0x1, 0x6, 0x3]
    morton = sum(((v >> b) & 1) << (2 * b) for b in range(16))
    s = i & 31
    y += [bin(v).count('1'), 32 - v.bit_length(), (v & -v).bit_length(), int(f'{v:032b}'[::-1], 2), sum(both[p] << 8*j for j, p in enumerate(sel)),
          u32((q << s) | (v >> (32 - s))) if s else q, (v >> 5) & 0x7f, (v * q) >> 32, morton, zlib.crc32(struct.pack('<I', v)), v // (q % 1000 + 1) + v % 7, u32((s32(v) >> 3) ^ u32(v << 7 | v >> 25))]
case('bits', 'bits', 2, 32, [Out('u32', [u32(v) for v in y]), In('u32', x), Val('s32', n)])
n = 30; x = [R.getrandbits(64) for _ in range(n)]; x[2] = 1; x[3] = 2**63
y = []
for i in range(n):
    v, q = x[i], x[(i + 1) % n]; s = s64(v)
    y += [v // (q | 1), v % (q | 1), u64(cdiv(s, (q >> 40) + 1)), u64(crem(s, (q >> 33) + 1)), (v * q) >> 64,
          bin(v).count('1') + 100 * (64 - v.bit_length()) + 10000 * (v & -v).bit_length(), u64(v << (i & 63)) | v >> 7, u64((s >> 9) + v * q)]
case('bits', 'wide', 1, 32, [Out('u64', y), In('u64', x), Val('s32', n)])
a = [R.getrandbits(32) for _ in range(128)]; b = [R.getrandbits(32) for _ in range(128)]
y = []
for t in range(32):
    s = sum(a[4*t+i] << 32*i for i in range(4)) + sum(b[4*t+i] << 32*i for i in range(4)); y += [(s >> 32*i) & 0xffffffff for i in range(4)]
case('bits', 'carries', 1, 32, [Out('u32', y), In('u32', a), In('u32', b)])
x = ints(32, -40000, 40000); S, U, H, Q = [], [], [], []
for v in x:
    S.append(((v + 128) & 255) - 128); U.append((v * 3) & 255); t = (((v - 7) + 32768) & 65535) - 32768; H.append(cdiv(t, 3)); b = (v + U[-1]) & 65535; Q.append((s32(b * b) >> 3) & 65535)
case('bits', 'narrow', 1, 32, [Out('s8', S), Out('u8', U), Out('s16', H), Out('u16', Q), In('s32', x), Val('s32', 32)])
a = [s32(R.getrandbits(32)) for _ in range(32)]; b = [s32(R.getrandbits(32)) for _ in range(32)]
def sb(v, i): t = (v >> 8*i) & 255; return t - 256 if t > 127 else t
def sh(v, i): t = (v >> 16*i) & 65535; return t - 65536 if t > 32767 else t
y = []
for p, q in zip(a, b): y += [5 + sum(sb(p, i) * sb(q, i) for i in range(4)), 7 + sum(sh(p, i) * ((q >> 8*i) & 255) for i in range(2))]
case('bits', 'dots', 1, 32, [Out('s32', y), In('s32', a), In('s32', b)])
a, b, c = ([R.getrandbits(32) for _ in range(32)] for _ in range(3))
y = []
for p, q, r in zip(a, b, c):
    s = r & 31
    y += [p ^ q ^ r, (p & q) | (q & r) | (p & r), (p >> 7) & 0x7ff, (q & ~(0x1ff << 5)) | ((p & 0x1ff) << 5), u32(((q << 32) | p) >> s)]
case('bits', 'logic', 1, 32, [Out('u32', y), In('u32', a), In('u32', b), In('u32', c)])

# half
n = 40; x = [v / 8 for v in ints(2 * n, -16, 17)]; y = [v / 8 for v in ints(2 * n, -16, 17)]; a = [0.5, -1.5]
case('half', 'half2_axpy', 2, 32, [InOut('u16', [half(v) for v in y], [half(a[i & 1] * x[i] + y[i]) for i in range(2 * n)]), In('u16', [half(v) for v in x]), Val('b32', half(a[0]) | half(a[1]) << 16), Val('s32', n)])
case('half', 'half2_dot', 1, 32, [Out('f32', [sum(p * q for p, q in zip(x, y))]), In('u16', [half(v) for v in x]), In('u16', [half(v) for v in y]), Val('s32', n)])
x = [f32(R.uniform(-100, 100)) for _ in range(30)]; n = 30
def half_rz(v):
    h = half(v)
    return h if abs(unhalf(h)) <= abs(v) else h - 1
case('half', 'conversions', 1, 32, [Out('u16', [half(v) for v in x]), Out('u32', [bf16(x[i]) << 16 | bf16(x[n-1-i]) for i in range(n)]), Out('f32', [max(unhalf(half(x[i])), unhalf(half_rz(x[n-1-i]))) for i in range(n)]), In('f32', x), Val('s32', n)])
n = 32; a = [v / 4 for v in ints(2*n, -8, 9)]; b = [v / 4 for v in ints(2*n, -8, 9)]
case('half', 'bf16_pairs', 1, 32, [Out('u16', [bf16(max(p * q + p, q)) for p, q in zip(a, b)]), In('u16', [bf16(v) for v in a]), In('u16', [bf16(v) for v in b]), Val('s32', n)])
a = [v / 4 for v in ints(n, -8, 9)]; b = [v / 4 for v in ints(n, -8, 9)]
case('half', 'half_compare', 1, 32, [Out('s32', [(1 if p < q else 0) + (2 if p > q else 0) for p, q in zip(a, b)]), In('u16', [half(v) for v in a]), In('u16', [half(v) for v in b]), Val('s32', n)])

# memory
h, w = 13, 21; x = floats(h * w); k = [1, 2, 1, 2, 4, 2, 1, 2, 1]
def px(r, c): return x[min(max(r, 0), h-1) * w + min(max(c, 0), w-1)]
case('memory', 'blur', [2, 2], [16, 8], [Out('f32', [sum(k[3*i+j] * px(r+i-1, c+j-1) for i in range(3) for j in range(3)) / 16 for r in range(h) for c in range(w)], 1e-6), In('f32', x), Val('s32', h), Val('s32', w)])
look = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]
case('memory', 'constants', 1, 32, [Out('s32', [5 if t == 31 else look[t & 3][t % 3] * 1000 + b'emulator'[t % 8] for t in range(32)])])
n = 48; x = floats(n); order = list(range(n)); R.shuffle(order)
case('memory', 'two_arrays', 1, n, [Out('f64', [2 * x[order[i]] for i in range(n)]), In('f64', x), In('s32', order), Val('s32', n)], shared=n * 12)
x = ints(4 * 32, 0, 256); A, B, C, D = [], [], [], []
for i in range(32): p, q, r, s = x[4*i:4*i+4]; A += [p, -q, 2*r, s - 300]; B += [s, r, q, p]; C += [p + q, r * s]; D += [p / 3, q * 0.5]
case('memory', 'vectors', 1, 32, [Out('s16', A), Out('u8', B), Out('s32', C), Out('f64', D, 1e-15), In('u8', x), Val('s32', 32)])
case('memory', 'generic_pointer', 1, 32, [Out('s32', [10 * t + 1 for t in range(32)]), Val('s32', 0)])
case('memory', 'generic_pointer', 1, 32, [Out('s32', [(t & 3) + 2 for t in range(32)]), Val('s32', 1)])
case('memory', 'generic_pointer', 1, 32, [Out('s32', [t + 6 for t in range(32)]), Val('s32', 2)])
x = ints(64, 0, 64)
y = []
for t in range(64):
    warp = x[t // 32 * 32:t // 32 * 32 + 32]
    y.append(any(v > 50 for v in warp) + 2 + 4 * all(v > 0 for v in x) + 8 * any(v == 63 for v in x) + 16 * sum(v > 10 for v in x))
case('memory', 'votes', 1, 64, [Out('s32', y), In('s32', x)])
h, w = 12, 10; cells = ints(h * w, 0, 2); now = cells[:]
for s in range(5):
    now = [(lambda k, me: 1 if k == 3 or (k == 2 and me) else 0)(sum(now[(r+a) % h * w + (c+b) % w] for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b), now[r*w+c]) for r in range(h) for c in range(w)]
case('memory', 'life', 1, 64, [InOut('u8', cells, now), Val('s32', h), Val('s32', w), Val('s32', 5)], shared=2 * h * w)

# math
n = 40; x = floats(n, -4, 4); y = []
def cbrt(v): return math.copysign(abs(v) ** (1 / 3), v)
for v in x:
    p = abs(v) + 0.125
    y += [math.sin(v), math.cos(v), math.tan(v * 0.25), math.exp(v), math.log(p), p ** 1.5, math.erf(v), math.tanh(v), 1 / math.sqrt(p), cbrt(v), math.atan2(v, p + 1), math.asin(v / (p + 1)), math.log1p(p), math.expm1(f32(v * f32(0.1))),
          math.fmod(v, 0.75), math.hypot(v, 2), math.copysign(math.floor(abs(v) + 0.5), v), math.floor(v), math.ceil(v), math.trunc(v), 2 ** v, math.log2(p), math.erfc(v), math.sinh(v * 0.5)]
case('math', 'singles', 2, 32, [Out('f32', y, 4e-6), In('f32', x), Val('s32', n)], only='nvrtc', fast=3e-4)
y = []
for v in x[:30]:
    p = abs(v) + 0.125
    y += [math.sin(v), math.cos(v), math.exp(v), math.log(p), p ** 1.5, math.sqrt(p), math.tanh(v), math.erf(v), cbrt(v), math.fmod(v, 0.75), round(v * 3), 1 / p]
case('math', 'doubles', 1, 32, [Out('f64', y, 4e-15), In('f64', x[:30]), Val('s32', 30)], only='nvrtc')
x = [float(v) for v in ints(32, -10**8, 10**8)]
case('math', 'large_angles', 1, 32, [Out('f32', [t for v in x for t in (math.sin(f32(v)), math.cos(f32(v)))], 1e-6), In('f32', x), Val('s32', 32)], only='nvrtc', fast=None)
def escape(cx, cy, most):
    zx = zy = 0.0; k = 0
    while k < most and zx * zx + zy * zy < 4: zx, zy = zx * zx - zy * zy + cx, 2 * zx * zy + cy; k += 1
    return k
case('math', 'mandelbrot', [2, 4], [32, 8], [Out('s32', [escape(-2 + 3 * c / 64, -1 + 2 * r / 32, 20) for r in range(32) for c in range(64)]), Val('s32', 64), Val('s32', 32), Val('s32', 20)], only='nvrtc')
n = 64; x = floats(2 * n); z = [complex(x[2*i], x[2*i+1]) for i in range(n)]
import cmath
F = [sum(z[j] * cmath.exp(-2j * math.pi * i * j / n) for j in range(n)) for i in range(n)]
case('math', 'fft', 1, 32, [InOut('f32', x, [t for v in F for t in (v.real, v.imag)], 3e-6), Val('s32', n)], shared=n * 8, only='nvrtc', fast=1e-4)
n = 32; a, b = floats(n, -3, 3), [v if v else 1.0 for v in floats(n, -3, 3)]
from fractions import Fraction
def directed(v, mode):
    v = Fraction(v); r = f32(float(v)); bits = struct.unpack('<i', struct.pack('<f', r))[0]
    def step(up): return struct.unpack('<f', struct.pack('<i', bits + (1 if (r > 0) == up else -1)))[0]
    if Fraction(r) == v: return r
    if mode == 'z': return r if abs(Fraction(r)) <= abs(v) else step(r < 0)
    if mode == 'u': return r if Fraction(r) > v else step(True)
    return r if Fraction(r) < v else step(False)
y, z = [], []
for p, q in zip(a, b):
    P, Q = Fraction(p), Fraction(q)
    y += [directed(P + Q, 'z'), directed(P * Q, 'u'), directed(P / Q, 'd'), f32(float(P * Q + 1)), min(max(p, 0), 1), f32(math.sqrt(abs(q)))]
    z += [round(p), math.trunc(q), math.ceil(p), math.floor(q)]
case('math', 'rounding', 1, 32, [Out('f32', y), Out('s32', z), In('f32', a), In('f32', b), Val('s32', n)], only='nvrtc', fast=1e-6)

# redux
x = [s32(R.getrandbits(32)) for _ in range(32)]; o = 0; e = -1; q = 0
for v in x[:16]: o |= v
for v in x[16:]: e &= v
for v in x: q ^= v
case('redux', 'redux', 1, 32, [Out('s32', [s32(sum(x))]*32 + [min(x)]*32 + [s32(max(u32(v) for v in x))]*32 + [q]*32 + [o]*16 + [e]*16), In('s32', x)])
x = ints(32, -99, 99)
case('redux', 'segments', 1, 32, [Out('s32', [v for t in range(32) for v in (sum(x[t//8*8:t//8*8+8]), x[t - 3] if t % 16 >= 3 else x[t])]), In('s32', x)])
x = ints(96, -99, 99)
case('redux', 'named_barriers', 1, 64, [Out('s32', [2 * x[r*32+31-l] for r in range(3) for l in range(32)]), In('s32', x), Val('s32', 3)])
n = 50; x = floats(4 * n); y = []
for i in range(n):
    fx = [0.0]*3
    for j in range(n):
        d = [x[4*j+k] - x[4*i+k] for k in range(3)]; s = x[4*j+3] * (sum(t*t for t in d) + 0.1) ** -1.5
        for k in range(3): fx[k] += d[k] * s
    y += fx
case('redux', 'nbody', 2, 32, [Out('f32', y, 1e-5), In('f32', x), Val('s32', n), Val('f32', 0.1)], shared=512)
n = 60; u, f = floats(n), floats(n); v = u[:]
for s in range(9): p = [0] + v + [0]; v = [0.5 * (p[i] + p[i+2] + f[i]) for i in range(n)]
case('redux', 'jacobi', 1, 64, [InOut('f32', u, v, 1e-6), In('f32', f), Val('s32', n), Val('s32', 9)])
x = floats(300); mean = math.fsum(x)/300
case('redux', 'variance', 1, 128, [Out('f64', [mean, math.fsum(v*v for v in x)/300 - mean*mean], 1e-12), In('f32', x), Val('s32', 300)])
json.dump(CASES, open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'answers.json'), 'w', newline='\n'), separators=(',', ':'))
