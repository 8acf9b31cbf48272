"""Reads Prometheus' text format from standard input with Prometheus' own parser; writes a line for each metric: name, type, unit-less samples."""
import sys

from prometheus_client.parser import text_string_to_metric_families

for family in text_string_to_metric_families(sys.stdin.read()):
    name = family.name + ("_total" if family.type == "counter" else "")
    for sample in family.samples:
        labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()) if not key.startswith("otel_scope"))
        print(f"{name} {family.type} {sample.name} {labels or '-'} {sample.value}")
