"""The page: samples enter, the text that Prometheus reads leaves."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family

from bot.metrics.names import BUCKETS, METRICS, Kind

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Sample:
    """A histogram under way: how many values each bucket got, and what all come to."""

    bounds: Sequence[float]
    counts: list[float] = field(default_factory=list)
    total: float = 0.0
    count: float = 0.0

    def __post_init__(self) -> None:
        self.counts = self.counts or [0.0] * len(self.bounds)

    def add(self, seconds: float) -> None:
        """One more value."""
        value = max(0.0, seconds)
        place = next((place for place, bound in enumerate(self.bounds) if value <= bound), None)
        if place is not None:
            self.counts[place] += 1
        self.total, self.count = self.total + value, self.count + 1


class Samples:
    """All that one scrape shows, by metric and label values."""

    def __init__(self) -> None:
        self.values: dict[str, dict[tuple[str, ...], float]] = {}
        self.histograms: dict[str, dict[tuple[str, ...], Sample]] = {}

    def set(self, metric: str, value: float, *labels: str) -> None:
        """A counter's or a gauge's value."""
        self.values.setdefault(metric, {})[labels] = value

    def add(self, metric: str, *labels: str) -> None:
        """One more."""
        of_metric = self.values.setdefault(metric, {})
        of_metric[labels] = of_metric.get(labels, 0.0) + 1

    def histogram(self, metric: str, *labels: str) -> Sample:
        """The histogram, made when it is not there."""
        return self.histograms.setdefault(metric, {}).setdefault(labels, Sample(BUCKETS[metric]))


def render(samples: Iterable[Samples]) -> bytes:
    """The text of all samples."""
    registry = CollectorRegistry()
    registry.register(_Collector(list(samples)))
    return generate_latest(registry)


class _Collector:
    """What prometheus_client asks for families."""

    def __init__(self, samples: Sequence[Samples]) -> None:
        self._samples = samples

    def collect(self) -> Iterator[Family]:
        """A family for each metric that has a value."""
        for name, metric in METRICS.items():
            for each in self._samples:
                if metric.kind is Kind.HISTOGRAM and name in each.histograms:
                    yield _histogram(name, each.histograms[name])
                elif name in each.values:
                    yield _plain(name, each.values[name])


def _plain(name: str, values: dict[tuple[str, ...], float]) -> Family:
    metric = METRICS[name]
    make = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
    family = make(name, metric.help, labels=metric.labels)
    for labels, value in sorted(values.items()):
        family.add_metric(labels, value)
    return family


def _histogram(name: str, found: dict[tuple[str, ...], Sample]) -> Family:
    metric = METRICS[name]
    family = HistogramMetricFamily(name, metric.help, labels=metric.labels)
    for labels, sample in sorted(found.items()):
        family.add_metric(labels, buckets=_cumulated(sample), sum_value=sample.total)
    return family


def _cumulated(sample: Sample) -> list[tuple[str, float]]:
    so_far, buckets = 0.0, []
    for bound, count in zip(sample.bounds, sample.counts, strict=True):
        so_far += count
        buckets.append((str(float(bound)), so_far))
    return [*buckets, ("+Inf", sample.count)]
