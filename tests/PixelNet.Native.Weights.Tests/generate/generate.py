#!/usr/bin/env python3
"""Writes the weight files of these tests, each with the writer that real files come from, and the answers that they must give.

Debian 12: apt-get install python3-torch python3-h5py python3-numpy python3-protobuf protobuf-compiler python3-snappy
Run:       python3 generate.py ../Files

The network is VGG16 at 0.0235 of its width (2, 3, 6, 12, 12 channels, dense layers of 96, 10 classes). Every number is a multiple of a power of
two with at most 8 significant bits, so that float16, bfloat16 and float32 hold the same network. The answers, conv5_3 [14,14,12] in the order
(row, column, channel) and fc7 [96] behind their ReLUs, are computed by PyTorch in double precision for one image and for each preprocessing.
TensorFlow is not packaged for Debian: write_table() below writes its V1 table format from the format's description and shares nothing with the reader.
"""
import collections, json, struct, subprocess, sys, tempfile, zipfile
import h5py
import numpy as np
import torch
import torch.nn.functional as F

CHANNELS, DENSE, CLASSES = [2, 3, 6, 12, 12], 96, 10
DEPTH = [2, 2, 3, 3, 3]
NAMES = [f"conv{b + 1}_{i + 1}" for b in range(5) for i in range(DEPTH[b])]
OUT = sys.argv[1]


def exact(values):
    """At most 8 significant bits."""
    step = 2.0 ** np.ceil(np.log2(np.abs(values).max() / 255))
    return (np.round(values / step) * step).astype(np.float32)


def network(seed):
    """KCRS filters and dense matrices [K, (c, row, column)], by the names of the paper."""
    random = np.random.default_rng(seed)
    net, inputs = collections.OrderedDict(), 3
    for name in NAMES:
        outputs = CHANNELS[int(name[4]) - 1]
        net[name] = (exact(random.normal(0, np.sqrt(2 / (9 * inputs)), (outputs, inputs, 3, 3)) + 0.25 / (9 * inputs)), exact(random.normal(0.1, 0.05, outputs)))
        inputs = outputs
    for name, columns, outputs in (("fc6", inputs * 49, DENSE), ("fc7", DENSE, DENSE), ("fc8", DENSE, CLASSES)):
        net[name] = (exact(random.normal(0, np.sqrt(2 / columns), (outputs, columns))), exact(random.normal(0.1, 0.05, outputs)))
    return net


def image():
    y, x = np.mgrid[0:224, 0:224]
    return np.stack([(3 * y + x * x // 64) % 256, (5 * x + y) % 256, (7 * y + 2 * x + x * y // 32) % 256], axis=-1).astype(np.float64)


def prepare(kind):
    rgb = image()
    if kind == "torchvision":
        rgb = (rgb / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    elif kind == "caffe":
        rgb = rgb[..., ::-1] - [103.939, 116.779, 123.68]
    else:
        rgb = rgb - [123.68, 116.779, 103.939]
    return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1)))[None]


def answer(net, kind, norms=None):
    x = prepare(kind)
    d = lambda a: torch.from_numpy(a).double()
    for name in NAMES:
        if name.endswith("_1") and name != "conv1_1":
            x = F.max_pool2d(x, 2)
        w, b = net[name]
        x = F.conv2d(x, d(w), d(b), padding=1)
        if norms:
            g, s, m, v = map(d, norms[name])
            x = F.batch_norm(x, m, v, g, s, training=False, eps=1e-5)
        x = F.relu(x)
    conv5_3 = x[0].permute(1, 2, 0).numpy()
    x = F.max_pool2d(x, 2).flatten(1)
    x = F.relu(F.linear(x, *map(d, net["fc6"])))
    fc7 = F.relu(F.linear(x, *map(d, net["fc7"])))[0].numpy()
    assert (conv5_3 > 0).mean() > 0.2 and (fc7 > 0).mean() > 0.2, "dead network: take another seed"
    return np.concatenate([conv5_3.ravel(), fc7]).astype("<f4")


def torch_state(net, norms=None, top=True):
    state, index = collections.OrderedDict(), 0
    for name in NAMES:
        if name.endswith("_1") and name != "conv1_1":
            index += 1
        state[f"features.{index}.weight"], state[f"features.{index}.bias"] = map(torch.from_numpy, net[name])
        if norms:
            for part, value in zip(("weight", "bias", "running_mean", "running_var"), norms[name]):
                state[f"features.{index + 1}.{part}"] = torch.from_numpy(value)
            state[f"features.{index + 1}.num_batches_tracked"] = torch.tensor(1000)
        index += 3 if norms else 2
    if top:
        for i, name in enumerate(("fc6", "fc7", "fc8")):
            state[f"classifier.{3 * i}.weight"], state[f"classifier.{3 * i}.bias"] = map(torch.from_numpy, net[name])
    return state


def write_torch(net):
    state = torch_state(net)
    state._metadata = collections.OrderedDict([("", {"version": 1})])
    torch.save(state, f"{OUT}/torch_zip.pth")
    half = {f"module.{k}": v.half() for k, v in torch_state(net, top=True).items()}
    torch.save({"epoch": 3, "arch": "vgg16", "state_dict": half, "best_acc1": 0.5}, f"{OUT}/torch_legacy_fp16.pth", _use_new_zipfile_serialization=False)
    # Views: a slice of a larger storage, and filters that lie in channels-last order.
    strided = torch_state(net, top=False)
    strided["features.2.weight"] = strided["features.2.weight"].contiguous(memory_format=torch.channels_last)
    strided["features.0.weight"] = torch.cat([torch.full((1, 3, 3, 3), 9.0), strided["features.0.weight"]])[1:]
    torch.save({k: torch.nn.Parameter(bf16_keeping(v)) for k, v in strided.items()}, f"{OUT}/torch_zip_bf16_strided.pth")


def bf16_keeping(v):
    """bfloat16 with the strides and the offset of v."""
    storage = torch.as_strided(v, (v.storage().size(),), (1,), 0).bfloat16()
    return torch.as_strided(storage, v.shape, v.stride(), v.storage_offset())


def write_torch_bn(net, norms):
    torch.save(torch_state(net, norms, top=False), f"{OUT}/torch_bn.pth")


def hwio(net, name):
    return np.ascontiguousarray(net[name][0].transpose(2, 3, 1, 0))


def hwc_rows(net, name):
    """Dense weights [(row, column, c), K], as Keras and TensorFlow flatten."""
    w = net[name][0]
    return np.ascontiguousarray((w.reshape(DENSE, 12, 7, 7).transpose(2, 3, 1, 0).reshape(-1, DENSE) if name == "fc6" else w.T))


def write_npz(net):
    arrays = {}
    for name in NAMES:
        arrays[f"{name}_W"], arrays[f"{name}_b"] = hwio(net, name), net[name][1]
    notop = {k: np.asfortranarray(v.astype(">f4")) for k, v in arrays.items()}
    np.savez_compressed(f"{OUT}/npz_fortran_deflated.npz", **notop)
    for name in ("fc6", "fc7", "fc8"):
        arrays[f"{name}_W"], arrays[f"{name}_b"] = hwc_rows(net, name), net[name][1]
    np.savez(f"{OUT}/npz_stored.npz", **{k: v.astype("<f2") for k, v in arrays.items()})


CAFFE = """syntax = "proto2";
message BlobShape { repeated int64 dim = 1 [packed = true]; }
message BlobProto { optional int32 num = 1 [default = 0]; optional int32 channels = 2 [default = 0]; optional int32 height = 3 [default = 0]; optional int32 width = 4 [default = 0];
  repeated float data = 5 [packed = true]; repeated float diff = 6 [packed = true]; optional BlobShape shape = 7; }
message V1LayerParameter { repeated string bottom = 2; repeated string top = 3; optional string name = 4; optional int32 type = 5; repeated BlobProto blobs = 6; }
message LayerParameter { optional string name = 1; optional string type = 2; repeated string bottom = 3; repeated string top = 4; repeated BlobProto blobs = 7; }
message NetParameter { optional string name = 1; repeated V1LayerParameter layers = 2; repeated string input = 3; repeated int32 input_dim = 4; repeated LayerParameter layer = 100; }
"""


def write_caffe(net):
    with tempfile.TemporaryDirectory() as folder:
        open(f"{folder}/caffe_subset.proto", "w").write(CAFFE)
        subprocess.run(["protoc", f"--python_out={folder}", "-I", folder, "caffe_subset.proto"], check=True)
        sys.path.insert(0, folder)
        import caffe_subset_pb2 as caffe
    v1 = caffe.NetParameter(name="VGG_ILSVRC_16_layers", input=["data"], input_dim=[10, 3, 224, 224])
    v2 = caffe.NetParameter(name="VGG16_fconv")
    for name, (w, b) in net.items():
        layer = v1.layers.add(name=name, type=4 if name[0] == "c" else 14, bottom=["x"], top=[name])
        shape = w.shape if w.ndim == 4 else (1, 1) + w.shape
        layer.blobs.add(num=shape[0], channels=shape[1], height=shape[2], width=shape[3], data=w.ravel())
        layer.blobs.add(num=1, channels=1, height=1, width=len(b), data=b)
        v1.layers.add(name=f"relu_{name}", type=18)
        if name == "fc8":
            continue
        layer = v2.layer.add(name={"fc6": "fc6-conv", "fc7": "fc7-conv"}.get(name, name), type="Convolution")
        w = w if w.ndim == 4 else w.reshape((DENSE, 12, 7, 7) if name == "fc6" else (DENSE, DENSE, 1, 1))
        blob = layer.blobs.add(data=w.ravel())
        blob.shape.dim.extend(w.shape)
        layer.blobs.add(data=b).shape.dim.extend(b.shape)
    open(f"{OUT}/caffe_v1.caffemodel", "wb").write(v1.SerializeToString())
    open(f"{OUT}/caffe_v2_fconv.caffemodel", "wb").write(v2.SerializeToString())


def keras_name(name):
    return {"fc6": "fc1", "fc7": "fc2", "fc8": "predictions"}.get(name) or f"block{name[4]}_conv{name[6]}"


def write_keras(net):
    """The layouts of Keras 2 (save_weights), Keras 1 and Keras 3 (.weights.h5)."""
    def fill(path, names, parts, options=lambda name, value: {}, **file_options):
        with h5py.File(path, "w", **file_options) as f:
            layers = [keras_name(n) for n in names] + ["block1_pool", "flatten"]
            f.attrs["layer_names"] = [l.encode() for l in layers]
            f.attrs["backend"], f.attrs["keras_version"] = b"tensorflow", b"2.2.4"
            for layer in layers[-2:]:
                f.create_group(layer).attrs["weight_names"] = []
            for name in names:
                layer = keras_name(name)
                group = f.create_group(layer)
                kernel, bias = (part.format(layer) for part in parts)
                group.attrs["weight_names"] = [kernel.encode(), bias.encode()]
                value = hwio(net, name) if name[0] == "c" else hwc_rows(net, name)
                group.create_dataset(kernel, data=value, **options(name, value))
                group.create_dataset(bias, data=net[name][1])
    fill(f"{OUT}/keras2.h5", list(net), ("{0}/kernel:0", "{0}/bias:0"))
    fill(f"{OUT}/keras1_notop.h5", NAMES, ("{0}_W_1:0", "{0}_b_1:0"))
    # Saved again by a user: behind a user block, in chunks whose edges do not meet those of the data, packed in each way that h5py offers.
    def packed(name, value):
        chunks = tuple(max(1, n * 2 // 3) for n in value.shape)
        return {"chunks": chunks, **({} if name == "conv3_1" else {"compression": "gzip", "shuffle": name != "conv2_1", "fletcher32": name == "fc7"})}
    fill(f"{OUT}/keras2_chunks_gzip.h5", list(net), ("{0}/kernel:0", "{0}/bias:0"), packed, userblock_size=1024)
    fill(f"{OUT}/fuzz_chunks.h5", ["conv1_1", "conv1_2", "conv2_1", "conv3_1"], ("{0}/kernel:0", "{0}/bias:0"), packed)
    with h5py.File(f"{OUT}/keras3_notop.weights.h5", "w") as f:
        for i, name in enumerate(NAMES):
            variables = f.create_group(f"layers/conv2d{f'_{i}' if i else ''}/vars")
            variables.create_dataset("0", data=hwio(net, name))
            variables.create_dataset("1", data=net[name][1])
        f.create_group("layers/max_pooling2d/vars")
        f.create_group("vars")
    with zipfile.ZipFile(f"{OUT}/keras3_notop.keras", "w") as archive:
        for entry, text in (("metadata.json", '{"keras_version": "3.3.3"}'), ("config.json", "{}")):
            archive.writestr(entry, text)
        archive.write(f"{OUT}/keras3_notop.weights.h5", "model.weights.h5")


def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def field(number, payload):
    return varint(number << 3) + varint(payload) if isinstance(payload, int) else varint(number << 3 | 2) + varint(len(payload)) + payload


def write_table(path, arrays, compress):
    """TensorFlow's V1 checkpoint: LevelDB's table of SavedTensorSlices."""
    import snappy
    shape = lambda a: b"".join(field(2, field(1, n)) for n in a.shape)
    slice_of = lambda a: b"".join(field(1, b"") for _ in a.shape)
    meta = b"".join(field(1, field(1, n.encode()) + field(2, shape(a)) + field(3, 1 if a.dtype == np.float32 else 9) + field(4, slice_of(a))) for n, a in arrays)
    entries = [(b"", field(1, meta + field(2, field(1, 1))))]
    for n, a in arrays:
        numbers = field(5, a.astype("<f4").tobytes()) if a.dtype == np.float32 else field(10, b"".join(varint(int(v)) for v in a.ravel()))
        entries.append((b"\0\1" + n.encode() + b"\0\1" + bytes([len(a.shape)]), field(2, field(1, n.encode()) + field(2, slice_of(a)) + field(3, field(1, 1 if a.dtype == np.float32 else 9) + numbers))))
    out = bytearray()

    def block(items):
        body, restarts, last = bytearray(), [], b""
        for i, (key, value) in enumerate(items):
            shared = 0
            if i % 16 == 0:
                restarts.append(len(body))
            else:
                while shared < min(len(last), len(key)) and last[shared] == key[shared]:
                    shared += 1
            body += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
            last = key
        body += struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))
        packed = snappy.compress(bytes(body)) if compress else bytes(body)
        start = len(out)
        out.extend(packed + bytes([1 if compress else 0]) + b"\0\0\0\0")
        return varint(start) + varint(len(packed))

    index, pending = [], []
    for i, item in enumerate(entries):
        pending.append(item)
        if sum(len(v) for _, v in pending) > 4096 or i == len(entries) - 1:
            index.append((pending[-1][0] + b"~", block(pending)))
            pending = []
    handles = block([]) + block(index)
    out.extend(handles + bytes(40 - len(handles)) + struct.pack("<Q", 0xDB4775248B80FB57))
    open(path, "wb").write(out)


def write_slim(net):
    arrays = []
    for name in sorted(net):
        scope = f"vgg_16/{name}" if name[0] == "f" else f"vgg_16/conv{name[4]}/{name}"
        w = hwio(net, name) if name[0] == "c" else hwc_rows(net, name).reshape((7, 7, 12, DENSE) if name == "fc6" else (1, 1, DENSE, -1))
        arrays += [(f"{scope}/biases", net[name][1]), (f"{scope}/weights", w)]
    write_table(f"{OUT}/slim_vgg_16.ckpt", [("global_step", np.array([7], np.int64))] + arrays, compress=False)
    write_table(f"{OUT}/slim_notop_snappy.ckpt", [a for a in arrays if "/fc" not in a[0]], compress=True)


def write_safetensors(net):
    for kind, convert in (("F16", lambda a: a.astype("<f2").tobytes()), ("BF16", lambda a: (a.view("<u4") >> 16).astype("<u2").tobytes())):
        header, data = {"__metadata__": {"format": "pt"}}, b""
        for name, tensor in torch_state(net, top=False).items():
            piece = convert(np.ascontiguousarray(tensor.numpy()))
            header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(piece)]}
            data += piece
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        open(f"{OUT}/safetensors_{kind.lower()}_notop.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + data)


net = network(5)
random = np.random.default_rng(9)
norms = {n: tuple(exact(random.uniform(low, high, len(net[n][1]))) for low, high in ((0.5, 1.5), (-0.1, 0.4), (-0.3, 0.3), (0.5, 2))) for n in NAMES}
for kind in ("torchvision", "caffe", "rgb-mean"):
    answer(net, kind).tofile(f"{OUT}/answer_{kind}.f32")
answer(net, "torchvision", norms).tofile(f"{OUT}/answer_bn.f32")
write_torch(net)
write_torch_bn(net, norms)
write_npz(net)
write_caffe(net)
write_keras(net)
write_slim(net)
write_safetensors(net)
