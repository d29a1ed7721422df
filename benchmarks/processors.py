"""Do the chapters say the same on another processor? Every notebook's cells and kept outputs, as older ones would compute them.

    .venv/bin/python benchmarks/processors.py [notebook ...] [--only haswell ...]

numpy, torch and the libraries below them choose their code by the processor, and so the order of their sums: a run that diverges, a draw at a
tie or a network of which one seed fails then ends otherwise. What a chapter claims must not hang on that. Prints the cells that do, and ends
with 1 if there are any. Only processors of at most this machine's instructions can be played; ARM cannot.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AVX512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"
PROCESSORS = {
    "this one": {},
    "skylake-x": {"OPENBLAS_CORETYPE": "SkylakeX", "MKL_CBWR": "AVX512", "ONEDNN_MAX_CPU_ISA": "AVX512_CORE"},
    "zen": {"OPENBLAS_CORETYPE": "Zen", "ATEN_CPU_CAPABILITY": "avx2", "MKL_CBWR": "COMPATIBLE", "ONEDNN_MAX_CPU_ISA": "AVX2",
            "NPY_DISABLE_CPU_FEATURES": AVX512},
    "haswell": {"OPENBLAS_CORETYPE": "Haswell", "ATEN_CPU_CAPABILITY": "avx2", "MKL_CBWR": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2",
                "NPY_DISABLE_CPU_FEATURES": AVX512},
    "nehalem": {"OPENBLAS_CORETYPE": "Nehalem", "ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "SSE4_2", "ONEDNN_MAX_CPU_ISA": "SSE41",
                "NPY_DISABLE_CPU_FEATURES": f"{AVX512} AVX2 FMA3 F16C AVX"},
}


def differing(processor, notebooks):
    """The cells that fail or print something else there, as pytest names them."""
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider", *notebooks],
                          cwd=ROOT, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1", **PROCESSORS[processor]})
    found = re.findall(r"^FAILED (\S+::Cell \d+)", done.stdout, re.M)
    if done.returncode and not found:                # no cell's fault: nothing was compared
        sys.exit(done.stdout + done.stderr)
    print(f"{processor}: {done.stdout.splitlines()[-1].strip('= ')}", flush=True)
    return done, found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", default=["chapters"])
    parser.add_argument("--only", nargs="+", choices=PROCESSORS, default=list(PROCESSORS), metavar="PROCESSOR", help=", ".join(PROCESSORS))
    options = parser.parse_args()
    cells = {}
    for processor in options.only:
        done, found = differing(processor, options.notebooks)
        if found:
            print(done.stdout, file=sys.stderr)
        for cell in found:
            cells.setdefault(cell, []).append(processor)
    for cell, where in sorted(cells.items()):
        print(f"{cell}: {', '.join(where)}")
    sys.exit(bool(cells))


if __name__ == "__main__":
    main()
