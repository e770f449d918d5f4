// SPDX-License-Identifier: Apache-2.0

/// The texts that VGGKit keeps beside the tensors of an archive, as JSON.
enum ArchiveMetadata {
    static let entry = "vggkit/metadata.json"

    /// - Parameter name: the name of the text in error messages
    static func read(
        _ text: String, _ name: String, _ part: FilePart
    ) throws(CheckpointError) -> [String: String] {
        do {
            return try JSON.value([String: String].self, text)
        } catch {
            throw part.invalid("its \(name) is no JSON object of texts")
        }
    }
}

extension ZIPArchive {
    private static var longestMetadata: Int { 64 << 20 }

    /// The texts in an entry; none if there is none.
    func metadata(at name: String) throws(CheckpointError) -> [String: String] {
        guard let text = try text(at: name, atMost: Self.longestMetadata) else { return [:] }
        return try ArchiveMetadata.read(text, name, part)
    }

    /// An entry as text; nil if there is none.
    func text(at name: String, atMost longest: Int) throws(CheckpointError) -> String? {
        guard let entry = self[name] else { return nil }
        guard entry.byteCount <= longest, let text = try contents(of: entry, verifying: true).text else {
            throw part.invalid("its entry \(entry.name) is no text")
        }
        return text
    }
}
