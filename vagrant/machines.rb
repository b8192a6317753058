# Reads machines.yml: the file goes in, checked machines come out, or one sentence on what is wrong with it.

require "ipaddr"
require "json"
require "yaml"

module Signalbox
  Machine = Struct.new(
    :name, :address, :groups, :host_vars, :packages, :memory, :cpus, :box, :boxes, :autostart, :controller,
    keyword_init: true
  )

  # What is wrong with machines.yml, and what would be right.
  class MachinesBroken < Vagrant::Errors::VagrantError
    def initialize(sentence)
      @sentence = sentence
      super()
    end

    def error_message
      "vagrant/machines.yml: #{@sentence}"
    end
  end

  module Machines
    NAME = /\A[a-z]([a-z0-9-]{0,30}[a-z0-9])?\z/
    GROUP = /\A[A-Za-z_]\w*\z/
    PACKAGE = /\A[A-Za-z0-9][A-Za-z0-9.+:-]*\z/
    NOT_OURS = %w[all ungrouped].freeze
    USUAL = {
      "groups" => [], "host_vars" => {}, "packages" => [], "boxes" => {}, "memory" => 512, "cpus" => 1,
      "autostart" => true, "controller" => false
    }.freeze
    TELL = "SIGNALBOX_TELL_MACHINES".freeze

    module_function

    # The machines in the order of the file; MachinesBroken when it can't be.
    def read(file)
      written = mapping(YAML.safe_load(File.read(file), aliases: true), "the file")
      strange(written.keys - %w[defaults machines], %w[defaults machines], "The file")
      defaults = mapping(written["defaults"] || {}, "`defaults`")
      found = mapping(written["machines"], "`machines`").map { |name, said| machine(name, defaults, said || {}) }
      apart(found)
    rescue Psych::Exception, SystemCallError => error
      raise MachinesBroken, "it can't be read: #{error.message}"
    end

    # The provider that machines were made with already; nil when there are none. Vagrant would choose one for each machine
    # alone, and so ask the libvirt of somebody who has VirtualBox whether a machine that was never made is to be destroyed.
    def provider(project)
      folder = File.expand_path(ENV["VAGRANT_DOTFILE_PATH"] || ".vagrant", project)
      made = Dir[File.join(folder, "machines", "*", "*", "id")].max_by { |file| File.mtime(file) }
      made && File.basename(File.dirname(made))
    end

    # Write what an inventory needs as one more line among those of --machine-readable, when it has asked for it.
    def tell(machines)
      return unless ENV[TELL]

      plain = machines.map { |one| one.to_h.slice(:name, :groups, :host_vars, :autostart) }
      $stdout.puts("#{Time.now.to_i},,signalbox-machines,#{JSON.generate(plain).gsub(",", "%!(VAGRANT_COMMA)")}")
    end

    def machine(name, defaults, said)
      wrong("#{name.inspect} can't name a machine; use small letters, digits and inner hyphens.") unless NAME.match?(name.to_s)
      known = Machine.members.map(&:to_s) - ["name"]
      all = USUAL.merge(defaults, mapping(said, "`#{name}`"))
      strange(all.keys - known, known, "`#{name}`")
      made = Machine.new(name: name, **all.transform_keys(&:to_sym))
      check(made)
      made
    end

    def check(one)
      wrong("`#{one.name}` needs a `box`.") unless one.box.is_a?(String) && !one.box.empty?
      address(one)
      list(one, "groups", GROUP, "letters, digits and underscores")
      list(one, "packages", PACKAGE, "a package's name")
      wrong("`#{one.name}` can't be in #{(one.groups & NOT_OURS)[0]}; Ansible sees to it.") if (one.groups & NOT_OURS).any?
      %w[memory cpus].each { |key| wrong("`#{one.name}`: `#{key}` is a number above 0.") unless one[key].is_a?(Integer) && one[key].positive? }
      %w[host_vars boxes].each { |key| mapping(one[key], "`#{key}` of `#{one.name}`") }
      %w[autostart controller].each { |key| wrong("`#{one.name}`: `#{key}` is true or false.") unless [true, false].include?(one[key]) }
    end

    def address(one)
      IPAddr.new(one.address.to_s)
    rescue IPAddr::Error
      wrong("`#{one.name}` needs an `address`, such as 192.168.56.11; #{one.address.inspect} is none.")
    end

    def list(one, key, form, right)
      given = one[key]
      return if given.is_a?(Array) && given.all? { |word| word.is_a?(String) && form.match?(word) }

      wrong("`#{one.name}`: `#{key}` is a list, each of #{right}; #{given.inspect} is not.")
    end

    def apart(machines)
      wrong("`machines` names none.") if machines.empty?
      twice = machines.group_by(&:address).values.find { |many| many.size > 1 }
      wrong("#{twice.map(&:name).join(" and ")} have the same address #{twice[0].address}.") if twice
      machines
    end

    def mapping(value, what)
      value.is_a?(Hash) ? value : wrong("#{what} has keys with values, and not #{value.inspect}.")
    end

    def strange(keys, known, what)
      wrong("#{what} has no #{keys[0].inspect}; it may have #{known.join(", ")}.") if keys.any?
    end

    def wrong(sentence)
      raise MachinesBroken, sentence
    end
  end
end
