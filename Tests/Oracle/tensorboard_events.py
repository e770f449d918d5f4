# SPDX-License-Identifier: Apache-2.0
"""Prints what TensorBoard reads from a folder of event files, as JSON."""

import hashlib
import json
import sys

from tensorboard.backend.event_processing import event_accumulator
from tensorboard.util import tensor_util


def main(folder):
    everything = {kind: 0 for kind in event_accumulator.DEFAULT_SIZE_GUIDANCE}
    events = event_accumulator.EventAccumulator(folder, size_guidance=everything)
    events.Reload()
    tags = events.Tags()
    print(json.dumps({
        "version": events.file_version,
        "scalars": {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]},
        "seconds": [e.wall_time for tag in tags["scalars"] for e in events.Scalars(tag)],
        "images": {
            tag: [[e.step, e.width, e.height, hashlib.sha256(e.encoded_image_string).hexdigest()] for e in events.Images(tag)]
            for tag in tags["images"]
        },
        "texts": {
            tag: [[e.step, tensor_util.make_ndarray(e.tensor_proto).item().decode()] for e in events.Tensors(tag)]
            for tag in tags["tensors"]
        },
        "plugins": {
            tag: events.SummaryMetadata(tag).plugin_data.plugin_name for tag in tags["tensors"]
        },
    }))


main(sys.argv[1])
