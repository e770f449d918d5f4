// SPDX-License-Identifier: Apache-2.0

import TensorCore
import TestSupport

/// The calls that the rows of Tests/Fixtures/opinfo stand for (Tests/Oracle/opinfo_operations.py).
enum OpInfoOperations {
    static func results(of row: SampleCase, _ inputs: [Tensor]) -> [Tensor] {
        if let result = arithmetic(row, inputs) ?? comparison(row, inputs) ?? elementwise(row, inputs)
            ?? moved(row, inputs)
        {
            return [result]
        }
        return reduction(row, inputs) ?? [network(row, inputs)]
    }

    private static func arithmetic(_ row: SampleCase, _ inputs: [Tensor]) -> Tensor? {
        let x = inputs[0]
        guard let scalar = row.float("scalar") else {
            guard inputs.count == 2 else { return nil }
            let y = inputs[1]
            return switch row.operation {
            case "add": x + y
            case "subtract": x - y
            case "multiply": x * y
            case "divide": x / y
            case "subtractFrom": y - x
            case "divideInto": y / x
            case "maximum": maximum(x, y)
            case "minimum": minimum(x, y)
            default: nil
            }
        }
        return switch row.operation {
        case "add": x + scalar
        case "subtract": x - scalar
        case "multiply": x * scalar
        case "divide": x / scalar
        case "subtractFrom": scalar - x
        case "divideInto": scalar / x
        default: nil
        }
    }

    private static func comparison(_ row: SampleCase, _ inputs: [Tensor]) -> Tensor? {
        let x = inputs[0]
        let y = row.float("scalar").map { Tensor($0) } ?? inputs.last!
        return switch row.operation {
        case "equal": x .== y
        case "notEqual": x .!= y
        case "less": x .< y
        case "greater": x .> y
        case "lessOrEqual": x .<= y
        case "greaterOrEqual": x .>= y
        default: nil
        }
    }

    private static func elementwise(_ row: SampleCase, _ inputs: [Tensor]) -> Tensor? {
        let x = inputs[0]
        return switch row.operation {
        case "negate": -x
        case "abs": abs(x)
        case "exp": exp(x)
        case "log": log(x)
        case "sqrt": sqrt(x)
        case "sin": sin(x)
        case "cos": cos(x)
        case "tanh": tanh(x)
        case "sigmoid": sigmoid(x)
        case "relu": relu(x)
        case "leakyReLU": leakyReLU(x, negativeSlope: row.float("slope")!)
        case "gelu": gelu(x, approximation: row.text("approximation") == "tanh" ? .tanh : .none)
        case "power": pow(x, row.float("exponent")!)
        case "clamp": clamp(x, row.float("low")!...row.float("high")!)
        case "choose": choose(where: inputs[1], x, inputs[2])
        case "softmax": softmax(x, axis: row.int("axis")!)
        case "logSoftmax": logSoftmax(x, axis: row.int("axis")!)
        default: nil
        }
    }

    private static func reduction(_ row: SampleCase, _ inputs: [Tensor]) -> [Tensor]? {
        let (x, axes, keep) = (inputs[0], row.ints("axes"), row.flag("keep"))
        switch row.operation {
        case "sum": return [x.sum(axes: axes, keepDimensions: keep)]
        case "mean": return [x.mean(axes: axes, keepDimensions: keep)]
        case "variance":
            return [x.variance(axes: axes, unbiased: row.flag("unbiased"), keepDimensions: keep)]
        case "max": return [x.max(axes: axes, keepDimensions: keep)]
        case "min": return [x.min(axes: axes, keepDimensions: keep)]
        case "maxAndIndex":
            return [
                x.max(axes: axes, keepDimensions: keep), x.argmax(axis: axes[0], keepDimensions: keep),
            ]
        case "minAndIndex":
            return [
                x.min(axes: axes, keepDimensions: keep),
                (-x).argmax(axis: axes[0], keepDimensions: keep),
            ]
        case "argmax": return [x.argmax(axis: row.int("axis")!, keepDimensions: keep)]
        case "top":
            let top = x.top(row.int("count")!)
            return [top.values, top.indices]
        default: return nil
        }
    }

    /// What changes shapes, or takes parts.
    private static func moved(_ row: SampleCase, _ inputs: [Tensor]) -> Tensor? {
        let x = inputs[0]
        return switch row.operation {
        case "contiguous": x.contiguous()
        case "flatten": x.flattened(from: row.int("axis")!)
        case "reshape": x.reshaped(to: row.ints("to"))
        case "permute": x.permuted(row.ints("axes"))
        case "transpose": x.transposed()
        case "squeeze": x.squeezed(axis: row.int("axis"))
        case "unsqueeze": x.expanded(at: row.int("axis")!)
        case "broadcast": x.broadcast(to: row.ints("to"))
        case "concatenate": concatenate(inputs, axis: row.int("axis")!)
        case "stack": stack(inputs, axis: row.int("axis")!)
        case "slice": x.slice(axis: row.int("axis")!, row.int("start")!..<row.int("end")!)
        case "select": x.permuted(first: row.int("axis")!)[row.int("index")!]
        case "flip": row.ints("axes").reduce(x) { $0.flipped(axis: $1) }
        case "gather": x.gathered(inputs[1])
        case "subscript": x.subscripted(row.text("parts").split(separator: " ").map(String.init))
        case "pad":
            x.padded(
                stride(from: row.ints("pads").count - 2, through: 0, by: -2).map {
                    (row.ints("pads")[$0], row.ints("pads")[$0 + 1])
                }, value: row.float("value")!)
        default: nil
        }
    }

    private static func network(_ row: SampleCase, _ inputs: [Tensor]) -> Tensor {
        let x = inputs[0]
        let third = inputs.count > 2 ? inputs[2] : nil
        switch row.operation {
        case "matmul": return matmul(x, inputs[1])
        case "linear": return linear(x, weight: inputs[1], bias: third)
        case "conv2d":
            return conv2d(
                x, weight: inputs[1], bias: third, stride: row.extent("stride"),
                padding: row.extent("padding"), dilation: row.extent("dilation"), groups: row.int("groups")!)
        case "maxPool2d":
            return maxPool2d(
                x, kernelSize: row.extent("kernel"), stride: row.extent("stride"),
                padding: row.extent("padding"), dilation: row.extent("dilation"),
                ceilMode: row.flag("ceilMode"))
        case "avgPool2d":
            return avgPool2d(
                x, kernelSize: row.extent("kernel"), stride: row.extent("stride"),
                padding: row.extent("padding"), ceilMode: row.flag("ceilMode"),
                countIncludesPadding: row.flag("countIncludePad"))
        case "adaptiveAvgPool2d": return adaptiveAvgPool2d(x, outputSize: row.extent("outputSize"))
        case "batchNorm2d": return batchNorm(row, inputs)
        case "localResponseNorm":
            // Of a batch of anything, with channels second.
            return localResponseNorm(
                x.reshaped(to: [x.shape[0], x.shape[1], -1, 1]), size: row.int("size")!,
                alpha: row.float("alpha")!, beta: row.float("beta")!, k: row.float("k")!
            ).reshaped(to: x.shape)
        case "crossEntropy":
            return crossEntropy(
                x, inputs[1], weights: row.flag("weighted") ? inputs[2] : nil,
                labelSmoothing: row.float("labelSmoothing")!, ignoreIndex: row.int("ignoreIndex")!,
                reduction: reduction(row))
        case "crossEntropyOfProbabilities":
            return crossEntropy(x, probabilities: inputs[1], reduction: reduction(row))
        case "meanSquaredError": return meanSquaredError(x, inputs[1], reduction: reduction(row))
        default: fatalError("\(row.operation) is not known")
        }
    }

    private static func batchNorm(_ row: SampleCase, _ inputs: [Tensor]) -> Tensor {
        let x = inputs[0]
        let given = Dictionary(uniqueKeysWithValues: zip(row.texts("tensors"), inputs.dropFirst()))
        let images = x.reshaped(to: [x.shape[0], x.shape[1], -1, 1])
        let epsilon = row.float("epsilon")!
        let result =
            row.flag("training")
            ? batchNorm2d(images, weight: given["weight"], bias: given["bias"], epsilon: epsilon).value
            : batchNorm2d(
                images, mean: given["running_mean"]!, variance: given["running_var"]!,
                weight: given["weight"],
                bias: given["bias"], epsilon: epsilon)
        return result.reshaped(to: x.shape)
    }

    private static func reduction(_ row: SampleCase) -> Reduction {
        switch row.text("reduction") {
        case "sum": .sum
        case "none": .none
        default: .mean
        }
    }
}

extension Tensor {
    fileprivate func permuted(first axis: Int) -> Tensor {
        let axis = axis < 0 ? axis + rank : axis
        return permuted([axis] + shape.indices.filter { $0 != axis })
    }

    /// The part that indices written as in Python name.
    fileprivate func subscripted(_ parts: [String]) -> Tensor {
        func index(_ text: String) -> any TensorIndex {
            if text == "all" { return WholeAxis.all }
            let numbers = text.split(separator: ":").map { Int($0)! }
            return numbers.count == 1
                ? numbers[0] : stride(from: numbers[0], to: numbers[1], by: numbers[2])
        }
        switch (parts.firstIndex(of: "..."), parts.count) {
        case (nil, 1): return self[index(parts[0])]
        case (nil, 2): return self[index(parts[0]), index(parts[1])]
        case (nil, 3): return self[index(parts[0]), index(parts[1]), index(parts[2])]
        case (0, 1): return self[...]
        case (0, 2): return self[..., index(parts[1])]
        case (1, 2): return self[index(parts[0]), ...]
        case (1, 3): return self[index(parts[0]), ..., index(parts[2])]
        default: fatalError("\(parts) is not known")
        }
    }
}
