from tests.flows_deliver.conftest import *
from tests.flows_deliver.test_faults import *
def test_dbg(place):
    for number, kind in enumerate((*UNKNOWN, "429", "ratelimited")):
        place.slack.faults.add(kind=kind, every=24.0 + number, retry_after=3)
    for run_id in range(1, 51):
        place.chat.post_card(HERE, quiet(1, run_id), f"card:{run_id}")
    t0=place.clock.now()
    place.turns(20)
    for run_id in range(1, 51):
        place.chat.update_card(HERE, f"card:{run_id}", quiet(10, run_id))
    place.turns(20)
    for run_id in range(1, 51):
        place.chat.update_card(HERE, f"card:{run_id}", over(run_id))
        place.chat.post_recap(HERE, over(run_id), f"recap:{run_id}")
    ok=place.settled(600)
    with open('/tmp/dbg.out','w') as f:
        print(ok, place.left(), file=f)
        print(place.slack.violations, file=f)
        for s in place.slack.calls:
            print(round(s.at-t0,2), s.method, s.status, s.error, s.fault, s.done, str(s.arguments.get('ts') or s.arguments.get('metadata') or s.arguments.get('files') or '')[:90], file=f)
    place.slack.violations.clear()
