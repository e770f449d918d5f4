# SPDX-License-Identifier: Apache-2.0
"""Writes Tests/Fixtures/tutorial.safetensors: two epochs of a small VGG as the tutorial trains it, by PyTorch.

The tutorial's way: the schedule is stepped at the beginning of each epoch, losses and accuracies are means over batches,
the last of which is smaller. Weights and images come from the formula; there is no dropout. Without momentum, as the
tutorial trains, and with it.
"""

import torch
from safetensors.torch import save_file
from torch import nn

from fixtures import ROOT, integers, seed_of, uniform
from models import fill

CFG = [8, "M", 16, "M"]
SIDE, HIDDEN, CLASSES = 16, 32, 5
BATCH, EPOCHS, RATE = 16, 2, 0.003
COUNTS = {"train": 90, "val": 40}


class VGG(nn.Module):
    def __init__(self):
        super().__init__()
        layers, channels = [], 3
        for entry in CFG:
            if entry == "M":
                layers.append(nn.MaxPool2d(2, 2))
            else:
                layers += [nn.Conv2d(channels, entry, 3, padding=1), nn.ReLU()]
                channels = entry
        self.features = nn.Sequential(*layers)
        side = SIDE // 4
        self.classifier = nn.Sequential(
            nn.Linear(channels * side * side, HIDDEN), nn.ReLU(), nn.Dropout(0),
            nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Dropout(0), nn.Linear(HIDDEN, CLASSES))

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


def rows(model):
    """How each parameter starts: scaled so that the signal reaches the end."""
    return [
        {"name": name, "shape": list(p.shape), "seed": seed_of("tutorial", name), "shift": 0.0,
         "scale": float(torch.tensor((6 / p[0].numel()) ** 0.5)) if p.dim() > 1 else 0.0}
        for name, p in model.named_parameters()
    ]


def batches(part):
    """Images of a class have a pattern in common, so that there is something to learn."""
    count = COUNTS[part]
    labels = torch.from_numpy(integers(seed_of("tutorial", part, "labels"), (count,), CLASSES)).long()
    patterns = torch.from_numpy(uniform(seed_of("tutorial", "patterns"), (CLASSES, 3, SIDE, SIDE)))
    images = torch.from_numpy(uniform(seed_of("tutorial", part, "images"), (count, 3, SIDE, SIDE)))
    images = images + patterns[labels]
    return [(images[i:i + BATCH], labels[i:i + BATCH]) for i in range(0, count, BATCH)]


def an_epoch(model, part, loss_fn, optimizer=None):
    loss, accuracy, n = 0.0, 0.0, 0
    for x, y in batches(part):
        output = model(x)
        batch_loss = loss_fn(output, y)
        batch_accuracy = torch.sum(output.argmax(1) == y) / output.shape[0]
        if optimizer:
            optimizer.zero_grad()
            batch_loss.backward()
            optimizer.step()
        loss += batch_loss.item()
        accuracy += batch_accuracy.item()
        n += 1
    return loss / n, accuracy / n


def run(momentum):
    model = VGG()
    fill(model, rows(model))
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=momentum)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    loss_fn = nn.CrossEntropyLoss()
    history = []
    for _ in range(EPOCHS):
        scheduler.step()
        rate = optimizer.param_groups[0]["lr"]
        model.train()
        trained = an_epoch(model, "train", loss_fn, optimizer)
        model.eval()
        with torch.no_grad():
            validated = an_epoch(model, "val", loss_fn)
        history.append([rate, *trained, *validated])
    return history, {name: p.detach().clone() for name, p in model.named_parameters()}


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.use_deterministic_algorithms(True)
    tensors = {}
    for name, momentum in [("plain", 0.0), ("momentum", 0.9)]:
        history, weights = run(momentum)
        print(name, history)
        tensors[f"{name}.history"] = torch.tensor(history, dtype=torch.float64)
        tensors |= {f"{name}.{key}": value for key, value in weights.items()}
    save_file(tensors, ROOT / "tutorial.safetensors")
