# What Vagrant does with a machine of the fleet: the name of an action goes in, its steps come out.

module Signalbox
  module FleetActions
    include Vagrant::Action::Builtin

    ABSENT = "It does not exist; `vagrant up` makes it.".freeze
    STOPPED = "It is stopped; `vagrant up` starts it.".freeze

    module_function

    # Nil for what a fleet has no notion of (suspend, package): Vagrant says so.
    def of(name)
      respond_to?(name) && STEPS.include?(name) ? public_send(name) : nil
    end

    STEPS = %i[up halt destroy reload provision ssh ssh_run snapshot_save snapshot_restore snapshot_delete].freeze

    # No step waits for SSH: a fleet is up when its hosts answer.
    def up
      steps do |b|
        b.use ConfigValidate
        b.use Provision
        b.use Do, :up
      end
    end

    def halt
      running { |b| b.use Do, :halt }
    end

    def destroy
      created do |b|
        b.use Call, DestroyConfirm do |env, b2|
          if env[:result]
            b2.use ProvisionerCleanup, :before
            b2.use Do, :destroy
          end
        end
      end
    end

    def reload
      created do |b|
        b.use halt
        b.use up
      end
    end

    def provision
      running do |b|
        b.use ConfigValidate
        b.use Provision
      end
    end

    def ssh
      running { |b| b.use SSHExec }
    end

    def ssh_run
      running { |b| b.use SSHRun }
    end

    def snapshot_save
      created { |b| b.use Do, :save }
    end

    def snapshot_restore
      created { |b| b.use Do, :restore }
    end

    def snapshot_delete
      created { |b| b.use Do, :forget }
    end

    def steps(&block)
      Vagrant::Action::Builder.new.tap(&block)
    end

    def created(&block)
      steps do |b|
        b.use Call, IsState, Vagrant::MachineState::NOT_CREATED_ID do |env, b2|
          env[:result] ? b2.use(Message, ABSENT) : block.call(b2)
        end
      end
    end

    def running(&block)
      created do |b|
        b.use Call, IsState, :running do |env, b2|
          env[:result] ? block.call(b2) : b2.use(Message, STOPPED)
        end
      end
    end

    # One deed of the fleet as a step: what Vagrant remembers of the machine changes with it.
    class Do
      def initialize(app, _env, deed)
        @app = app
        @deed = deed
      end

      def call(env)
        machine = env[:machine]
        machine.id ||= machine.name.to_s if @deed == :up # first, so that a start that fails can be destroyed
        words = env.key?(:snapshot_name) ? [env[:snapshot_name]] : []
        machine.provider.fleet.public_send(@deed, *words)
        machine.id = nil if @deed == :destroy
        @app.call(env)
      end
    end
  end
end
