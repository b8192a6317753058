# Vagrant's provider `fleet`: machines without a hypervisor, which are hosts of `python -m bot fleet` (systemd-nspawn,
# root on Linux). For tests, and for people who want to see the road before they own a hypervisor. It is taken when
# asked for: `vagrant up --provider=fleet`, or VAGRANT_DEFAULT_PROVIDER=fleet. Boxes, memory and addresses don't matter.

require_relative "fleet/actions"
require_relative "fleet/fleet"

module Signalbox
  # The provider of one machine, as Vagrant wants it.
  class FleetProvider < Vagrant.plugin("2", :provider)
    RUNNING = Vagrant::MachineState.new(:running, "running", "It answers over SSH.")
    STOPPED = Vagrant::MachineState.new(
      :poweroff, "poweroff", "It is stopped, and its disk is kept; `vagrant up` starts it."
    )
    NOT_CREATED = Vagrant::MachineState.new(
      Vagrant::MachineState::NOT_CREATED_ID, "not created", "It does not exist; `vagrant up` makes it."
    )

    attr_reader :fleet

    def self.usable?(raise_error = false)
      can = Process.uid.zero? && File.directory?("/sys/fs/cgroup")
      raise FleetBroken, "Machines of the provider fleet need root on Linux." if raise_error && !can

      can
    end

    def initialize(machine)
      @machine = machine
      @fleet = Fleet.new(machine.env, machine.name.to_s, machine.ui)
    end

    def action(name)
      FleetActions.of(name)
    end

    def state
      return NOT_CREATED if @machine.id.nil?

      @fleet.running? ? RUNNING : STOPPED
    end

    # How it is reached; nil unless it runs.
    def ssh_info
      return nil unless state.equal?(RUNNING)

      @fleet.way
    end

    def to_s
      "fleet (#{@machine.id || "new"})"
    end
  end

  # Tells Vagrant of it. Never chosen by itself; one after the other, because a fleet is in one hand at a time.
  class FleetPlugin < Vagrant.plugin("2")
    name "fleet"
    description "Hosts of `python -m bot fleet` as machines"

    provider(:fleet, box_optional: true, defaultable: false, parallel: false) { FleetProvider }

    provider_capability(:fleet, :snapshot_list) { FleetCapabilities }
    provider_capability(:fleet, :private_address) { FleetCapabilities }
  end

  # What is asked of a machine besides actions.
  module FleetCapabilities
    # Vagrant's own question, before it saves or restores.
    def self.snapshot_list(machine)
      machine.provider.fleet.snapshots
    end

    # Our controller's: where the other machines reach this one, if not at the address of machines.yml.
    def self.private_address(machine)
      machine.provider.fleet.way[:host]
    end
  end
end
