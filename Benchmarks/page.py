# SPDX-License-Identifier: Apache-2.0
"""What the processes reported, as medians, ratios and a page of tables."""

import os
import platform
import subprocess
import time
from statistics import median


class Results:
    def __init__(self, versions, problems):
        self.versions, self.problems = versions, list(problems)
        # By workload and subject, one report a round.
        self.reports = {}
        self.failures = []

    def add(self, workload, subject, report, problem):
        if problem:
            self.failures.append(f"{workload.name}, {subject.name}: {problem}")
        else:
            self.reports.setdefault(workload.name, {}).setdefault(subject.name, []).append(report)

    def missing(self, workload):
        """Subjects that cannot be run, and what they lack."""
        lacks = {subject.name: [name for name in subject.needs if name not in self.versions]
                 for subject in workload.subjects}
        return {name: lacking for name, lacking in lacks.items() if lacking}

    def rounds(self, workload, subject, part="image"):
        """The median of each round's process."""
        return [median(report["seconds"][part]) for report in self.reports.get(workload.name, {}).get(subject.name, [])]

    def measured(self, workload):
        return [subject for subject in workload.subjects if subject.name in self.reports.get(workload.name, {})]

    def peers(self, workload, is_reduced=False):
        return [subject for subject in self.measured(workload)
                if not is_ours(subject) and subject.is_reduced == is_reduced]

    def best_peer(self, workload, part="image", is_reduced=False):
        return min(self.peers(workload, is_reduced), default=None,
                   key=lambda peer: median(self.rounds(workload, peer, part)))

    def ratio(self, workload, peer, part="image"):
        """How many times as long as VGGKit a peer took in each round."""
        ours = self.rounds(workload, workload.subjects[0], part)
        return [theirs / own for theirs, own in zip(self.rounds(workload, peer, part), ours)]

    def memory(self, workload, subject):
        figures = [report["peakMemory"] for report in self.reports[workload.name][subject.name]]
        return median(figures) if all(figures) else None

    def peak(self, vector=None):
        """Operations a second, in 10⁹."""
        widths = {}
        for report in self.reports.get("peak", {}).get("VGGKit", []):
            for width, seconds in report["seconds"].items():
                widths[int(width)] = max(widths.get(int(width), 0), 1 / median(seconds))
        return widths.get(vector) or max(widths.values(), default=None)

    def disagreements(self, workloads):
        """Where a subject did not compute what VGGKit did, in words."""
        found = []
        for workload in workloads:
            for subject in self.measured(workload):
                reference = self.checksum(workload, (self.peers(workload) or self.measured(workload))[0])
                own = self.checksum(workload, subject)
                allowed = workload.tolerance * (20 if subject.is_reduced else 1) * max(map(abs, reference))
                if len(own) != len(reference) or any(not abs(a - b) <= allowed for a, b in zip(own, reference)):
                    found.append(f"{workload.name}, {subject.name}: {own} where others have {reference}")
        return found

    def checksum(self, workload, subject):
        return self.reports[workload.name][subject.name][0]["checksum"]


def is_ours(subject):
    return subject.name.startswith("VGGKit")


def briefly(report):
    return ", ".join(f"{1e3 * median(seconds):.4g} ms" for seconds in report["seconds"].values())


def table(header, rows):
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def milliseconds(seconds):
    return f"{1e3 * seconds:.3g}" if seconds < 0.1 else f"{1e3 * seconds:.0f}"


def times(ratios):
    return f"{median(ratios):.2f}×"


def gibibytes(count):
    return "–" if count is None else f"{count / 2**30:.2f} GiB"


def written(results, workloads, command, folders, elapsed):
    sections = [
        "# Benchmarks\n\nVGGKit and its peers, measured in turn on one machine in one run: "
        f"`{command}`. Ratios count, not seconds.\n",
        machine(results, folders, elapsed), glance(results, workloads), METHOD,
        *(section(results, workload) for workload in workloads if results.measured(workload)), troubles(results, workloads),
    ]
    return "\n".join(filter(None, sections))


METHOD = """## How it was measured

Each measurement is a process of its own that loads the weights and inputs all subjects share, runs until it is warm, and
then runs again and again. The subjects take turns, each round begins with another, and a figure is the median over the
rounds of the medians of each process; the range is that of the processes. "VGGKit is … times as fast" is the median of each
round's ratio. Everyone has all processors, and computes in float32 where nothing else is said. Effective GFLOP/s are two for
every multiply-add of direct convolution, so an algorithm that needs fewer of them can pass the processors' peak. The
checksum is the mean of the absolute results, or the loss of the first step: it shows that all computed the same function.
Memory is the most that a process ever had resident.
"""


def machine(results, folders, elapsed):
    def output(*command):
        try:
            return subprocess.run(command, capture_output=True, text=True).stdout.strip()
        except FileNotFoundError:
            return ""

    with open("/proc/cpuinfo") as file:
        processor = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) / 2**20
    swift = output("swift", "--version").splitlines() or ["unknown"]
    changed = " with changes" if output("git", "status", "--porcelain", "--untracked-files=no") else ""
    peak = results.peak()
    names = ("torch", "onnxruntime", "openvino", "pillow")
    peers = ", ".join(f"{name} {results.versions[name]}" for name in names if name in results.versions) or "none"
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    rows = [
        ["processor", f"{processor}, {len(os.sched_getaffinity(0))} processors available"],
        ["memory", f"{memory:.0f} GiB"],
        ["measured peak in float32", f"{peak:.0f} GFLOP/s ({results.peak(256):.0f} with 256-bit vectors)" if peak else "–"],
        ["system", f"{platform.system()} {platform.release()}"],
        ["Swift", swift[0]],
        ["peers", peers],
        ["photos", ", ".join(f"{path.name}" for path in folders.values())],
        ["commit", output("git", "rev-parse", "--short=12", "HEAD") + changed],
        ["date", time.strftime("%Y-%m-%d", time.gmtime())],
        ["took", f"{elapsed / 60:.0f} minutes; load over the last 1, 5 and 15 of them {load}"],
    ]
    return table(["", ""], rows).replace("---:", "---")


def glance(results, workloads):
    rows, memory = [], []
    for workload in workloads:
        if "convolution" in workload.name or workload.subjects[0] not in results.measured(workload):
            continue
        best = results.best_peer(workload)
        if not best:
            continue
        for peer in filter(None, [best, results.best_peer(workload, is_reduced=True)]):
            ratios = results.ratio(workload, peer)
            rows.append([workload.title, peer.name, f"**{times(ratios)}**", f"{min(ratios):.2f}–{max(ratios):.2f}"])
        if workload.shows_memory:
            pytorch = [peer for peer in results.peers(workload) if peer.name.startswith("PyTorch")]
            least = min(filter(None, (results.memory(workload, peer) for peer in pytorch)), default=None)
            own = results.memory(workload, workload.subjects[0])
            if least and own:
                memory.append([workload.title, gibibytes(own), gibibytes(least), f"**{own / least:.2f}**"])
    text = ""
    if rows:
        text += "## At a glance\n\n" + table(
            ["", "best peer", "VGGKit is … times as fast", "range over the rounds"], rows)
    if memory:
        text += "\n" + table(["peak memory", "VGGKit", "PyTorch, the lesser of both layouts", "share"], memory)
    return text


def section(results, workload):
    measured = results.reports[workload.name][results.measured(workload)[0].name][0]["seconds"]
    parts = [part for part in workload.operations if part in measured] or ["image"]
    body = whole(results, workload) if parts == ["image"] else by_part(results, workload, parts)
    note = f"\n{workload.note}\n" if workload.note else ""
    return f"## {workload.title}\n\n`{workload.name}`\n\n{body}{note}"


def whole(results, workload):
    peak, operations = results.peak(workload.vector), workload.operations.get("image")
    header = ["", "ms an image", "range", "images/s", "VGGKit is … times as fast"]
    header += ["GFLOP/s", "of the peak"] if operations else []
    header += ["peak memory"] if workload.shows_memory else []
    rows = []
    for subject in results.measured(workload):
        rounds = results.rounds(workload, subject)
        middle = median(rounds)
        ratios = results.ratio(workload, subject)
        row = [subject.name, milliseconds(middle), f"{milliseconds(min(rounds))}–{milliseconds(max(rounds))}",
               f"{1 / middle:.3g}", times(ratios) if ratios and subject != workload.subjects[0] else ""]
        if operations:
            rate = operations / middle / 1e9
            row += [f"{rate:.0f}", f"{100 * rate / peak:.0f} %" if peak else "–"]
        if workload.shows_memory:
            row.append(gibibytes(results.memory(workload, subject)))
        rows.append(row + [f"{results.checksum(workload, subject)[0]:.6g}"])
    return table([*header, "checksum"], rows)


def by_part(results, workload, parts):
    """A row for each part, a column for each subject: milliseconds an image."""
    subjects = results.measured(workload)
    peak = results.peak(workload.vector)
    has_ours = subjects[0] == workload.subjects[0]
    header = ["in-out-size", *(subject.name for subject in subjects)]
    header += ["times as fast as the best", "VGGKit's GFLOP/s", "of the peak"] if has_ours else []
    rows = []
    for part in parts:
        row = [part, *(milliseconds(median(results.rounds(workload, subject, part))) for subject in subjects)]
        if has_ours:
            best = results.best_peer(workload, part)
            rate = workload.operations[part] / median(results.rounds(workload, subjects[0], part)) / 1e9
            row += [times(results.ratio(workload, best, part)) if best else "–", f"{rate:.0f}",
                    f"{100 * rate / peak:.0f} %" if peak else "–"]
        rows.append(row)
    return "Milliseconds an image.\n\n" + table(header, rows)


def troubles(results, workloads):
    """What was not measured, or should not be believed."""
    lines = list(results.problems)
    for workload in workloads:
        lines += [f"{workload.name}, {name}: not measured, {', '.join(lacking)} missing"
                  for name, lacking in results.missing(workload).items()]
    lines += results.failures + [f"computed something else: {line}" for line in results.disagreements(workloads)]
    return "## What is missing\n\n" + "\n".join(f"- {line}" for line in lines) + "\n" if lines else ""
