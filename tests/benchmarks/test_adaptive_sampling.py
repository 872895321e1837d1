"""The simulated day tells one rule from another."""

from benchmarks.adaptive_sampling import Jaegers, Ours, judge
from benchmarks.sampling_day import MINUTE_S, SCENES, play

_SECONDS = 75 * MINUTE_S


def test_what_is_sent_stays_near_the_target_however_much_arrives() -> None:
    day = play(Ours(), processes=5, seconds=_SECONDS)
    verdicts = {scene.name: judge(day, number) for number, scene in enumerate(SCENES) if day.arrived[number, 15:].any()}
    assert {"steady", "incident", "batches", "slow", "rare", "bursts"} <= verdicts.keys()
    for name in ("steady", "incident", "batches", "slow", "rare"):
        assert verdicts[name].close_share == 1.0, name
        assert verdicts[name].changes <= 2, name


def test_the_other_rule_reaches_the_target_too_and_changes_more_often() -> None:
    day = play(Jaegers(), processes=5, seconds=_SECONDS)
    steady = judge(day, [scene.name for scene in SCENES].index("steady"))
    assert 0.7 < steady.sent_per_second < 1.4
    assert steady.changes >= 1
