// SPDX-License-Identifier: Apache-2.0

import Foundation
import VGGKit

/// The contents of an event file. Fields have the numbers of TensorFlow's `event.proto` and `summary.proto`.
enum TensorBoardEvent {
    /// The first event of each file.
    case version
    /// Invalidates the events of other files in the folder from this step on, because the run was resumed
    /// from an earlier step.
    case restart
    case scalar(tag: String, value: Float)
    case image(tag: String, Image)
    case text(tag: String, String)

    /// `tensorflow.Event`
    func message(step: Int, seconds: Double) -> ProtocolMessage {
        ProtocolMessage { event in
            event.add(1, double: seconds)
            event.add(2, integer: step)
            switch self {
            case .version: event.add(3, string: "brain.Event:2")
            case .restart: event.add(7, message: ProtocolMessage { $0.add(1, integer: 1) })
            case .scalar(let tag, let value):
                event.add(5, message: Self.summary(tag) { $0.add(2, float: value) })
            case .image(let tag, let image):
                event.add(5, message: Self.summary(tag) { $0.add(4, message: Self.message(of: image)) })
            case .text(let tag, let text):
                event.add(5, message: Self.summary(tag) { Self.add(text, to: &$0) })
            }
        }
    }

    /// `Summary` with one `Value`
    private static func summary(_ tag: String, _ fill: (inout ProtocolMessage) -> Void) -> ProtocolMessage {
        ProtocolMessage { summary in
            summary.add(
                1,
                message: ProtocolMessage { value in
                    value.add(1, string: tag)
                    fill(&value)
                })
        }
    }

    /// `Summary.Image`
    private static func message(of image: Image) -> ProtocolMessage {
        ProtocolMessage { message in
            message.add(1, integer: image.height)
            message.add(2, integer: image.width)
            message.add(3, integer: image.channels)
            message.add(4, bytes: image.pngData)
        }
    }

    /// A `TensorProto` of one string, and the `SummaryMetadata` that has the text plugin show it.
    private static func add(_ text: String, to value: inout ProtocolMessage) {
        let stringType = 7
        value.add(
            8,
            message: ProtocolMessage { tensor in
                tensor.add(1, integer: stringType)
                let dimension = ProtocolMessage { $0.add(1, integer: 1) }
                tensor.add(2, message: ProtocolMessage { $0.add(2, message: dimension) })
                tensor.add(8, string: text)
            })
        let plugin = ProtocolMessage { $0.add(1, string: "text") }
        value.add(9, message: ProtocolMessage { $0.add(1, message: plugin) })
    }
}
