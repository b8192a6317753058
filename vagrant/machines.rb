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

    # The provider that machines were made with already; nil when there are none. Vagrant would choose one for each
    # machine alone, and ask another provider for a machine that was never made.
    def provider(project)
      newest = made(project).max_by { |folder| File.mtime(folder) }
      newest && File.basename(newest)
    end

    # Those that Vagrant is to know of. One that is not started by itself is there once its name is on the command line,
    # and as long as it exists: what is said to all machines (`snapshot restore`) would else fail for it.
    def present(machines, project, words)
      there = made(project).map { |folder| File.basename(File.dirname(folder)) }
      machines.select { |one| one.autostart || there.include?(one.name) || words.include?(one.name) }
    end

    # Write what an inventory needs as one more line among those of --machine-readable, when it has asked for it.
    def tell(machines)
      return unless ENV[TELL]

      plain = machines.map { |one| one.to_h.slice(:name, :groups, :host_vars, :autostart) }
      $stdout.puts("#{Time.now.to_i},,signalbox-machines,#{JSON.generate(plain).gsub(",", "%!(VAGRANT_COMMA)")}")
    end

    # The folders machines/NAME/PROVIDER of what exists.
    def made(project)
      folder = File.expand_path(ENV["VAGRANT_DOTFILE_PATH"] || ".vagrant", project)
      Dir[File.join(folder, "machines", "*", "*", "id")].map { |file| File.dirname(file) }
    end

    def machine(name, defaults, said)
      right = "use small letters, digits and inner hyphens."
      wrong("#{name.inspect} can't name a machine; #{right}") unless NAME.match?(name.to_s)
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
      taken = one.groups & NOT_OURS
      wrong("`#{one.name}` can't be in #{taken[0]}; Ansible sees to it.") if taken.any?
      %w[memory cpus].each do |key|
        single(one, key, "a number above 0") { |value| value.is_a?(Integer) && value.positive? }
      end
      %w[host_vars boxes].each { |key| mapping(one[key], "`#{key}` of `#{one.name}`") }
      %w[autostart controller].each do |key|
        single(one, key, "true or false") { |value| [true, false].include?(value) }
      end
    end

    def single(machine, key, right)
      wrong("`#{machine.name}`: `#{key}` is #{right}.") unless yield machine[key]
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
