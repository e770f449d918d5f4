// SPDX-License-Identifier: Apache-2.0

extension Ranks {
    /// Joins what the ranks have measured on their parts of a batch. If one has failed, all throw.
    /// - Parameter isStopped: whether this rank was asked to stop
    func exchange(
        _ own: Result<BatchMetrics, any Error>, isStopped: Bool
    ) throws -> (metrics: BatchMetrics, isStopped: Bool) {
        guard let communicator else { return (try own.get(), isStopped) }
        var report = StepReport(isStopped: isStopped)
        switch own {
        case .success(let metrics): report.metrics = metrics
        case .failure: report.hasFailed = true
        }
        let all = try communicator.allGather(value: report)
        if all.contains(where: \.hasFailed) { try together { _ = try own.get() } }
        return (BatchMetrics(joining: all.map(\.metrics)), all.contains(where: \.isStopped))
    }
}

/// What a rank tells the others at the end of a step.
private struct StepReport: BitwiseCopyable {
    var metrics = BatchMetrics()
    var hasFailed = false
    var isStopped: Bool
}
