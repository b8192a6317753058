#!/bin/sh
# Called by mmdebstrap with the fresh root file system as $1: turns it into a host that boots fast and takes SSH.
set -eu
root=$1

chroot "$root" useradd --create-home --shell /bin/bash ops
chroot "$root" usermod --password '*' ops # `*` lets keys in; `!` would lock the account for sshd
install -d -m 0700 -o "$(chroot "$root" id -u ops)" -g "$(chroot "$root" id -g ops)" "$root/home/ops/.ssh"
echo 'ops ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/ops"
chmod 0440 "$root/etc/sudoers.d/ops"

# Every host gets a key of its own at start; a key baked into a shared image would identify nobody.
rm -f "$root"/etc/ssh/ssh_host_*
cat >"$root/etc/ssh/sshd_config.d/fleet.conf" <<'EOF'
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/fleet_authorized_keys
PasswordAuthentication no
UseDNS no
MaxStartups 100:30:200
MaxSessions 100
EOF

# A small service beside nginx that people can restart and whose log grows.
cat >"$root/etc/systemd/system/ticker.service" <<'EOF'
[Unit]
Description=Writes one line to the journal every five seconds

[Service]
ExecStart=/bin/sh -c 'n=0; while :; do n=$((n+1)); echo "tick $n"; sleep 5; done'

[Install]
WantedBy=multi-user.target
EOF
chroot "$root" systemctl --quiet enable ssh.service nginx.service ticker.service
# No terminals, no timers that would reach for a network, no clock that belongs to the machine outside.
chroot "$root" systemctl --quiet mask console-getty.service getty.target systemd-timesyncd.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
    motd-news.timer systemd-firstboot.service

# What was carried in to reach the package mirrors (proxy, certificates, sources) stays on the machine that built it.
rm -f "$root/etc/hostname" "$root/etc/apt/apt.conf.d/99mmdebstrap" "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*
: >"$root/etc/machine-id"
: >"$root/etc/resolv.conf"
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n' >"$root/etc/hosts"
