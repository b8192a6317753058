# The provisioner of the machine that runs the bot: the project goes there, and an environment `lab` of all other
# machines with their keys. Everything goes over Vagrant's own SSH; the developer's machine needs nothing else.

require "json"
require "rubygems/package"
require "stringio"
require "tempfile"
require "zlib"

module Signalbox
  # `others` are the machines that the controller is to reach.
  class ControllerConfig < Vagrant.plugin("2", :config)
    attr_accessor :others
  end

  class ControllerProvisioner < Vagrant.plugin("2", :provisioner)
    PARTS = %w[
      bot playbooks roles rulebooks inventories/local ansible.cfg signalbox.yml requirements.txt Makefile
    ].freeze
    PLACE = "signalbox".freeze # in the home of whoever Vagrant logs in
    ARCHIVE = "signalbox.tar.gz".freeze
    UNPACK = "umask 077 && mkdir -p #{PLACE}/keys #{PLACE}/inventories/lab && rm -rf #{PLACE}/bot && " \
             "tar -xzf #{ARCHIVE} -C #{PLACE} && rm #{ARCHIVE}".freeze
    SSH = 22

    def provision
      upload(packed, ARCHIVE)
      @machine.communicate.execute(UNPACK)
      reached = config.others.to_h { |other| [other, machine(other)] }.compact
      reached.each { |other, machine| hand_over(machine, "#{PLACE}/keys/#{other.name}") }
      upload(JSON.pretty_generate(inventory(reached)), "#{PLACE}/inventories/lab/hosts.yml")
    end

    private

    # The project as one archive: hundreds of files one after the other would take minutes.
    def packed
      root = @machine.env.root_path
      made = StringIO.new("".b)
      Zlib::GzipWriter.wrap(made) do |zipped|
        Gem::Package::TarWriter.new(zipped) do |tar|
          files(root).each { |file| add(tar, file, file.relative_path_from(root).to_s) }
        end
      end
      made.string
    end

    def files(root)
      found = PARTS.flat_map { |part| root.join(part).file? ? [root.join(part)] : root.join(part).glob("**/*") }
      found.select { |path| path.file? && !path.to_s.include?("/__pycache__/") }
    end

    def add(tar, file, name)
      tar.add_file_simple(name, file.stat.mode & 0o777, file.size) { |entry| entry.write(file.binread) }
    end

    # One of the others; nil when it is not up, which is said.
    def machine(other)
      made = @machine.env.active_machines.to_h[other.name.to_sym]
      found = made && @machine.env.machine(other.name.to_sym, made)
      return found if found&.ssh_info

      @machine.ui.warn("#{other.name} is not up; `vagrant provision #{@machine.name}` adds it later.")
      nil
    end

    # The key by which Vagrant reaches the machine, for its user on the controller alone.
    def hand_over(machine, target)
      upload(File.binread(machine.ssh_info[:private_key_path].first), target)
      @machine.communicate.execute("chmod 600 #{target}")
    end

    # JSON is YAML too.
    def inventory(reached)
      groups = reached.keys.flat_map { |other| other.groups.map { |group| [group, other.name] } }.group_by(&:first)
      children = groups.transform_values { |pairs| { hosts: pairs.to_h { |_, name| [name, {}] } } }
      hosts = reached.to_h { |other, machine| [other.name, way(other, machine).merge(other.host_vars)] }
      { all: { hosts: hosts, children: children } }
    end

    # In the network that the machines share, where no port is forwarded.
    def way(other, machine)
      provider = machine.provider
      own = provider.capability?(:private_address) && provider.capability(:private_address)
      {
        ansible_host: own || other.address,
        ansible_port: machine.config.ssh.guest_port || SSH,
        ansible_user: machine.ssh_info[:username],
        ansible_ssh_private_key_file: "{{ inventory_dir }}/../../keys/#{other.name}",
        ansible_ssh_common_args: "-o StrictHostKeyChecking=accept-new"
      }
    end

    def upload(content, target)
      Tempfile.create("signalbox", binmode: true) do |file|
        file.write(content)
        file.close
        @machine.communicate.upload(file.path, target)
      end
    end
  end

  class ControllerPlugin < Vagrant.plugin("2")
    name "signalbox controller"
    description "Puts the bot on one machine, with the others as its environment `lab`"

    config(:signalbox_controller, :provisioner) { ControllerConfig }
    provisioner(:signalbox_controller) { ControllerProvisioner }
  end
end
