"""Runs enter a process that has Ansible loaded already; what leaves is what ansible-playbook would do, sooner.

`shim` stands where the runner calls ansible-playbook, and hands over what it was called with; `server` forks for each
run a `keeper`, and that one the process that carries the run out (`become`). `key` says which runs a server may take.
Whenever anything is amiss, the shim executes the real ansible-playbook (decision 0013).
"""
