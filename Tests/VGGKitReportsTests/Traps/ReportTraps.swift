// SPDX-License-Identifier: Apache-2.0

import TestSupport
import VGGKit
import VGGKitReports

let reportTraps: [Trap] = [
    Trap("ConfusionFigure: 2 classes need as many rows and columns, not [2, 1]") {
        _ = ConfusionFigure(title: "", classes: ["a", "b"], counts: [[1, 2], [3]])
    },
    Trap("PhotoMap: label 2 of rose.jpg is outside 0..<2") {
        let point = PhotoMap.Point(x: 0, y: 0, label: 2, name: "rose.jpg")
        _ = PhotoMap(points: [point], classes: ["a", "b"], remark: "")
    },
    Trap("HTMLReport.Photo: the ranking of rose.jpg is empty; it has at least one class") {
        _ = HTMLReport.Photo(
            image: Image(width: 1, height: 1, color: [1]), name: "rose.jpg", label: "rose", ranking: [],
            labelProbability: 0)
    },
]
