"""The memory estimate of `recipes plan` beside published figures (swift_recipes/planning/published_memory.tsv).

Run as: python -m benchmarks.memory_plan
"""

from __future__ import annotations

from swift_recipes.planning.memory import total
from swift_recipes.planning.published import errors, published, summary


def main() -> None:
    print(f"{'model':<15}{'method':<7}{'tokens':>7}{'GPUs':>9}{'published':>10}{'estimate':>9}{'error':>7}  source")
    for row, setup in published():
        here, error = total(setup), total(setup) / float(row["gib"]) - 1
        gpus = f"{row['gpus']} {row['sharding']}" if setup.gpus > 1 else "1"
        print(
            f"{row['model']:<15}{row['method']:<7}{row['tokens']:>7}{gpus:>9}"
            f"{row['gib']:>10}{here:>9.1f}{error:>+7.0%}  {row['source']}"
        )
    for source in ("swift", "qwen"):
        count, median, largest = summary(source)
        low = sum(e < 0 for e in errors(source))
        print(f"{source}: {count} rows, {low} estimated too low; error: median {median:.0%}, largest {largest:.0%}")
    print(f"all {summary()[0]} rows: median {summary()[1]:.0%}")


if __name__ == "__main__":
    main()
