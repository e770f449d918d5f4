# SPDX-License-Identifier: Apache-2.0
"""Measures VGGKit and its peers in turn, each workload in a process of its own, and reports medians and ratios.

    python3 Benchmarks/bench.py [--only vgg16-inference,loader] [--rounds 3] [--quick] [--write Docs/Benchmarks.md]

`make bench` builds what is needed and runs this.
"""

import argparse
import json
import os
import subprocess
import sys
import time

import page
from preparation import DATA, HERE, MEASURE, PYTHON, find_photos, install_peers, prepare_models, say
from workloads import Subject, Workload, all_workloads

# A process that takes longer than this many seconds is given up.
PATIENCE = 900


def command(subject, job):
    if job["workload"] == "classify":
        arguments = [str(DATA / subject.settings["weights"]), job["photo"]]
    else:
        arguments = [json.dumps({**job, **subject.settings})]
    if subject.program.endswith(".py"):
        return [str(PYTHON), str(HERE / "Peers" / subject.program), *arguments]
    return [str(MEASURE.parent / subject.program), *arguments]


def run(subject, job):
    """One process; what it reports, or why it did not, in words."""
    environment = {**os.environ, **subject.environment}
    start = time.perf_counter()
    process = subprocess.Popen(
        command(subject, job), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        output, errors = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None, f"took longer than {PATIENCE} s"
    elapsed = time.perf_counter() - start
    if process.returncode != 0:
        reason = errors.strip().splitlines() or ["no message"]
        return None, f"ended with {process.returncode}: {reason[-1]}"
    if job["workload"] == "classify":
        return {"seconds": {"image": [elapsed]}, "checksum": [float(output)], "peakMemory": None}, None
    return json.loads(output.splitlines()[-1]), None


def measure(workload, rounds, job, results):
    """Every subject in turn, each round beginning with another."""
    subjects = [subject for subject in workload.subjects if subject.name not in results.missing(workload)]
    for number in range(rounds):
        for place in range(len(subjects)):
            subject = subjects[(place + number) % len(subjects)]
            report, problem = run(subject, job)
            results.add(workload, subject, report, problem)
            say(f"  {number + 1}/{rounds} {subject.name}: {problem or page.briefly(report)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="workloads whose names begin so, separated by commas")
    parser.add_argument("--rounds", type=int, help="in place of each workload's own number")
    parser.add_argument("--seconds", type=float, default=4, help="how long a process measures, at least")
    parser.add_argument("--quick", action="store_true", help="a first impression in about three minutes")
    parser.add_argument("--write", help="the page to write; otherwise it goes to standard output alone")
    parser.add_argument("--photos", help="a folder of photos of medium size, one folder a class")
    parser.add_argument("--originals", help="a folder of large photos, one folder a class")
    parser.add_argument("--command", default="make bench", help="what the page says it was made with")
    options = parser.parse_args()

    begun = time.time()
    versions, problems = install_peers()
    folders = find_photos(options.photos, options.originals)
    prefixes = tuple(filter(None, options.only.split(",")))
    chosen = [workload for workload in all_workloads()
              if (workload.name.startswith(prefixes) if prefixes else workload.is_quick or not options.quick)]
    if not chosen:
        parser.error(f"no workload begins with {options.only}; there are "
                     + ", ".join(workload.name for workload in all_workloads()))

    networks = {workload.job["model"] for workload in chosen if "model" in workload.job}
    problems += prepare_models(versions, sorted(networks))
    results = page.Results(versions, problems)
    peak = Workload("peak", "The processors' peak", {"workload": "peak"}, [Subject("VGGKit", "measure")])
    for workload in [peak, *chosen, peak]:
        say(workload.name)
        job = {"data": str(DATA), "seconds": options.seconds, "samples": 3, **workload.job}
        if options.quick:
            job.update(seconds=0.5, samples=1)
        if workload.name == "peak":
            job["seconds"] = 0.5
        if "photos" in job:
            job["photos"] = str(folders[job["photos"]])
            job["photo"] = str(sorted(folders["originals"].rglob("*.jpg"))[0])
        rounds = 1 if workload.name == "peak" else options.rounds or (1 if options.quick else workload.rounds)
        measure(workload, rounds, job, results)

    (DATA / "results.json").write_text(json.dumps(results.reports, indent=1))
    text = page.written(results, chosen, options.command, folders, time.time() - begun)
    print(text)
    if options.write:
        with open(options.write, "w") as file:
            file.write(text)
    if results.disagreements(chosen) or results.failures:
        sys.exit("bench: some subjects failed or computed something else; see the page")


main()
