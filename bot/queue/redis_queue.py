"""The queue in Redis and RQ: a job carries a run id and nothing else; the sealed envelope lies beside it."""

from datetime import UTC, datetime, timedelta

from redis import Redis
from rq import Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.utils import utcparse
from rq.worker_registration import REDIS_WORKER_KEYS, WORKERS_BY_QUEUE_KEY

from bot.model.overlap import claims_of
from bot.model.queues import DEFAULT
from bot.model.run import Plan
from bot.queue.answering import answering
from bot.queue.bell import RUNS, Bell, RedisBell
from bot.queue.box import SealedBox
from bot.queue.interface import GIVEN_BACK, Envelope
from bot.queue.job import RunJob, RunSerializer, job_id
from bot.queue.lines import JOINED, LEFT_SECONDS, TURN, WAITING, RedisLines
from bot.queue.marks import RedisMarks, key
from bot.queue.names import stored

WORKER_SEEN_SECONDS = 40
"""A worker shows itself every 15 s while it waits (RunWorker's ttl less RQ's margin), every 10 s while it works."""

_DEPTH = """
local depth = redis.call('scard', KEYS[2])
for _, queue in ipairs(redis.call('smembers', KEYS[1])) do
  if queue == ARGV[1] or string.find(queue, ARGV[1] .. ':', 1, true) == 1 then
    depth = depth + redis.call('llen', queue)
  end
end
return depth
"""


class RedisQueue(RedisMarks):
    """RunQueue on Redis."""

    def __init__(self, redis: Redis, box: SealedBox) -> None:
        super().__init__(redis)
        self.bell: Bell = RedisBell(redis, RUNS)
        self._box = box
        self._lines = RedisLines(redis)
        self._depth = redis.register_script(_DEPTH)

    def warm_up(self) -> None:
        """Seal and open."""
        self._box.warm_up()

    @answering()
    def submit(self, envelope: Envelope) -> bool:
        """Seal the envelope, store it, stand in line."""
        self.hold(envelope)
        return self.line_up(envelope.run_id, envelope.plan)

    @answering()
    def line_up(self, run_id: int, plan: Plan) -> bool:
        """Stand in line; queue the job when it is its turn."""
        joined = self._lines.join(run_id, claims_of(plan))
        return self._enqueue(run_id) if joined == TURN else joined == JOINED

    @answering()
    def hold(self, envelope: Envelope) -> None:
        """Seal the envelope and store it; its queue lies beside it, for those who have no key.

        It may lie there before SQL has the run for good: then a run that never came to be may have left its own.
        """
        kept = self._redis.pipeline()
        kept.set(key(envelope.run_id, "envelope"), self._box.seal(envelope))
        if envelope.queue == DEFAULT:
            kept.delete(key(envelope.run_id, "queue"))
        else:
            kept.set(key(envelope.run_id, "queue"), envelope.queue)
        kept.execute()

    @answering()
    def resubmit(self, run_id: int, plan: Plan) -> bool:
        """Queue the job when the envelope lies there; what is left of one that a worker had makes way.

        So does one whose turn came when nobody lived to queue it. One that stands in no line joins.
        """
        if not self._redis.exists(key(run_id, "envelope")):
            return False
        if not self._lines.stands(run_id):
            self._lines.join(run_id, claims_of(plan))
        if self.waiting(run_id):
            return False
        self._drop_job(run_id)
        return self._enqueue(run_id)

    @answering()
    def give_back(self, run_id: int, plan: Plan) -> bool:
        """Take the claim off, then as any whose job was lost."""
        if self.cancel_asked(run_id) or not self._redis.exists(key(run_id, "envelope")):
            return False
        count = self._redis.pipeline()
        count.incr(key(run_id, "given"))
        count.expire(key(run_id, "given"), LEFT_SECONDS)
        if count.execute()[0] > GIVEN_BACK:
            return False
        self._redis.delete(key(run_id, "claimed"), key(run_id, "alive"))
        return self.resubmit(run_id, plan) or self.waiting(run_id)

    def _enqueue(self, run_id: int) -> bool:
        try:
            self._queue_of(run_id).enqueue_call(
                RunJob.NAME,
                args=(run_id,),
                job_id=job_id(run_id),
                unique=True,
                timeout=-1,  # the engine ends a run that takes too long, and says so
                result_ttl=0,
                failure_ttl=3600,
                description=f"run {run_id}",
            )
        except DuplicateJobError:
            return False
        return True

    @answering()
    def envelope(self, run_id: int) -> Envelope | None:
        """Open the envelope; Misconfigured when it was sealed under another key."""
        sealed = self._redis.get(key(run_id, "envelope"))
        return self._box.open(sealed) if isinstance(sealed, bytes) else None

    @answering()
    def waiting(self, run_id: int) -> bool:
        """Whether it stands in line, or in RQ's list: what RQ knows of jobs in the hands of workers may be long ago."""
        if self._lines.waits(run_id):
            return True
        return self._redis.lpos(self._queue_of(run_id).key, job_id(run_id)) is not None

    @answering()
    def ahead(self, run_id: int, plan: Plan) -> dict[int, tuple[str, ...]]:
        """Ask the lines."""
        return self._lines.ahead(run_id, claims_of(plan))

    @answering()
    def queue_of(self, run_id: int) -> str:
        """The name that lies beside the envelope."""
        found = self._redis.get(key(run_id, "queue"))
        return found.decode() if isinstance(found, bytes) else DEFAULT

    @answering()
    def depth(self, queue: str | None = None) -> int:
        """Lengths of RQ's lists, and who stands in line; all of them together are one question."""
        if queue is not None:
            return int(self._rq(queue).count) + self._in_line(queue)
        return int(self._depth(keys=[Queue.redis_queues_keys, WAITING], args=[self._rq(DEFAULT).key]))

    def _in_line(self, queue: str) -> int:
        """How many of those who stand in line are for that queue."""
        waiting = self._lines.waiting()
        named = self._redis.mget([key(run_id, "queue") for run_id in waiting]) if waiting else []
        return [name or DEFAULT.encode() for name in named].count(queue.encode())

    def _queue_of(self, run_id: int) -> Queue:
        return self._rq(self.queue_of(run_id))

    def _rq(self, queue: str) -> Queue:
        return Queue(stored(queue), connection=self._redis, job_class=RunJob, serializer=RunSerializer)

    @answering()
    def withdraw(self, run_id: int) -> bool:
        """Claim the run ourselves; who claims first decides."""
        if not self.claim(run_id):
            return False
        self._drop_job(run_id)
        self._leave(run_id)
        return True

    @answering()
    def forget(self, run_id: int) -> None:
        """Leave the lines, destroy the envelope, and let the small marks fade within a day."""
        self._leave(run_id)
        pipeline = self._redis.pipeline()
        pipeline.delete(*(key(run_id, what) for what in ("envelope", "queue", "alive", "wave")))
        for mark in ("claimed", "cancel"):
            pipeline.expire(key(run_id, mark), 86400)
        pipeline.execute()  # the job itself is RQ's own to clean up

    def _leave(self, run_id: int) -> None:
        """Whose turn it is then is queued; should we die in between, the relay finds them and does it."""
        for turn in self._lines.leave(run_id):
            self._enqueue(turn)

    def _drop_job(self, run_id: int) -> None:
        queue = self._queue_of(run_id)
        queue.remove(job_id(run_id))
        taken = queue.intermediate_queue
        taken.remove(job_id(run_id))
        self._redis.delete(taken.get_first_seen_key(job_id(run_id)))
        try:
            RunJob.fetch(job_id(run_id), connection=self._redis, serializer=RunSerializer).delete()
        except NoSuchJobError:
            return

    @answering()
    def workers(self, queue: str | None = None) -> int:
        """Workers that showed themselves lately; RQ's own `Worker.all` would change our connections' timeouts."""
        known = REDIS_WORKER_KEYS if queue is None else WORKERS_BY_QUEUE_KEY % stored(queue)
        names = list(self._redis.smembers(known))
        beats = self._redis.pipeline(transaction=False)
        for name in names:
            beats.hget(name, "last_heartbeat")
        seen = datetime.now(UTC) - timedelta(seconds=WORKER_SEEN_SECONDS)
        return sum(1 for beat in beats.execute() if beat and utcparse(beat.decode()) > seen)
