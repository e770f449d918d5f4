# SPDX-License-Identifier: Apache-2.0
"""VGG as torchvision has it: the same names and shapes of parameters."""

from torch import nn

COLUMNS = {
    "vgg11": [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "vgg16": [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"],
}


class VGG(nn.Module):
    def __init__(self, column, class_count=1000, batch_norm=False, pooled_size=7, hidden=(4096, 4096), dropout=0.5):
        super().__init__()
        layers, channels = [], 3
        for stage in COLUMNS[column]:
            if stage == "M":
                layers.append(nn.MaxPool2d(2))
                continue
            layers.append(nn.Conv2d(channels, stage, 3, padding=1))
            if batch_norm:
                layers.append(nn.BatchNorm2d(stage))
            layers.append(nn.ReLU(inplace=True))
            channels = stage
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(pooled_size)
        layers, width = [], channels * pooled_size**2
        for units in hidden:
            layers += [nn.Linear(width, units), nn.ReLU(inplace=True), nn.Dropout(dropout)]
            width = units
        self.classifier = nn.Sequential(*layers, nn.Linear(width, class_count))

    def forward(self, images):
        return self.classifier(self.avgpool(self.features(images)).flatten(1))
