"""The whole road side by side with bare ansible-playbook: `make bench` runs it, docs/benchmarks.md explains it."""
