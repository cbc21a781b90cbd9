# One training step of preset camvid in PyTorch: the same network (VGG16 of width 0.25 with batch normalisation, taps conv1_2..conv5_3, head
# 256-256-11), 4 images, 2000 pixels each, Adam. Reads lines "N" from standard input, does N steps and answers with their milliseconds.
# python3 camvid_step.py WIDTH HEIGHT THREADS; needs torch (Debian: python3-torch).
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTH, HEIGHT, THREADS = (int(a) for a in sys.argv[1:4])
IMAGES, PIXELS, CLASSES = 4, 2000, 11
torch.manual_seed(0)
torch.set_num_threads(THREADS)
CHANNELS = [16, 32, 64, 128, 128]


class PixelNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList()
        inputs = 3
        for channels, count in zip(CHANNELS, (2, 2, 3, 3, 3)):
            layers = []
            for _ in range(count):
                layers += [nn.Conv2d(inputs, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]
                inputs = channels
            self.blocks.append(nn.Sequential(*layers))
        self.head = nn.Sequential(nn.Conv2d(sum(CHANNELS), 256, 1), nn.ReLU(), nn.Conv2d(256, 256, 1), nn.ReLU(), nn.Conv2d(256, CLASSES, 1))

    def forward(self, x, grid):
        columns = []
        for i, block in enumerate(self.blocks):
            x = block(x if i == 0 else F.max_pool2d(x, 2))
            columns.append(F.grid_sample(x, grid, align_corners=False, padding_mode="border"))
        return self.head(torch.cat(columns, 1))


net = PixelNet()
optimizer = torch.optim.Adam(net.parameters(), 1e-3)
images = torch.randint(0, 256, (IMAGES, HEIGHT, WIDTH, 3), dtype=torch.uint8)
grid = torch.rand(IMAGES, PIXELS, 1, 2) * 2 - 1
targets = torch.randint(0, CLASSES, (IMAGES, PIXELS))


def step():
    x = (images.permute(0, 3, 1, 2).float() - 107) / 60
    loss = F.cross_entropy(net(x, grid)[..., 0], targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


step()
print("torch", torch.__version__, flush=True)
for line in sys.stdin:
    times = []
    for _ in range(int(line)):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1000)
    print(" ".join(f"{t:.3f}" for t in times), flush=True)
