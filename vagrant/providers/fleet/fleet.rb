# One host of the fleet that belongs to this project's machines: what is wanted goes in, `python -m bot fleet` does it.

require "json"
require "vagrant/util/line_buffer"
require "vagrant/util/subprocess"

module Signalbox
  # What the fleet says of what it can't do.
  class FleetBroken < Vagrant::Errors::VagrantError
    def initialize(sentence)
      @sentence = sentence
      super()
    end

    def error_message
      @sentence
    end
  end

  # The machine `host`. The home of its fleet is Vagrant's own folder: another than that of `python -m bot fleet up`.
  class Fleet
    SNAPSHOT_LENGTH = 20
    SNAPSHOT = /\A[a-z0-9][a-z0-9._-]{0,#{SNAPSHOT_LENGTH - 1}}\z/

    def initialize(env, host, ui)
      @project = env.root_path
      @home = env.local_data_path.join("fleet")
      @host = host
      @ui = ui
    end

    def up
      bot("up", @host)
    end

    def halt
      bot("halt", @host)
    end

    # Its snapshots go too, as with any provider. What a start that failed did not make can be destroyed as well.
    def destroy
      bot("down", @host) if known?
      snapshots.each { |name| forget(name) }
    end

    def save(name)
      bot("snapshot", "save", shelved(name), @host)
    end

    def restore(name)
      bot("snapshot", "restore", shelved(name), @host)
    end

    def forget(name)
      bot("snapshot", "delete", shelved(name))
    end

    def snapshots
      said = quiet("snapshot", "list").map { |line| line["snapshot"].to_s }
      said.select { |name| name.start_with?("#{@host}.") }.map { |name| name.delete_prefix("#{@host}.") }
    end

    def running?
      inventory["all"]["hosts"].include?(@host)
    end

    # How Vagrant reaches the running host: by the words of the inventory that Ansible would read.
    def way
      said = inventory
      known = said["all"]["vars"].merge(said["_meta"]["hostvars"].fetch(@host))
      {
        host: known["ansible_host"],
        port: 22,
        username: known["ansible_user"],
        private_key_path: [known["ansible_ssh_private_key_file"]],
        proxy_command: known["ansible_ssh_common_args"][/ProxyCommand=([^']*)/, 1]
      }
    end

    private

    def known?
      quiet("status").any? { |line| line["host"] == @host }
    end

    # What is said of the host is told to the person too, as it is said.
    def bot(*words)
      quiet(*words) { |line| @ui.detail("#{line["state"]}: #{line["message"]}") if line["host"] == @host }
    end

    # Every line as an object.
    def quiet(*words)
      lines = []
      buffer = Vagrant::Util::LineBuffer.new do |text|
        lines << parsed(text)
        yield lines.last if block_given?
      end
      done = execute("-m", "bot", "fleet", "--json", *words) { |_, text| buffer << text }
      buffer.close
      raise FleetBroken, broken(lines.last, done) unless done.exit_code.zero?

      lines
    end

    def parsed(text)
      JSON.parse(text)
    rescue JSON::ParserError
      {}
    end

    def broken(last, done)
      last&.fetch("error", nil) || "`python -m bot fleet` ended with #{done.exit_code}: #{done.stderr.lines.last}"
    end

    def inventory
      JSON.parse(execute("inventories/fleet/hosts.py", "--list").stdout)
    rescue JSON::ParserError
      raise FleetBroken, "inventories/fleet/hosts.py does not say which hosts run."
    end

    def execute(*words, &block)
      @home.mkpath
      notify = block ? [:stdout] : []
      options = { workdir: @project.to_s, env: { "SIGNALBOX_HOME" => @home.to_s }, notify: notify }
      Vagrant::Util::Subprocess.execute(python, *words, options, &block)
    end

    # The bot's own, made by `make`; else whichever there is.
    def python
      own = @project.join(".venv", "bin", "python")
      own.executable? ? own.to_s : "python3"
    end

    # A shelf is for all hosts, a snapshot of Vagrant for one machine.
    def shelved(name)
      return "#{@host}.#{name}" if SNAPSHOT.match?(name)

      right = "use up to #{SNAPSHOT_LENGTH} small letters, digits, dots, hyphens and underscores."
      raise FleetBroken, "#{name.inspect} can't name a snapshot; #{right}"
    end
  end
end
