"""The workloads, one file each: plain functions, and a `Workload` at its end."""
