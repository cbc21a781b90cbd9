# The rows of the kernel benchmark in PyTorch, eager and compiled: python3 pytorch_peer.py --out peers.json [--device cuda|cpu] [--tiny] [--seconds N] [--filter TEXT].
#
# Same shapes, same names of rows, channels_last, TF32 allowed for products and convolutions alike or for neither. A gather is done in every way that PyTorch has:
# grid_sample, four index_select, embedding_bag; optimisers with foreach and fused kernels. Times are those of CUDA events around plain calls ("eager") and, where
# a call can be captured, around replays of a CUDA graph ("eager graph"). What cannot be run here is noted with its reason. Needs torch 1.13 or newer.
#
# Rows that something is to be shown of come first, compiled ones last: compiling takes longer than measuring. Ends with 77 where there is no PyTorch, or none that sees a GPU.
import argparse
import json
import os
import signal
import statistics
import sys
import time

BEGIN = time.monotonic()
try:
    import torch
    import torch.nn.functional as F
except ImportError as missing:
    print(f"this Python has no PyTorch: {missing}")
    sys.exit(77)

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
parser.add_argument("--tiny", action="store_true")
parser.add_argument("--seconds", type=float, default=3600)
parser.add_argument("--filter", default="")
options = parser.parse_args()

DEVICE, CUDA, TINY = torch.device(options.device), options.device == "cuda", options.tiny
CLASSES, SAMPLES = 19, 11
TAP_CHANNELS = [64, 128, 256, 512, 512, 4096]
END = BEGIN + options.seconds
MOST_SECONDS, SAMPLING_SECONDS, COMPILING_SECONDS = 40, 1.0, 15
rows, notes = [], []
# Stage 0 has these alone, stage 1 everything else that is not compiled, stage 2 what is.
HEADLINES = {
    ("gather A forward", "eager grid_sample"),
    ("gather A backward", "eager grid_sample"),
    ("sgd", "eager fused"),
    ("adam", "eager fused"),
    ("mlp 4096 forward+backward", "eager"),
    ("mlp 256 forward+backward", "eager"),
    ("step deck", "eager"),
    ("step city", "eager"),
}
COMPILED = ("mlp 4096 ", "mlp 1024 ", "mlp 256 ", "gather A ", "step deck", "step city")
stage = 0
if CUDA and not torch.cuda.is_available():
    print("this PyTorch sees no GPU")
    sys.exit(77)


def pick(full, small):
    return small if TINY else full


def channels(count):
    return [max(1, c // pick(1, 32)) for c in TAP_CHANNELS[:count]]


def synchronize():
    if CUDA:
        torch.cuda.synchronize()


def once(call, calls):
    """Milliseconds of so many calls."""
    if not CUDA:
        start = time.perf_counter()
        for _ in range(calls):
            call()
        return 1000 * (time.perf_counter() - start)
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    for _ in range(calls):
        call()
    end.record()
    end.synchronize()
    return start.elapsed_time(end)


def quantile(ordered, share):
    rank = share * (len(ordered) - 1)
    below = int(rank)
    return ordered[below] if below + 1 == len(ordered) else ordered[below] + (rank - below) * (ordered[below + 1] - ordered[below])


def measure(call):
    """As the benchmark does: a first call, warm-up, samples of at least 20 ms, the median of eleven; of three where a call takes longer than 100 ms."""
    once(call, 1)
    warm, last = 0.0, 0.0
    while warm < (1 if TINY else 50):
        last = once(call, 1)
        warm += last
    calls = max(1, -int(-(0.1 if TINY else 20) // max(last, 1e-3)))
    samples, start = [], time.monotonic()
    while len(samples) < 3 or len(samples) < (3 if TINY or last > 100 else SAMPLES) and time.monotonic() - start < SAMPLING_SECONDS:
        samples.append(1000 * once(call, calls) / calls)
    samples.sort()
    return {"median_us": statistics.median(samples), "min_us": samples[0], "iqr_us": quantile(samples, 0.75) - quantile(samples, 0.25), "samples": len(samples), "calls": calls}


def captured(call):
    """The same as a CUDA graph; raises where it cannot be captured."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            call()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        call()
    return graph.replay


def add(row, precision, impl, make, graph=False, **more):
    """Measures one implementation of a row; make() gives the call."""
    if options.filter not in row or stage != (0 if (row, impl) in HEADLINES else 2 if impl.startswith("compile") else 1):
        return
    entry = {"id": row, "precision": precision, "impl": impl, "is_peer": True}
    left = END - time.monotonic()
    if left < (COMPILING_SECONDS if impl.startswith("compile") and CUDA else 0):
        rows.append({**entry, "note": "not measured: out of time"})
        save()
        return
    allow_tf32(precision)
    if CUDA:
        limit(max(1, min(MOST_SECONDS, left + 5)))
    try:
        if CUDA:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        call = make()
        rows.append({**entry, "timing": measure(call), **more})
        if CUDA and more.get("peak_bytes") is not None:
            rows[-1]["peak_bytes"] = torch.cuda.max_memory_allocated()
        print(f"{row:40} {precision} {impl:28} {rows[-1]['timing']['median_us']:12.1f} us", flush=True)
        if graph and CUDA:
            try:
                rows.append({**entry, "impl": impl + " graph", "timing": measure(captured(call))})
            except Exception as failure:
                rows.append({**entry, "impl": impl + " graph", "note": f"not captured: {first_line(failure)}"})
    except Exception as failure:
        rows.append({**entry, "note": f"not measured: {first_line(failure)}"})
    finally:
        limit(0)
        save()


def has_rows(begin):
    """Whether this stage has rows whose names begin so."""
    return stage == 1 or (begin in COMPILED if stage == 2 else any(row.startswith(begin) for row, _ in HEADLINES))


def out_of_time(*_):
    raise TimeoutError("took too long")


def limit(seconds):
    """Ends what takes longer; 0 = no limit."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, out_of_time)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def first_line(failure):
    return f"{type(failure).__name__}: {str(failure).splitlines()[0][:200] if str(failure) else ''}"


def save():
    device = torch.cuda.get_device_name() if CUDA else "CPU"
    cudnn = torch.backends.cudnn.version() if CUDA else None
    text = f"PyTorch {torch.__version__} on {device}, CUDA {torch.version.cuda}, cuDNN {cudnn}, channels_last, allow_tf32 alike for products and convolutions"
    with open(options.out + ".new", "w") as file:
        json.dump({"peers": text, "rows": rows, "notes": notes}, file, indent=2)
    os.replace(options.out + ".new", options.out)


def allow_tf32(precision):
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.allow_tf32 = precision == "tf32"


def precisions():
    return ("fp32", "tf32")


def compiled(function):
    if not hasattr(torch, "compile"):
        raise RuntimeError("this PyTorch has no torch.compile")
    return torch.compile(function)


# ---- gather --------------------------------------------------------------------------------------------------------


class Gather:
    def __init__(self, images, height, width, pixels, taps):
        torch.manual_seed(2)
        self.images, self.pixels = images, pixels
        self.maps = [torch.relu(torch.randn(images, c, height >> i, width >> i, device=DEVICE)).to(memory_format=torch.channels_last).requires_grad_() for i, c in enumerate(channels(taps))]
        flat = torch.stack([torch.randperm(height * width)[:pixels].sort().values for _ in range(images)])
        y, x = flat // width, flat % width
        # Half-pixel centres; at the sizes here, height >> i times the stride is the height, so the normalised position is the same on every map.
        self.grid = torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], -1).float().view(images, pixels, 1, 2).to(DEVICE)
        self.index, self.weight = [], []
        n = torch.arange(images)[:, None]
        for i, m in enumerate(self.maps):
            h, w = m.shape[2:]
            if i == 0:
                self.index.append(((n * h + y) * w + x).reshape(-1, 1).to(DEVICE))
                self.weight.append(torch.ones(images * pixels, 1, device=DEVICE))
                continue
            ty, tx = ((y + 0.5) / (1 << i) - 0.5).clamp(0, h - 1), ((x + 0.5) / (1 << i) - 0.5).clamp(0, w - 1)
            y0, x0 = ty.floor().long(), tx.floor().long()
            y1, x1 = (y0 + 1).clamp(max=h - 1), (x0 + 1).clamp(max=w - 1)
            fy, fx = ty - y0, tx - x0
            corners = [(y0, x0, (1 - fy) * (1 - fx)), (y0, x1, (1 - fy) * fx), (y1, x0, fy * (1 - fx)), (y1, x1, fy * fx)]
            self.index.append(torch.stack([((n * h + a) * w + b).reshape(-1) for a, b, _ in corners], 1).to(DEVICE))
            self.weight.append(torch.stack([c.reshape(-1) for _, _, c in corners], 1).float().to(DEVICE))

    def flat(self):
        return [m.permute(0, 2, 3, 1).reshape(-1, m.shape[1]) for m in self.maps]

    def grid_sample(self):
        # [N, D, P]
        return torch.cat([F.grid_sample(m, self.grid, mode="bilinear", padding_mode="border", align_corners=False).squeeze(-1) for m in self.maps], 1)

    def index_select(self):
        # [M, D]
        return torch.cat([sum(f.index_select(0, i[:, k]) * w[:, k : k + 1] for k in range(i.shape[1])) for f, i, w in zip(self.flat(), self.index, self.weight)], 1)

    def embedding_bag(self):
        return torch.cat([F.embedding_bag(i, f, mode="sum", per_sample_weights=w) for f, i, w in zip(self.flat(), self.index, self.weight)], 1)

    def check(self):
        """All three give the same rows."""
        with torch.no_grad():
            first = self.grid_sample().permute(0, 2, 1).reshape(self.images * self.pixels, -1)
            for other in (self.index_select, self.embedding_bag):
                error = (other() - first).norm() / first.norm()
                assert error < 1e-4, f"{other.__name__} differs from grid_sample by {error:.1e}"


def gathers():
    for name, images, height, width, pixels, taps in (("A", 5, 224, 224, 2000, 5), ("B", 1, 1024, 2048, 2000, 5), ("C", 1, 1024, 2048, 10000, 5), ("A6", 5, 224, 224, 2000, 6)):
        forward, backward = f"gather {name} forward", f"gather {name} backward"
        if options.filter not in forward and options.filter not in backward or not has_rows(f"gather {name} "):
            continue
        gather = Gather(pick(images, 2), pick(height, 32), pick(width, 64), pick(pixels, 15), taps)
        if stage == 1:
            gather.check()
        ways = [("grid_sample", gather.grid_sample), ("index_select", gather.index_select), ("embedding_bag", gather.embedding_bag)]
        for way, call in ways:

            def inference(call=call):
                with torch.no_grad():
                    return call()

            add(forward, "fp32", f"eager {way}", lambda: inference, graph=True)

            def gradient(call=call):
                x = call()
                dx = torch.randn_like(x)
                return lambda: torch.autograd.grad(x, gather.maps, dx, retain_graph=True)

            add(backward, "fp32", f"eager {way}", gradient)
        if name == "A":
            for way, call in ways[:2]:

                def fast(call=call):
                    function = compiled(call)

                    def inference():
                        with torch.no_grad():
                            return function()

                    return inference

                add(forward, "fp32", f"compile {way}", fast)


# ---- head, optimisers, single layers -------------------------------------------------------------------------------


def linear(inputs, outputs):
    # Drawn where it is needed: the CPU takes seconds for a head.
    return torch.nn.Linear(inputs, outputs, device=DEVICE)


def heads():
    for precision in precisions():
        for width, m in ((4096, 10000), (4096, 2000), (1024, 10000), (256, 10000)):
            name = f"mlp {width}" + ("" if m == 10000 else f" of {m}")
            if not has_rows(f"{name} "):
                continue
            hidden, count, columns = pick(width, 40), pick(m, 40), sum(channels(5))
            torch.manual_seed(3)
            mlp = torch.nn.Sequential(linear(columns, hidden), torch.nn.ReLU(), linear(hidden, hidden), torch.nn.ReLU(), linear(hidden, CLASSES))
            x = torch.relu(torch.randn(count, columns, device=DEVICE)).requires_grad_()
            targets = torch.randint(CLASSES, (count,), device=DEVICE)
            parameters = [x, *mlp.parameters()]

            def forward(net=mlp, x=x, targets=targets):
                with torch.no_grad():
                    return F.cross_entropy(net(x), targets)

            def both(net=mlp, x=x, targets=targets, parameters=parameters):
                return torch.autograd.grad(F.cross_entropy(net(x), targets), parameters)

            add(f"{name} forward", precision, "eager", lambda: forward, graph=True)
            add(f"{name} forward+backward", precision, "eager", lambda: both, graph=True)
            if m == 10000:
                add(f"{name} forward+backward", precision, "compile", lambda: lambda net=compiled(mlp): both(net))


def optimizers():
    total = pick(37_600_000, 5000)
    for name, kind, more in (("sgd", torch.optim.SGD, {"lr": 1e-6, "momentum": 0.9, "weight_decay": 5e-4}), ("adam", torch.optim.Adam, {"lr": 1e-6})):
        for way in ("foreach", "fused"):

            def make(kind=kind, more=more, way=way):
                # As many tensors as a VGG16 with a head has.
                parameters = [torch.nn.Parameter(torch.randn(total // 32, device=DEVICE)) for _ in range(32)]
                for p in parameters:
                    p.grad = torch.randn_like(p)
                return kind(parameters, **more, **{way: True}).step

            add(name, "fp32", f"eager {way}", make)


def layers():
    if stage != 1:
        return
    for precision in precisions():
        for name, size, c, k in (("conv1_2", 224, 64, 64), ("conv3_2", 56, 256, 256), ("conv5_2", 14, 512, 512)):
            size, c, k = pick(size, 8), pick(c, max(1, c // 16)), pick(k, max(1, k // 8))
            n = pick(5, 2)
            x = torch.relu(torch.randn(n, c, size, size, device=DEVICE)).to(memory_format=torch.channels_last)
            w = (torch.randn(k, c, 3, 3, device=DEVICE) / (9 * c) ** 0.5).to(memory_format=torch.channels_last)
            b, dy = torch.randn(k, device=DEVICE), torch.randn(n, k, size, size, device=DEVICE).to(memory_format=torch.channels_last)

            def backward(mask, x=x, w=w, dy=dy, k=k):
                return torch.ops.aten.convolution_backward(dy, x, w, [k], [1, 1], [1, 1], [1, 1], False, [0, 0], 1, mask)

            add(f"{name} forward", precision, "eager", lambda: lambda: F.relu(F.conv2d(x, w, b, padding=1)), graph=True)
            add(f"{name} backward input", precision, "eager", lambda: lambda: backward([True, False, False]), graph=True)
            add(f"{name} backward weight", precision, "eager", lambda: lambda: backward([False, True, True]), graph=True)
        for m, into, out in ((10000, 1472, 4096), (10000, 4096, 4096)):
            name = f"linear {into}-{out}"
            m, into, out = pick(m, 70), pick(into, into // 32), pick(out, 80)
            x, w, b, dy = torch.relu(torch.randn(m, into, device=DEVICE)), torch.randn(out, into, device=DEVICE) / into**0.5, torch.randn(out, device=DEVICE), torch.randn(m, out, device=DEVICE)
            add(f"{name} forward", precision, "eager", lambda: lambda: F.relu(F.linear(x, w, b)), graph=True)
            add(f"{name} backward input", precision, "eager", lambda: lambda: dy @ w, graph=True)
            add(f"{name} backward weight", precision, "eager", lambda: lambda: (dy.t() @ x, dy.sum(0)), graph=True)


# ---- whole network -------------------------------------------------------------------------------------------------


class PixelNet(torch.nn.Module):
    """VGG16 with taps, and the head on gathered pixels or on whole maps."""

    def __init__(self, taps, head, dropout):
        super().__init__()
        widths, inputs, self.blocks = channels(6), 3, torch.nn.ModuleList()
        for i, count in enumerate((2, 2, 3, 3, 3, 2)[:taps]):
            modules = []
            for j in range(count):
                size = 3 if i < 5 else (7, 1)[j]
                modules += [torch.nn.Conv2d(inputs, widths[i], size, padding=size // 2, device=DEVICE), torch.nn.ReLU(inplace=True)]
                if i == 5:
                    modules.append(torch.nn.Dropout(dropout))
                inputs = widths[i]
            self.blocks.append(torch.nn.Sequential(*modules))
        self.split = widths[:taps]
        columns = sum(self.split)
        self.head = torch.nn.Sequential(linear(columns, head), torch.nn.ReLU(), torch.nn.Dropout(dropout), linear(head, head), torch.nn.ReLU(), torch.nn.Dropout(dropout), linear(head, CLASSES))

    def maps(self, x):
        result = []
        for i, block in enumerate(self.blocks):
            x = block(x if i == 0 else F.max_pool2d(x, 2))
            result.append(x)
        return result

    def forward(self, x, grid):
        columns = torch.cat([F.grid_sample(m, grid, padding_mode="border", align_corners=False).squeeze(-1) for m in self.maps(x)], 1)
        return self.head(columns.permute(0, 2, 1).reshape(-1, columns.shape[1]))

    def dense(self, x, projected, rows):
        """Labels of every pixel, so many rows of the image at a time; projected: the first layer at each map's own resolution."""
        height, width = x.shape[2:]
        maps = self.maps(x)
        first, rest = self.head[0], self.head[1:]
        if projected:
            weights = first.weight.split(self.split, 1)
            maps = [F.conv2d(m, w[:, :, None, None]) for m, w in zip(maps, weights)]
        labels = torch.empty(height, width, dtype=torch.uint8, device=x.device)
        ys, xs = torch.arange(height, device=x.device), torch.arange(width, device=x.device)
        for top in range(0, height, rows):
            if rows >= height:
                part = [m if m.shape[2:] == x.shape[2:] else F.interpolate(m, size=(height, width), mode="bilinear", align_corners=False) for m in maps]
            else:
                gy, gx = torch.meshgrid((2 * ys[top : top + rows] + 1) / height - 1, (2 * xs + 1) / width - 1, indexing="ij")
                grid = torch.stack([gx, gy], -1)[None]
                part = [m[:, :, top : top + rows] if m.shape[2:] == x.shape[2:] else F.grid_sample(m, grid, padding_mode="border", align_corners=False) for m in maps]
            if projected:
                hidden = sum(part[1:], part[0]).permute(0, 2, 3, 1).reshape(-1, first.out_features) + first.bias
            else:
                hidden = first(torch.cat(part, 1).permute(0, 2, 3, 1).reshape(-1, first.in_features))
            labels[top : top + rows] = rest(hidden).argmax(1).view(-1, width).to(torch.uint8)
        return labels


def steps():
    for precision in precisions():
        for name, height, width, taps, head in (("deck", 224, 224, 6, 4096), ("city", 512, 1024, 5, 1024)):
            if options.filter not in f"step {name}":
                continue

            def make(height=height, width=width, taps=taps, head=head, compiling=False):
                torch.manual_seed(4)
                images, pixels = pick(5, 1), pick(2000, 20)
                net = PixelNet(taps, pick(head, 16), 0.5).to(DEVICE, memory_format=torch.channels_last)
                optimizer = torch.optim.Adam(net.parameters(), 1e-5)
                x = torch.randn(images, 3, pick(height, 32), pick(width, 64), device=DEVICE).to(memory_format=torch.channels_last)
                grid = (2 * torch.rand(images, pixels, 1, 2, device=DEVICE) - 1).contiguous()
                targets = torch.randint(CLASSES, (images * pixels,), device=DEVICE)
                forward = compiled(net) if compiling else net

                def step():
                    optimizer.zero_grad(set_to_none=True)
                    loss = F.cross_entropy(forward(x, grid), targets)
                    loss.backward()
                    optimizer.step()

                return step

            add(f"step {name}", precision, "eager", make, peak_bytes=0)
            add(f"step {name}", precision, "compile", lambda make=make: make(compiling=True), peak_bytes=0)


def dense():
    if stage != 1:
        return
    for precision in precisions():
        for head in (1024, 256):
            if options.filter not in f"dense {head}":
                continue
            height, width = pick(1024, 32), pick(2048, 64)
            torch.manual_seed(5)
            net = PixelNet(5, pick(head, 24), 0).to(DEVICE, memory_format=torch.channels_last).eval()
            image = torch.randn(1, 3, height, width, device=DEVICE).to(memory_format=torch.channels_last)
            with torch.no_grad():
                if TINY:
                    same = [net.dense(image, projected, rows) for projected in (False, True) for rows in (height, 8)]
                    agreement = min((label == same[0]).float().mean().item() for label in same)
                    assert agreement > 0.999, f"the ways of dense prediction agree on {agreement:.4f} of the pixels only"
                for impl, projected, rows in (("eager", False, height), ("eager chunked", False, pick(64, 8)), ("eager projected", True, height)):

                    def predict(projected=projected, rows=rows):
                        with torch.no_grad():
                            return net.dense(image, projected, rows).cpu()

                    add(f"dense {head}", precision, impl, lambda: predict, peak_bytes=0)


for stage, parts in enumerate(((gathers, optimizers, heads, steps), (gathers, optimizers, heads, layers, dense), (heads, steps, gathers))):
    for part in parts:
        try:
            part()
        except Exception as failure:
            notes.append(f"{part.__name__}: {first_line(failure)}")
            print(notes[-1], file=sys.stderr)
save()
print(f"{sum('timing' in row for row in rows)} rows measured, {sum('note' in row for row in rows)} not, {len(notes)} parts failed")
sys.exit(1 if notes else 0)
