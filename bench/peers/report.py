"""docs/performance/rows.jsonl keeps the rows that were measured; docs/performance.md gets their table."""
import json


def replace(page, writer, text):
    """Puts `text` between the two comments that `writer` owns."""
    begin, end = f"<!-- {writer} writes this: begin -->", "<!-- end -->"
    before, rest = page.read_text().split(begin, 1)
    page.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end, 1)[1]}")


def processor():
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return "unknown processor"


def merged(path, lines, order):
    kept = {}
    if path.exists():
        kept = {row["work"]: row for row in map(json.loads, path.read_text().splitlines())}
    kept |= {line["work"]: line for line in lines}
    rows = [kept[work] for work in order if work in kept]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return rows


def cell(row, key):
    value = row.get(key)
    return "-" if value is None else f"{value:g}"


def table(rows):
    text = ["| work | ours, ms | peer, ms | ratio | required | share of limit | ratio at the limit |",
            "|---|---|---|---|---|---|---|"]
    for row in rows:
        if "skipped" in row:
            text.append(f"| {row['work']} | skipped: {row['skipped']} | - | - | {cell(row, 'required')} | - | - |")
            continue
        ratio = cell(row, "ratio") + (" (short)" if row["short"] else "")
        if "peer_mb" in row:
            text.append(f"| {row['work']} | {row['ours_mb']} MB | {row['peer_mb']} MB | {ratio} | "
                        f"{cell(row, 'required')} | - | - |")
            continue
        memory = f", {row['ours_mb']} MB of {row['limit_mb']}" if "ours_mb" in row else ""
        share = "-" if "share_of_limit" not in row else f"{100 * row['share_of_limit']:.0f} %"
        text.append(f"| {row['work']}{memory} | {cell(row, 'ours_ms')} | {cell(row, 'peer_ms')} | {ratio} | "
                    f"{cell(row, 'required')} | {share} | {cell(row, 'ratio_at_limit')} |")
    return "\n".join(text)


def write_rows(docs, lines, order):
    """Merges the lines into the kept rows and writes the table under the machine's description."""
    folder = docs / "performance"
    folder.mkdir(exist_ok=True)
    machine = folder / "machine.txt"
    rows = merged(folder / "rows.jsonl", lines, order)
    described = machine.read_text() if machine.exists() else ""
    replace(docs / "performance.md", "compare_peers.py", f"{described}\n{table(rows)}")


def write(docs, lines, peak, order, threads):
    (docs / "performance").mkdir(exist_ok=True)
    (docs / "performance/machine.txt").write_text(
        f"{processor()}, {threads} threads: {peak['fp32_flops'] / 1e9:.0f} GFLOP/s in registers, "
        f"{peak['product_flops'] / 1e9:.0f} in a product of 1024-cubes, "
        f"{peak['int8_flops'] / 1e9:.0f} G operations/s on bytes, "
        f"{peak['bytes'] / 1e9:.1f} GB/s read from memory"
        + (".\n" if peak["bf16_flops"] else "; no bf16 products.\n"))
    write_rows(docs, lines, order)
