#!/bin/sh
# Makes this machine one that runs the bot, from what lies in ~/signalbox. As whoever Vagrant logs in, who may use sudo.
set -eu
cd ~/signalbox

sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq
sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
  git make openssh-client python3-venv redis-server >/dev/null
make --silent .venv/.run
echo "The bot is there: \`vagrant ssh $(hostname)\`, \`cd signalbox\`, \`make chat\`, \`run ping in lab\`"
