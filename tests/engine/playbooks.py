"""Playbooks in the style of public roles, by name; each shows one thing that Ansible does."""

HOSTS = ("web1", "web2", "web3", "db1")

PLAYBOOKS: dict[str, str] = {
    "handlers": """
        - name: Configure the service
          hosts: web
          gather_facts: false
          tasks:
            - {name: Write the configuration, ansible.builtin.command: "true", notify: [restart it, tell the monitor]}
            - {name: Write it again, ansible.builtin.command: "true", notify: restart it}
            - {name: Flush, ansible.builtin.meta: flush_handlers}
            - {name: Go on, ansible.builtin.debug: {msg: on}}
          handlers:
            - {name: Restart, listen: restart it, ansible.builtin.command: "true"}
            - {name: Tell, listen: tell the monitor, ansible.builtin.debug: {msg: told}}
    """,
    "failing_handler": """
        - name: Configure the service
          hosts: web
          gather_facts: false
          tasks:
            - {name: Write it, ansible.builtin.command: "true", notify: Restart}
          handlers:
            - name: Restart
              ansible.builtin.fail: {msg: it does not come up}
              when: inventory_hostname == 'web2'
    """,
    "rescue": """
        - name: Deploy with a way back
          hosts: web
          gather_facts: false
          tasks:
            - name: Deploy
              block:
                - name: Unpack
                  ansible.builtin.command: "false"
                  when: inventory_hostname == 'web1'
              rescue:
                - {name: Roll back, ansible.builtin.command: "true"}
                - {name: Say so, ansible.builtin.debug: {msg: "{{ ansible_failed_task.name }}"}}
              always:
                - {name: Take the lock off, ansible.builtin.debug: {msg: free}}
    """,
    "rescue_fails": """
        - name: Deploy with a way back that fails too
          hosts: web1
          gather_facts: false
          tasks:
            - block:
                - {name: Unpack, ansible.builtin.command: "false"}
              rescue:
                - {name: Roll back, ansible.builtin.fail: {msg: no backup}}
              always:
                - {name: Take the lock off, ansible.builtin.debug: {msg: free}}
    """,
    "delegate": """
        - name: Take out of the pool
          hosts: web
          gather_facts: false
          tasks:
            - name: Drain
              ansible.builtin.command: "echo {{ inventory_hostname }}"
              delegate_to: db1
              changed_when: true
            - name: Migrate once
              ansible.builtin.command: "true"
              run_once: true
            - name: Record locally
              ansible.builtin.command: "false"
              delegate_to: localhost
              connection: local
              when: inventory_hostname == 'web3'
    """,
    "async": """
        - name: Start it and look later
          hosts: web
          gather_facts: false
          tasks:
            - {name: Begin, ansible.builtin.command: "true", async: 30, poll: 0, register: begun}
            - name: Wait for it
              ansible.builtin.async_status: {jid: "{{ begun.ansible_job_id }}"}
              register: job
              until: job.finished
              retries: 100
              delay: 0
            - {name: Wait at once, ansible.builtin.command: "true", async: 30, poll: 1}
    """,
    "loops": """
        - name: Many at a time
          hosts: web1
          gather_facts: false
          tasks:
            - name: Users
              ansible.builtin.command: "{{ item.run }}"
              loop: [{name: anna, run: "true"}, {name: ben, run: "false"}, {name: carl, run: "true"}]
              loop_control: {label: "{{ item.name }}"}
              ignore_errors: true
            - name: Until it answers
              ansible.builtin.command: "test {{ tries }} = never"
              vars: {tries: 1}
              register: answer
              until: answer is success
              retries: 2
              delay: 0
    """,
    "roles": """
        - name: By roles
          hosts: web
          gather_facts: false
          tasks:
            - {name: Base, ansible.builtin.include_role: {name: base}}
            - {name: More, ansible.builtin.import_tasks: more.yml}
            - name: By system
              ansible.builtin.include_tasks: "{{ item }}.yml"
              loop: [more]
    """,
    "tags": """
        - name: Parts of it
          hosts: web
          gather_facts: false
          tasks:
            - {name: Configuration, ansible.builtin.command: "true", tags: [config]}
            - {name: Restart, ansible.builtin.command: "false", tags: [restart]}
            - {name: Always, ansible.builtin.debug: {msg: always}, tags: [always]}
            - {name: Never, ansible.builtin.command: "false", tags: [never, config_never]}
    """,
    "vault": """
        - name: With a secret
          hosts: web1
          gather_facts: false
          tasks:
            - {name: Use it, ansible.builtin.debug: {msg: "the pin is {{ pin }}"}}
            - {name: Fail with it, ansible.builtin.fail: {msg: "{{ pin }} was refused"}}
    """,
    "become": """
        - name: As somebody else
          hosts: web1
          gather_facts: false
          become: true
          become_user: nosuchuser4711
          tasks:
            - {name: Who am I, ansible.builtin.command: whoami}
    """,
    "ignored": """
        - name: Never mind
          hosts: web
          gather_facts: false
          tasks:
            - name: Stop what may not run
              ansible.builtin.command: "false"
              ignore_errors: true
              when: inventory_hostname != 'web3'
            - {name: Go on, ansible.builtin.command: "true"}
    """,
    "any_errors_fatal": """
        - name: All or none
          hosts: web
          gather_facts: false
          any_errors_fatal: true
          tasks:
            - name: Prepare
              ansible.builtin.fail: {msg: no room}
              when: inventory_hostname == 'web2'
            - {name: Commit, ansible.builtin.command: "true"}
    """,
    "serial": """
        - name: One after the other
          hosts: web
          gather_facts: false
          serial: 1
          max_fail_percentage: 0
          tasks:
            - name: Upgrade
              ansible.builtin.command: "{{ (inventory_hostname == 'web2') | ternary('false', 'true') }}"
    """,
    "max_fail": """
        - name: Most of them
          hosts: web
          gather_facts: false
          max_fail_percentage: 50
          tasks:
            - name: Upgrade
              ansible.builtin.command: "{{ (inventory_hostname == 'web2') | ternary('false', 'true') }}"
            - {name: After, ansible.builtin.debug: {msg: after}}
    """,
    "set_stats": """
        - name: Tell the next one
          hosts: web
          gather_facts: false
          tasks:
            - {name: Count, ansible.builtin.set_stats: {data: {build: 42}}, run_once: true}
    """,
    "end_host": """
        - name: Not all of them
          hosts: web
          gather_facts: false
          tasks:
            - {name: Leave, ansible.builtin.meta: end_host, when: inventory_hostname == 'web1'}
            - {name: Work, ansible.builtin.command: "true"}
            - {name: End, ansible.builtin.meta: end_play}
            - {name: Not reached, ansible.builtin.fail: {msg: reached}}
    """,
    "two_plays": """
        - name: First
          hosts: web1
          gather_facts: false
          tasks:
            - {name: Fail, ansible.builtin.fail: {msg: broken}, ignore_errors: false}
        - name: Second
          hosts: db1
          gather_facts: false
          tasks:
            - {name: Work, ansible.builtin.command: "true"}
    """,
}
MORE = {
    "playbooks/more.yml": "- {name: Included, ansible.builtin.command: 'true'}\n",
    "roles/base/tasks/main.yml": "- {name: Packages, ansible.builtin.command: 'true'}\n"
    "- {name: Service, ansible.builtin.debug: {msg: up}}\n",
}
